"""What the HTTP contract allows as an answer."""

from __future__ import annotations

from typing import Any

import requests

ORIGIN = "http://localhost:3000"  # allowed in the stage `local` by stages.toml


def expect(answer: requests.Response, status: int) -> Any:
    """The JSON of an answer that has to have this status; None where it has no body."""
    assert answer.status_code == status, f"{answer.status_code} instead of {status}: {answer.text[:500]}"
    if not answer.content:
        return None
    assert answer.headers["Content-Type"] == "application/json"
    return answer.json()


def problem(answer: requests.Response, status: int) -> dict[str, Any]:
    """The problem document (RFC 9457) of an error that has to have this status, readable in a browser."""
    assert answer.status_code == status, f"{answer.status_code} instead of {status}: {answer.text[:500]}"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert isinstance(document["type"], str)
    assert document["title"]
    assert document["detail"]
    assert all(error["detail"] for error in document.get("errors", []))
    return document

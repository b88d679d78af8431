"""What every answer of the API has: who may call, what browsers may do, what errors look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from botocore import auth
from botocore.credentials import Credentials

from tests.end_to_end.answers import ORIGIN, expect, problem
from tools.api_client import SECONDS, User

NOBODYS = "00000000-0000-7000-8000-000000000000"
SIGNED_ROUTES = [
    ("POST", "/notes"),
    ("GET", "/notes"),
    ("GET", f"/notes/{NOBODYS}"),
    ("PUT", f"/notes/{NOBODYS}"),
    ("DELETE", f"/notes/{NOBODYS}"),
    ("POST", "/notes/attachments"),
    ("GET", f"/notes/{NOBODYS}/attachment"),
    ("POST", "/billing"),
    ("GET", f"/billing/{NOBODYS}"),
]


@pytest.mark.parametrize(("method", "path"), SIGNED_ROUTES)
def test_an_unsigned_call_is_a_403(stage_outputs: Mapping[str, Any], method: str, path: str) -> None:
    body = "{}" if method in ("POST", "PUT") else None
    problem(requests.request(method, f"{stage_outputs['api_url']}{path}", data=body, timeout=SECONDS), 403)


def test_a_signature_that_nobody_made_is_a_403(stage_outputs: Mapping[str, Any]) -> None:
    scheme = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/execute-api/aws4_request"
    for header in ("Bearer token", "nonsense", scheme, f"{scheme}, SignedHeaders=host, Signature=00"):
        url = f"{stage_outputs['api_url']}/notes"
        problem(requests.get(url, headers={"Authorization": header}, timeout=SECONDS), 403)


def test_keys_that_nobody_has_are_a_403(user: User) -> None:
    nobody = replace(user, credentials=Credentials("AKIAIOSFODNN7EXAMPLE", "a" * 40))

    problem(nobody.call("GET", "/notes"), 403)


def test_a_wrong_secret_is_a_403(user: User) -> None:
    forger = replace(
        user, credentials=Credentials(user.credentials.access_key, "a" * 40, user.credentials.token)
    )

    problem(forger.call("GET", "/notes"), 403)


@pytest.mark.parametrize("token", ["", "another"])
def test_a_wrong_session_token_is_a_403(user: User, token: str) -> None:
    credentials = Credentials(user.credentials.access_key, user.credentials.secret_key, token)

    problem(replace(user, credentials=credentials).call("GET", "/notes"), 403)


def test_a_signature_of_an_hour_ago_is_a_403(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    past = datetime.now(UTC) - timedelta(hours=1)
    monkeypatch.setattr(auth, "get_current_datetime", lambda *_, **__: past)

    problem(user.call("GET", "/notes"), 403)


def test_a_body_other_than_the_signed_one_is_a_403(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def send(method: str, url: str, data: str, **more: Any) -> requests.Response:
        return requests.Session().request(method, url, data=data.replace("signed", "forged"), **more)

    monkeypatch.setattr(requests, "request", send)

    problem(user.call("POST", "/notes", {"content": "signed"}), 403)


def test_a_route_that_does_not_exist_is_a_problem_document(user: User) -> None:
    for method, path in [("PATCH", "/notes"), ("GET", "/notes/a/b/c"), ("GET", "/billing/a/b")]:
        answer = user.call(method, path)
        problem(answer, answer.status_code)
        assert answer.status_code in (403, 404)


@pytest.mark.parametrize("path", ["/notes", f"/notes/{NOBODYS}", "/notes/attachments", "/billing"])
def test_a_browser_may_ask_first(stage_outputs: Mapping[str, Any], path: str) -> None:
    answer = requests.options(
        f"{stage_outputs['api_url']}{path}",
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,if-match",
        },
        timeout=SECONDS,
    )

    assert answer.status_code in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    allowed = {name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert allowed >= {
        "authorization",
        "content-type",
        "idempotency-key",
        "if-match",
        "x-amz-date",
        "x-amz-security-token",
    }


def test_a_browser_may_use_every_method_of_a_note(stage_outputs: Mapping[str, Any]) -> None:
    url = f"{stage_outputs['api_url']}/notes/{NOBODYS}"
    answer = requests.options(
        url, headers={"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}, timeout=SECONDS
    )

    methods = {method.strip() for method in answer.headers["Access-Control-Allow-Methods"].split(",")}
    assert methods >= {"GET", "PUT", "DELETE"}


def test_a_browser_may_read_the_version(user: User) -> None:
    answer = user.call("POST", "/notes", {"content": "From a page"}, {"Origin": ORIGIN})

    expect(answer, 201)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    exposed = {name.strip().lower() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
    assert "etag" in exposed


def test_another_page_is_not_allowed_to_read(user: User) -> None:
    answer = user.call("GET", "/notes", headers={"Origin": "https://elsewhere.example"})

    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN

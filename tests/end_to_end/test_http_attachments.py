"""Attachments: uploaded by a presigned form or directly, read by a link, gone with their note."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.end_to_end.answers import expect, problem
from tools.api_client import SECONDS, User

CONTENT = b"%PDF-1.7 a small file"
MIB = 1024 * 1024


def form(user: User, size: int = len(CONTENT), content_type: str = "application/pdf") -> dict[str, Any]:
    body = {"filename": "paper.pdf", "content_type": content_type, "size": size}
    described: dict[str, Any] = expect(user.call("POST", "/notes/attachments", body), 201)
    return described


def send(
    described: Mapping[str, Any], content: bytes = CONTENT, fields: Mapping[str, str] | None = None
) -> requests.Response:
    filled = {**described["fields"], **(fields or {})}
    return requests.post(described["url"], data=filled, files={"file": content}, timeout=SECONDS)


def uploaded(user: User, content: bytes = CONTENT) -> str:
    described = form(user, len(content))
    assert send(described, content).ok
    key: str = described["key"]
    return key


def note_with(user: User, key: str) -> str:
    note = expect(user.call("POST", "/notes", {"content": "See the file", "attachment": key}), 201)
    assert note["attachment"] == key
    return f"/notes/{note['note_id']}"


def download(user: User, note: str) -> requests.Response:
    link = expect(user.call("GET", f"{note}/attachment"), 200)
    assert link.keys() == {"url", "expires_in"}
    assert link["expires_in"] > 0
    return requests.get(link["url"], timeout=SECONDS)


def test_a_file_sent_with_the_form_is_read_back_by_the_link(user: User) -> None:
    described = form(user)
    assert described.keys() == {"key", "url", "fields", "expires_in"}
    assert described["key"].startswith(f"private/{user.identity_id}/")
    assert described["expires_in"] > 0

    assert send(described).ok

    answer = download(user, note_with(user, described["key"]))
    assert (answer.content, answer.headers["Content-Type"]) == (CONTENT, "application/pdf")


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"!", b""])
def test_a_file_of_another_size_is_refused(user: User, content: bytes) -> None:
    described = form(user)

    answer = send(described, content)

    assert answer.status_code in (400, 403)
    _names_nothing(user, described["key"])


def test_a_file_of_another_type_is_refused(user: User) -> None:
    described = form(user)

    assert send(described, fields={"Content-Type": "text/html"}).status_code == 403
    _names_nothing(user, described["key"])


def test_a_file_for_another_key_is_refused(user: User, stranger: User) -> None:
    described = form(user)

    for key in (f"private/{stranger.identity_id}/x/paper.pdf", f"{described['key']}2"):
        assert send(described, fields={"key": key}).status_code == 403


def test_a_form_with_a_changed_signature_is_refused(user: User) -> None:
    described = form(user)

    assert send(described, fields={"x-amz-signature": "0" * 64}).status_code == 403
    _names_nothing(user, described["key"])


def test_ten_mebibytes_are_the_most(user: User) -> None:
    content = secrets.token_bytes(10 * MIB)
    assert download(user, note_with(user, uploaded(user, content))).content == content

    larger = {"filename": "x", "content_type": "text/plain", "size": 10 * MIB + 1}
    problem(user.call("POST", "/notes/attachments", larger), 400)


def test_a_direct_upload_under_the_own_prefix_can_be_attached(user: User) -> None:
    key = f"private/{user.identity_id}/{secrets.token_hex(8)}/direct.txt"

    user.client("s3").put_object(Bucket=user.outputs["uploads_bucket"], Key=key, Body=b"direct")

    assert download(user, note_with(user, key)).content == b"direct"


def test_the_prefix_of_another_user_is_closed(user: User, stranger: User) -> None:
    key, bucket = uploaded(stranger), user.outputs["uploads_bucket"]
    s3 = user.client("s3")

    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=bucket, Key=f"private/{stranger.identity_id}/x", Body=b"planted")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket=bucket, Key=key)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=bucket, Key=key)


def test_a_note_without_attachment_has_no_link(user: User) -> None:
    note = expect(user.call("POST", "/notes", {"content": "Nothing to see"}), 201)

    problem(user.call("GET", f"/notes/{note['note_id']}/attachment"), 404)


def test_the_attachment_goes_with_its_note(user: User) -> None:
    key = uploaded(user)
    note = note_with(user, key)
    link = expect(user.call("GET", f"{note}/attachment"), 200)["url"]

    expect(user.call("DELETE", note), 204)

    assert requests.get(link, timeout=SECONDS).status_code == 404
    _names_nothing(user, key)


def test_a_replaced_attachment_is_gone(user: User) -> None:
    old, new = uploaded(user, b"old"), uploaded(user, b"new")
    note = note_with(user, old)

    assert expect(user.call("PUT", note, {"attachment": new}), 200)["attachment"] == new

    assert download(user, note).content == b"new"
    _names_nothing(user, old)


def test_null_takes_the_attachment_off(user: User) -> None:
    key = uploaded(user)
    note = note_with(user, key)

    changed = expect(user.call("PUT", note, {"attachment": None}), 200)

    assert (changed["attachment"], changed["content"]) == (None, "See the file")
    problem(user.call("GET", f"{note}/attachment"), 404)
    _names_nothing(user, key)


def _names_nothing(user: User, key: str) -> None:
    """Nothing is stored under the key, as far as the API tells."""
    refused = problem(user.call("POST", "/notes", {"content": "See the file", "attachment": key}), 400)
    assert refused["errors"][0]["pointer"] == "/attachment"

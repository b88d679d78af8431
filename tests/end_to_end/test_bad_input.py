"""Whatever is wrong with a request is told in a problem document, and changes nothing."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import quote

import pytest

from tests.end_to_end.answers import expect, problem
from tools.api_client import User

MOST = 100_000
LONGER_THAN_ALLOWED = "x" * (MOST + 1)
ORDER = {"storage": 1, "payment_method": "pm_card_visa"}
FILE = {"filename": "paper.pdf", "content_type": "application/pdf", "size": 10}

# What no route takes as a body, whatever its fields are called.
NO_OBJECT: list[Any] = [
    b"",
    b" ",
    b"{",
    b'{"content": ',
    b"nonsense",
    b"null",
    b"[]",
    b'"text"',
    b"1",
    b"NaN",
    b"\xff\xfe\xfa",
    b'{"content": "\xff"}',
    b"[" * 5_000,
    b'{"a":' * 5_000,
]
NOTES: list[Any] = [
    {},
    {"content": ""},
    {"content": LONGER_THAN_ALLOWED},
    {"content": 1},
    {"content": None},
    {"content": True},
    {"content": ["text"]},
    {"content": {"text": "text"}},
    {"content": "text", "title": "text"},
    {"content": "text", "note_id": "mine"},
    {"content": "text", "version": 7},
    {"content": "text", "__proto__": {}},
    {"content": "text", "attachment": 1},
    {"content": "text", "attachment": ""},
    {"content": "text", "attachment": "x" * 1025},
    b'{"content": "half \\ud800"}',
    b'{"content": "half \\udc00 the other way round"}',
    b'{"content": "text", "half \\ud800": 1}',
    b'{"content": "first", "content": "second"}',
    b'{"content": NaN}',
    b'{"content": 1e999}',
    b'{"content": ' + b"9" * 5_000 + b"}",
]


def told(answer: Any) -> None:
    problem(answer, 400)


def shown(body: Any) -> str:
    return repr(body)[:40]


@pytest.mark.parametrize("path", ["/notes", "/notes/attachments", "/billing"])
@pytest.mark.parametrize("body", NO_OBJECT, ids=shown)
def test_a_body_that_is_no_json_object(user: User, path: str, body: bytes) -> None:
    headers = {"Idempotency-Key": secrets.token_hex(8), "Content-Type": "application/json"}
    told(user.call("POST", path, data=body, headers=headers))


@pytest.mark.parametrize("body", NOTES, ids=shown)
def test_a_note_with_a_wrong_body(user: User, body: Any) -> None:
    if isinstance(body, bytes):
        told(user.call("POST", "/notes", data=body))
    else:
        told(user.call("POST", "/notes", body))


@pytest.mark.parametrize("body", [*NO_OBJECT, *NOTES], ids=shown)
def test_a_change_with_a_wrong_body_changes_nothing(user: User, body: Any) -> None:
    note = expect(user.call("POST", "/notes", {"content": "As it was"}), 201)
    path = f"/notes/{note['note_id']}"

    if isinstance(body, bytes):
        told(user.call("PUT", path, data=body, headers={"Content-Type": "application/json"}))
    else:
        told(user.call("PUT", path, body))

    assert expect(user.call("GET", path), 200) == note


@pytest.mark.parametrize("character", ["x", "é", "世", "🎈", "\u0000", '"'], ids=ascii)
def test_a_note_may_have_100000_characters_of_any_kind(user: User, character: str) -> None:
    longest = character * MOST

    note = expect(user.call("POST", "/notes", {"content": longest}), 201)
    assert expect(user.call("GET", f"/notes/{note['note_id']}"), 200)["content"] == longest

    told(user.call("POST", "/notes", {"content": f"{longest}{character}"}))


def test_a_note_may_come_in_bare_utf8(user: User) -> None:
    longest = "🎈" * MOST
    body = json.dumps({"content": longest}, ensure_ascii=False).encode()

    assert expect(user.call("POST", "/notes", data=body), 201)["content"] == longest


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense"]
)
@pytest.mark.parametrize(("path", "body"), [("/notes", {"content": "text"}), ("/billing", ORDER)])
def test_a_body_of_another_content_type(user: User, path: str, body: Any, content_type: str) -> None:
    headers = {"Content-Type": content_type, "Idempotency-Key": secrets.token_hex(8)}
    told(user.call("POST", path, body, headers))


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_other_spellings_of_the_content_type_are_good(user: User, content_type: str) -> None:
    expect(user.call("POST", "/notes", {"content": "text"}, {"Content-Type": content_type}), 201)


@pytest.mark.parametrize(
    "query",
    [
        *(
            f"limit={limit}"
            for limit in ("0", "101", "-1", "abc", "", "1.5", "1e1", "%2B5", "%205", "%D9%A3", "9" * 400)
        ),
        "limit=1&limit=2",
        *(f"cursor={cursor}" for cursor in ("", "abc", "a" * 40, "a" * 101, "%00", "%F0%9F%8E%88", "..%2F")),
        "unknown=1",
        "Limit=5",
        "limit=5&unknown",
    ],
)
def test_a_listing_with_a_wrong_query(user: User, query: str) -> None:
    told(user.call("GET", f"/notes?{query}"))


@pytest.mark.parametrize("path", ["/notes/{note_id}", "/notes/{note_id}/attachment"])
def test_a_query_where_none_is_known(user: User, path: str) -> None:
    note = expect(user.call("POST", "/notes", {"content": "A note"}), 201)

    told(user.call("GET", path.format(**note) + "?unknown=1"))


def test_a_cursor_of_another_user(user: User, stranger: User) -> None:
    for _ in range(2):
        expect(stranger.call("POST", "/notes", {"content": "A note"}), 201)
    cursor = expect(stranger.call("GET", "/notes?limit=1"), 200)["next_cursor"]

    told(user.call("GET", f"/notes?cursor={quote(cursor)}"))


def test_a_cursor_with_a_slip_in_it(user: User) -> None:
    for _ in range(2):
        expect(user.call("POST", "/notes", {"content": "A note"}), 201)
    cursor = expect(user.call("GET", "/notes?limit=1"), 200)["next_cursor"]

    for spoilt in (cursor[:-1], f"{cursor}x", cursor.swapcase(), cursor[::-1]):
        told(user.call("GET", f"/notes?cursor={quote(spoilt)}"))


@pytest.mark.parametrize("note_id", ["1", "%00", "%2e%2e%2f", "x" * 2000, "%F0%9F%8E%88", "%FF", "*", "%20"])
def test_an_id_that_no_note_can_have(user: User, note_id: str) -> None:
    answer = user.call("GET", f"/notes/{note_id}")
    assert answer.status_code in (400, 403, 404)
    problem(answer, answer.status_code)


@pytest.mark.parametrize(
    "tags", ["1", '"1', "'1'", "W/1", '"1" "2"', ",", ", ".join(['"9"'] * 51), '"' * 1001]
)
def test_an_if_match_that_cannot_be_read(user: User, tags: str) -> None:
    note = expect(user.call("POST", "/notes", {"content": "A note"}), 201)

    told(user.call("PUT", f"/notes/{note['note_id']}", {"content": "Changed"}, {"If-Match": tags}))


def test_an_attachment_outside_the_own_prefix(user: User, stranger: User) -> None:
    theirs = expect(stranger.call("POST", "/notes/attachments", FILE), 201)["key"]
    own = f"private/{user.identity_id}/"
    keys = [
        theirs,
        f"public/{user.identity_id}/x",
        f"private/{user.identity_id}",
        own,
        f"{own}../{stranger.identity_id}/x",
        f"{own}a/../b",
        f"{own}/x",
        f"/{own}x",
        f"{own}x\u0000y",
        f"{own}{'é' * 900}",
        f"{own}never-uploaded",
        f"private/{user.identity_id.upper()}/x",
    ]
    note = expect(user.call("POST", "/notes", {"content": "A note"}), 201)

    for key in keys:
        told(user.call("POST", "/notes", {"content": "text", "attachment": key}))
        told(user.call("PUT", f"/notes/{note['note_id']}", {"attachment": key}))


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 0},
        {"size": -1},
        {"size": 10 * 1024 * 1024 + 1},
        {"size": 1.5},
        {"size": "10"},
        {"size": True},
        {"size": 10**30},
        {"filename": ""},
        {"filename": "a/b"},
        {"filename": "a\\b"},
        {"filename": "a\u0000b"},
        {"filename": "x" * 256},
        {"filename": None},
        {"content_type": ""},
        {"content_type": "pdf"},
        {"content_type": "text/plain\r\nX: y"},
        {"content_type": 1},
        {"unknown": 1},
    ],
    ids=shown,
)
def test_a_wrong_upload(user: User, changes: dict[str, Any]) -> None:
    told(user.call("POST", "/notes/attachments", {**FILE, **changes}))


@pytest.mark.parametrize(
    "changes",
    [
        {"storage": 0},
        {"storage": -1},
        {"storage": MOST + 1},
        {"storage": 1.5},
        {"storage": "1"},
        {"storage": True},
        {"storage": None},
        {"storage": 10**30},
        {"payment_method": ""},
        {"payment_method": "card"},
        {"payment_method": "pm_" + "x" * 300},
        {"payment_method": 1},
        {"payment_method": None},
        {"amount": 1},
        {"unknown": 1},
    ],
    ids=shown,
)
def test_a_wrong_order(user: User, changes: dict[str, Any]) -> None:
    told(user.call("POST", "/billing", {**ORDER, **changes}, {"Idempotency-Key": secrets.token_hex(8)}))


@pytest.mark.parametrize("missing", ["storage", "payment_method"])
def test_an_order_that_lacks_a_field(user: User, missing: str) -> None:
    body = {name: value for name, value in ORDER.items() if name != missing}
    told(user.call("POST", "/billing", body, {"Idempotency-Key": secrets.token_hex(8)}))


@pytest.mark.parametrize("key", [None, "", "x" * 256, "x" * 300, "a\tb"], ids=shown)
def test_a_wrong_idempotency_key(user: User, key: str | None) -> None:
    told(user.call("POST", "/billing", ORDER, {} if key is None else {"Idempotency-Key": key}))


def test_an_idempotency_key_of_255_characters_is_good(user: User) -> None:
    key = secrets.token_hex(128)[:255]
    assert expect(user.call("POST", "/billing", ORDER, {"Idempotency-Key": key}), 201)["status"] == "paid"


def test_the_fault_is_named(user: User) -> None:
    faults = problem(user.call("GET", "/notes?limit=0&unknown=1"), 400)["errors"]

    assert {fault["parameter"] for fault in faults} == {"limit", "unknown"}

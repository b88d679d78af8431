"""Notes: write, read, change, delete."""

from typing import Any

import pytest
from chalicelib import store

from shared.ids import new_id
from shared.tests.apigateway import Api


def written(api: Api, content: str = "hello") -> dict[str, Any]:
    note: dict[str, Any] = api("POST", "/", {"content": content}).json
    return note


def test_a_new_note_is_version_1(ann: Api) -> None:
    answer = ann("POST", "/", {"content": "hello"})
    assert (answer.status, answer.headers["ETag"]) == (201, '"1"')
    note = answer.json
    assert set(note) == {"note_id", "content", "attachment", "created_at", "updated_at", "version"}
    assert (note["content"], note["attachment"], note["version"]) == ("hello", None, 1)
    assert note["created_at"] == note["updated_at"]
    assert ann("GET", f"/{note['note_id']}").json == note


@pytest.mark.parametrize("content", ["x", "🙂" * 100_000, "\x00" * 100_000, '\u0000\u2028"\\', " "])
def test_content_comes_back_as_it_was(ann: Api, content: str) -> None:
    note = written(ann, content)
    assert ann("GET", f"/{note['note_id']}").json["content"] == content


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/content"),
        ({"content": ""}, "/content"),
        ({"content": "🙂" * 100_001}, "/content"),
        ({"content": None}, "/content"),
        ({"content": 7}, "/content"),
        ({"content": "a", "version": 7}, "/version"),
        ({"content": "a", "attachment": 7}, "/attachment"),
        ({"content": "a", "attachment": ""}, "/attachment"),
    ],
)
def test_a_bad_note_is_refused(ann: Api, body: Any, pointer: str) -> None:
    answer = ann("POST", "/", body)
    assert (answer.status, answer.pointers()) == (400, [pointer])


def test_a_change_counts_the_version_up(ann: Api) -> None:
    note = written(ann)
    answer = ann("PUT", f"/{note['note_id']}", {"content": "changed"})
    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    assert answer.json == {
        **note,
        "content": "changed",
        "version": 2,
        "updated_at": answer.json["updated_at"],
    }
    assert answer.json["updated_at"] >= note["updated_at"]
    assert ann("GET", f"/{note['note_id']}").json == answer.json


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ('"1"', 200),
        ("*", 200),
        ('"7", "1"', 200),
        (' "1" ', 200),
        ('"2"', 412),
        ('W/"1"', 412),
        ('"01"', 412),
        ('"one"', 412),
        ('""', 412),
        ('"' + "9" * 30 + '"', 412),
        ('W/"2", W/"1"', 412),
        ("1", 400),
        ('"1', 400),
        ("'1'", 400),
        ('"1" "2"', 400),
        ('*, "1"', 400),
        ("", 400),
        (", ".join('"7"' for _ in range(51)), 400),
    ],
)
def test_if_match(ann: Api, if_match: str, status: int) -> None:
    path = f"/{written(ann)['note_id']}"
    answer = ann("PUT", path, {"content": "changed"}, headers={"If-Match": if_match})
    assert answer.status == status
    assert ann("GET", path).json["content"] == ("changed" if status == 200 else "hello")


def test_of_two_changes_to_one_version_the_second_fails(ann: Api) -> None:
    path = f"/{written(ann)['note_id']}"
    first, second = (ann("PUT", path, {"content": text}, headers={"If-Match": '"1"'}) for text in ("a", "b"))
    assert (first.status, second.status) == (200, 412)
    assert ann("GET", path).json["content"] == "a"


def test_changing_nothing_is_a_bad_request(ann: Api) -> None:
    assert ann("PUT", f"/{written(ann)['note_id']}", {}).status == 400


def test_a_missing_note_is_404_with_any_precondition(ann: Api) -> None:
    for headers in ({}, {"If-Match": '"1"'}, {"If-Match": 'W/"1"'}, {"If-Match": "*"}):
        assert ann("PUT", f"/{new_id()}", {"content": "a"}, headers=headers).status == 404


def test_a_deleted_note_is_gone(ann: Api) -> None:
    path = f"/{written(ann)['note_id']}"
    answer = ann("DELETE", path)
    assert (answer.status, answer.text) == (204, "")
    assert ann("GET", path).status == 404
    assert ann("DELETE", path).status == 404


def test_another_users_note_is_404(ann: Api, bob: Api) -> None:
    note = written(ann)
    path = f"/{note['note_id']}"
    assert bob("GET", path).status == 404
    assert bob("PUT", path, {"content": "mine"}).status == 404
    assert bob("DELETE", path).status == 404
    assert bob("GET", f"{path}/attachment").status == 404
    assert bob("GET", "/").json == {"notes": [], "next_cursor": None}
    assert ann("GET", path).json == note


@pytest.mark.parametrize("text", ["x", "..", "%00", "a" * 3000, "AAAAAAAA-0000-7000-8000-000000000001", "~"])
def test_what_is_no_id_is_404(ann: Api, text: str) -> None:
    assert ann("GET", f"/{text}").status == 404
    assert ann("PUT", f"/{text}", {"content": "a"}).status == 404
    assert ann("DELETE", f"/{text}").status == 404
    assert ann("GET", f"/{text}/attachment").status == 404


def test_an_id_that_is_taken_is_not_overwritten(ann: Api) -> None:
    note = written(ann)
    copy = store.Note(note["note_id"], "other", None, note["created_at"], note["updated_at"])
    user = "us-east-1:aaaaaaaa-0000-4000-8000-000000000001"
    with pytest.raises(Exception, match="ConditionalCheckFailed"):
        store.add(user, copy)
    assert ann("GET", f"/{note['note_id']}").json == note

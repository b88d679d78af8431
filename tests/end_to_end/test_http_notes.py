"""Notes, as a client written from the HTTP contract alone sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.end_to_end.answers import expect, problem
from tools.api_client import User

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def write(user: User, content: str = "A note") -> dict[str, Any]:
    note: dict[str, Any] = expect(user.call("POST", "/notes", {"content": content}), 201)
    return note


def test_a_new_note_has_the_members_of_the_contract(user: User) -> None:
    answer = user.call("POST", "/notes", {"content": "Grüße, 世界 🎈"})

    note = expect(answer, 201)
    assert note.keys() == {"note_id", "content", "attachment", "created_at", "updated_at", "version"}
    assert (note["content"], note["attachment"], note["version"]) == ("Grüße, 世界 🎈", None, 1)
    assert TIME.fullmatch(note["created_at"])
    assert note["updated_at"] == note["created_at"]
    assert answer.headers["ETag"] == '"1"'


def test_a_note_is_read_back_with_its_version_as_tag(user: User) -> None:
    note = write(user)

    answer = user.call("GET", f"/notes/{note['note_id']}")

    assert expect(answer, 200) == note
    assert answer.headers["ETag"] == '"1"'


def test_a_change_counts_the_version_up_and_keeps_the_rest(user: User) -> None:
    note = write(user)

    answer = user.call("PUT", f"/notes/{note['note_id']}", {"content": "Changed"})

    changed = expect(answer, 200)
    assert changed == {**note, "content": "Changed", "version": 2, "updated_at": changed["updated_at"]}
    assert changed["updated_at"] >= note["updated_at"]
    assert answer.headers["ETag"] == '"2"'
    assert expect(user.call("GET", f"/notes/{note['note_id']}"), 200) == changed


@pytest.mark.parametrize("tags", ['"1"', "*", '"7", "1"'])
def test_a_matching_tag_lets_the_change_through(user: User, tags: str) -> None:
    note = write(user)

    changed = user.call("PUT", f"/notes/{note['note_id']}", {"content": "Changed"}, {"If-Match": tags})

    assert expect(changed, 200)["version"] == 2


@pytest.mark.parametrize("tags", ['"2"', 'W/"1"', '"one"', '"2", W/"1"'])
def test_a_stale_weak_or_foreign_tag_is_a_412_and_changes_nothing(user: User, tags: str) -> None:
    note = write(user)

    problem(user.call("PUT", f"/notes/{note['note_id']}", {"content": "Lost"}, {"If-Match": tags}), 412)

    assert expect(user.call("GET", f"/notes/{note['note_id']}"), 200) == note


def test_of_two_changes_to_one_version_the_second_is_a_412(user: User) -> None:
    path = f"/notes/{write(user)['note_id']}"

    expect(user.call("PUT", path, {"content": "First"}, {"If-Match": '"1"'}), 200)
    problem(user.call("PUT", path, {"content": "Second"}, {"If-Match": '"1"'}), 412)

    assert expect(user.call("GET", path), 200)["content"] == "First"


def test_a_deleted_note_is_gone(user: User) -> None:
    path = f"/notes/{write(user)['note_id']}"

    answer = user.call("DELETE", path)

    assert (answer.status_code, answer.content) == (204, b"")
    for method, body in [("GET", None), ("PUT", {"content": "Back"}), ("DELETE", None)]:
        problem(user.call(method, path, body), 404)


def test_the_pages_hold_every_note_once_newest_first(new_user: Callable[[], User]) -> None:
    writer = new_user()
    written = [write(writer, f"Note {number}") for number in range(7)]
    ids = [note["note_id"] for note in written]
    assert ids == sorted(ids)

    pages, cursor = [], ""
    while True:
        page = expect(writer.call("GET", f"/notes?limit=3{cursor}"), 200)
        assert page.keys() == {"notes", "next_cursor"}
        pages.append(page["notes"])
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={quote(page['next_cursor'])}"

    assert [len(page) for page in pages] == [3, 3, 1]
    assert [note for page in pages for note in page] == written[::-1]


def test_a_page_that_ends_with_the_last_note_has_no_next_cursor(new_user: Callable[[], User]) -> None:
    writer = new_user()
    assert expect(writer.call("GET", "/notes"), 200) == {"notes": [], "next_cursor": None}
    written = [write(writer) for _ in range(2)]

    assert expect(writer.call("GET", "/notes?limit=2"), 200) == {"notes": written[::-1], "next_cursor": None}


def test_a_page_has_25_notes_unless_told_otherwise(new_user: Callable[[], User]) -> None:
    writer = new_user()
    for _ in range(26):
        write(writer)

    first = expect(writer.call("GET", "/notes"), 200)
    assert len(first["notes"]) == 25
    assert len(expect(writer.call("GET", f"/notes?cursor={quote(first['next_cursor'])}"), 200)["notes"]) == 1
    assert len(expect(writer.call("GET", "/notes?limit=100"), 200)["notes"]) == 26


def test_the_longest_notes_pass_through_whole_and_split_into_pages(new_user: Callable[[], User]) -> None:
    writer = new_user()
    longest = "🎈" * 100_000
    written = [write(writer, longest)["note_id"] for _ in range(9)]

    read, cursor = [], ""
    while True:
        page = expect(writer.call("GET", f"/notes?limit=100{cursor}"), 200)
        assert all(note["content"] == longest for note in page["notes"])
        read += [note["note_id"] for note in page["notes"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={quote(page['next_cursor'])}"

    assert read == written[::-1]


def test_a_note_of_another_user_is_a_404_and_stays_as_it_is(user: User, stranger: User) -> None:
    note = write(user)
    path = f"/notes/{note['note_id']}"

    for method, body in [("GET", None), ("PUT", {"content": "Mine now"}), ("DELETE", None)]:
        problem(stranger.call(method, path, body), 404)
    problem(stranger.call("GET", f"{path}/attachment"), 404)

    assert expect(user.call("GET", path), 200) == note
    assert note["note_id"] not in [
        other["note_id"] for other in expect(stranger.call("GET", "/notes?limit=100"), 200)["notes"]
    ]

"""Search: who may, what is found, pages and their cursors."""

import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from chalicelib import search, store
from hypothesis import given
from hypothesis import strategies as st

from shared import flags
from shared.flags import Audience
from shared.tests.apigateway import Answer, Api

ANN = "us-east-1:aaaaaaaa-0000-4000-8000-000000000001"


@pytest.fixture
def audience(monkeypatch: pytest.MonkeyPatch) -> Callable[[Audience], None]:
    """Sets for whom search is on."""

    def set_(audience: Audience) -> None:
        source = flags._Source(known={"search": audience}, ask_after=float("inf"))
        monkeypatch.setattr(flags, "_source", source)

    set_(Audience())
    return set_


@pytest.fixture(autouse=True)
def on(audience: Callable[[Audience], None]) -> None:
    """For everybody, unless a test says otherwise."""
    audience(Audience(share=100))


def found(api: Api, query: str, more: str = "") -> list[str]:
    """The contents that a query finds on its first page."""
    answer = api("GET", f"/?query={quote(query)}{more}")
    assert answer.status == 200, answer.text
    return [note["content"] for note in answer.json["notes"]]


def pages(api: Api, query: str, limit: int) -> list[list[str]]:
    """The contents on each page, to the end."""
    got, cursor = [], ""
    while True:
        page = api("GET", f"/?query={quote(query)}&limit={limit}{cursor}").json
        got.append([note["content"] for note in page["notes"]])
        if page["next_cursor"] is None:
            return got
        cursor = f"&cursor={page['next_cursor']}"


def refused(answer: Answer, parameter: str, words: str) -> None:
    assert answer.status == 400, answer.text
    assert [error["parameter"] for error in answer.json["errors"]] == [parameter]
    assert words in answer.json["errors"][0]["detail"]


def test_who_has_it_not_is_told_so_and_lists_as_before(
    ann: Api, bob: Api, audience: Callable[[Audience], None]
) -> None:
    audience(Audience(users=(ANN,)))
    for api in (ann, bob):
        api("POST", "/", {"content": "a word"})

    assert found(ann, "word") == ["a word"]
    refused(bob("GET", "/?query=word"), "query", "is not available to you")
    refused(bob("GET", "/?query=%20"), "query", "is not available to you")
    assert bob("GET", "/").status == 200


def test_nobody_asks_for_a_flag_without_a_query(ann: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "is_on", lambda *_: pytest.fail("asked"))
    assert ann("GET", "/").status == 200


@pytest.mark.parametrize(
    ("content", "query"),
    [
        ("Buy milk", "milk"),
        ("Buy milk", "MIL"),
        ("Buy milk", " milk,  buy! "),
        ("Buy milk", "milk milk"),
        ("Grüße aus Köln", "koln gruss"),
        ("Grusse aus Koln", "grüße KÖLN"),
        ("Cafe\u0301", "café"),
        ("CAFÉ", "cafe\u0301"),
        ("İstanbul", "istanbul"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("ﬁne print", "fine"),
        ("世界 こんにちは", "世"),
        ("a_b-c.d", "b c d"),
        ("room 101", "10"),
    ],
)
def test_it_is_found(ann: Api, content: str, query: str) -> None:
    ann("POST", "/", {"content": content})
    assert found(ann, query) == [content]


@pytest.mark.parametrize(
    ("content", "query"),
    [("Buy milk", "ilk"), ("Buy milk", "milk bread"), ("Buy milk", "milky"), ("Buy m ilk", "milk")],
)
def test_it_is_not_found(ann: Api, content: str, query: str) -> None:
    ann("POST", "/", {"content": content})
    assert found(ann, query) == []


@pytest.mark.parametrize("query", ["a" * 101, "   ", "%", "!?", "_", "🎈"])
def test_a_bad_query_is_refused(ann: Api, query: str) -> None:
    refused(ann("GET", f"/?query={quote(query)}"), "query", "must have")


def test_no_query_at_all_is_refused(ann: Api) -> None:
    assert ann("GET", "/?query=").pointers() == ["query"]
    assert ann("GET", "/?query=a&query=b").pointers() == ["query"]


def test_spaces_around_do_not_count(ann: Api) -> None:
    ann("POST", "/", {"content": "a" * 100})
    assert found(ann, f"  {'a' * 100}  ") == ["a" * 100]


def test_only_ones_own_notes_are_found(ann: Api, bob: Api) -> None:
    ann("POST", "/", {"content": "a secret"})
    assert found(bob, "secret") == []


def test_a_change_and_a_deletion_are_seen_at_once(ann: Api) -> None:
    note = ann("POST", "/", {"content": "old"}).json
    ann("PUT", f"/{note['note_id']}", {"content": "new"})
    assert (found(ann, "old"), found(ann, "new")) == ([], ["new"])
    ann("DELETE", f"/{note['note_id']}")
    assert found(ann, "new") == []


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (1, [["even 8"], ["even 6"], ["even 4"], ["even 2"], ["even 0"]]),
        (2, [["even 8", "even 6"], ["even 4", "even 2"], ["even 0"]]),
        (5, [["even 8", "even 6", "even 4", "even 2", "even 0"]]),
        (100, [["even 8", "even 6", "even 4", "even 2", "even 0"]]),
    ],
)
def test_pages_are_newest_first_complete_and_end_with_the_last_found(
    ann: Api, limit: int, expected: list[list[str]]
) -> None:
    for number in range(10):
        ann("POST", "/", {"content": f"{'odd' if number % 2 else 'even'} {number}"})
    assert pages(ann, "even", limit) == expected


@pytest.mark.parametrize(("reads", "notes"), [(1, 10), (3, 3), (3, 100)])
def test_whatever_a_request_may_look_at_all_is_found_in_the_end(
    ann: Api, monkeypatch: pytest.MonkeyPatch, reads: int, notes: int
) -> None:
    monkeypatch.setattr(search, "_NOTES_A_READ", reads)
    monkeypatch.setattr(search, "MOST_NOTES", notes)
    for number in range(10):
        ann("POST", "/", {"content": f"note {number}"})
    for query, expected in (("note", 10), ("0", 1), ("none", 0)):
        assert sum(map(len, pages(ann, query, 2))) == expected


def test_a_request_stops_after_so_many_notes_with_a_cursor(ann: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_NOTES_A_READ", 2)
    monkeypatch.setattr(search, "MOST_NOTES", 4)
    for number in range(6):
        ann("POST", "/", {"content": f"note {number}"})
    first = ann("GET", "/?query=0").json
    assert first["notes"] == []
    assert first["next_cursor"]
    rest = ann("GET", f"/?query=0&cursor={first['next_cursor']}").json
    assert [note["content"] for note in rest["notes"]] == ["note 0"]
    assert rest["next_cursor"] is None


def test_a_request_stops_after_so_many_characters(ann: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str | None] = []
    original = store.read

    def counted(user_id: str, before: str | None, at_most: int) -> Any:
        read.append(before)
        return original(user_id, before, at_most)

    monkeypatch.setattr(store, "read", counted)
    monkeypatch.setattr(search, "MOST_CHARACTERS", 300_000)
    for _ in range(15):
        ann("POST", "/", {"content": "long " * 20_000})
    assert ann("GET", "/?query=missing").json["next_cursor"]
    assert len(read) == 1


def test_a_page_of_long_notes_fits_in_lambdas_answer(ann: Api) -> None:
    for _ in range(20):
        ann("POST", "/", {"content": "é" * 50_000 + " 🙂" * 20_000})
    answer = ann("GET", "/?query=eeee&limit=100")
    assert len(json.dumps(answer.raw)) < 6 * 1024 * 1024
    assert sum(map(len, pages(ann, "eeee", 100))) == 20


def test_a_cursor_is_good_for_its_query_only(ann: Api) -> None:
    for _ in range(3):
        ann("POST", "/", {"content": "one two"})
    of_query = ann("GET", "/?query=one&limit=1").json["next_cursor"]
    of_list = ann("GET", "/?limit=1").json["next_cursor"]

    assert len(found(ann, "one", f"&cursor={of_query}")) == 2
    assert len(found(ann, "ONE", f"&cursor={of_query}")) == 2, "the same words are the same query"
    refused(ann("GET", f"/?query=two&cursor={of_query}"), "cursor", "of another query")
    refused(ann("GET", f"/?cursor={of_query}"), "cursor", "of another query")
    refused(ann("GET", f"/?query=one&cursor={of_list}"), "cursor", "of another query")


def test_what_is_searched_is_not_logged(ann: Api, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        ann("GET", "/?query=confidential")
        ann("GET", f"/?query={'confidential' * 20}")
    assert [record.message for record in caplog.records].count("request") == 2
    assert "confidential" not in repr([vars(record) for record in caplog.records])


@given(st.text(max_size=200), st.text(max_size=50))
def test_every_word_of_a_text_finds_it(text: str, more: str) -> None:
    for word in search.words(text):
        assert search.matches([word], f"{more} {text}")


@given(st.text(max_size=200))
def test_words_are_in_one_form(text: str) -> None:
    found_words = search.words(text)
    assert search.words(" ".join(found_words)) == found_words

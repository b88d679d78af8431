"""Listing: pages, their size, and cursors."""

import json
import uuid

import pytest
from chalicelib import cursors
from hypothesis import given
from hypothesis import strategies as st

from shared.ids import new_id
from shared.problems import BadRequest
from shared.tests.apigateway import Api

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LAMBDA_ANSWER_BYTES = 6 * 1024 * 1024


def listed(api: Api, limit: int) -> list[list[str]]:
    """The contents on each page, to the end."""
    pages, cursor = [], None
    while True:
        page = api("GET", f"/?limit={limit}" + (f"&cursor={cursor}" if cursor else "")).json
        pages.append([note["content"] for note in page["notes"]])
        cursor = page["next_cursor"]
        if cursor is None:
            return pages


@pytest.mark.parametrize(
    ("limit", "pages"),
    [
        (1, [["4"], ["3"], ["2"], ["1"], ["0"]]),
        (2, [["4", "3"], ["2", "1"], ["0"]]),
        (5, [["4", "3", "2", "1", "0"]]),
        (100, [["4", "3", "2", "1", "0"]]),
    ],
)
def test_pages_are_newest_first_and_complete(ann: Api, limit: int, pages: list[list[str]]) -> None:
    for number in range(5):
        ann("POST", "/", {"content": str(number)})
    assert listed(ann, limit) == pages


def test_25_is_the_default(ann: Api) -> None:
    for number in range(26):
        ann("POST", "/", {"content": str(number)})
    page = ann("GET", "/").json
    assert len(page["notes"]) == 25
    assert page["next_cursor"]


@pytest.mark.parametrize("character", ["🙂", "\x00", '"', "é"])
def test_a_page_fits_in_lambdas_answer(ann: Api, character: str) -> None:
    for _ in range(20):
        assert ann("POST", "/", {"content": character * 100_000}).status == 201
    answer = ann("GET", "/?limit=100")
    assert len(json.dumps(answer.raw)) < LAMBDA_ANSWER_BYTES
    assert len([content for page in listed(ann, 100) for content in page]) == 20


@pytest.mark.parametrize("limit", ["0", "101", "abc", "", "%205", "-1", "5.0", "1e1"])
def test_a_bad_limit_is_refused(ann: Api, limit: str) -> None:
    answer = ann("GET", f"/?limit={limit}")
    assert (answer.status, answer.pointers()) == (400, ["limit"])


@pytest.mark.parametrize("cursor", ["", "x", "A" * 40, "%00", "A" * 500])
def test_a_bad_cursor_is_refused(ann: Api, cursor: str) -> None:
    answer = ann("GET", f"/?cursor={cursor}")
    assert (answer.status, answer.pointers()) == (400, ["cursor"])


def test_another_users_cursor_is_refused(ann: Api, bob: Api) -> None:
    for content in ("a", "b"):
        ann("POST", "/", {"content": content})
    cursor = ann("GET", "/?limit=1").json["next_cursor"]
    assert ann("GET", f"/?cursor={cursor}").status == 200
    assert bob("GET", f"/?cursor={cursor}").status == 400


def test_a_cursor_outlives_its_note(ann: Api) -> None:
    for content in ("a", "b", "c"):
        ann("POST", "/", {"content": content})
    page = ann("GET", "/?limit=2").json
    ann("DELETE", f"/{page['notes'][1]['note_id']}")
    rest = ann("GET", f"/?cursor={page['next_cursor']}").json
    assert [note["content"] for note in rest["notes"]] == ["a"]


@given(st.uuids(), st.text())
def test_a_cursor_reads_as_it_was_written(note_id: uuid.UUID, user_id: str) -> None:
    assert cursors.read(user_id, cursors.write(user_id, str(note_id))) == str(note_id)


@given(st.integers(0, 39), st.sampled_from("ABCDEFabcdef0189-_"))
def test_a_cursor_with_a_slip_is_refused(place: int, character: str) -> None:
    good = cursors.write("ann", new_id())
    slipped = good[:place] + character + good[place + 1 :]
    if slipped != good:
        with pytest.raises(BadRequest):
            cursors.read("ann", slipped)


@given(st.text())
def test_no_text_is_taken_for_a_cursor(text: str) -> None:
    with pytest.raises(BadRequest):
        cursors.read("ann", text)

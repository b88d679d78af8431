"""Full-text search in one's own notes, behind the flag `search`.

A note is found if each word of the query begins one of its words, whatever the case and the accents. Nothing
is stored for it: a search reads the user's notes, newest first, and compares. An index of words would have
one item for each word of a note. A note of 1,000 characters has some 100 different ones, so writing it would
cost 100 write units more ($0.00006), as much as reading 2 MB of notes; and notes are written more often than
searched. https://aws.amazon.com/dynamodb/pricing/on-demand/

A request looks at some 2,000 notes or a million characters and stops: a page may be short, or empty, and
still have a cursor to go on with.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from chalicelib import cursors, pages, store
from shared import flags
from shared.problems import BadRequest

FLAG = "search"
MOST_NOTES = 2_000
MOST_CHARACTERS = 1_000_000
_NOTES_A_READ = 200
_QUERY_CHARACTERS = 100
_WORD = re.compile(r"[^\W_]+")


def page(user_id: str, limit: int, cursor: str | None, query: str) -> dict[str, Any]:
    """Up to `limit` notes that the query finds, newest first, and the cursor to go on (None: the end).

    Problem 400 where search is not on for the user, and for a query without a word.
    """
    wanted = _words_of(user_id, query)
    before = cursors.read(user_id, cursor, wanted) if cursor is not None else None
    notes: list[dict[str, Any]] = []
    size = looked_at = characters = 0
    while True:
        read, before = store.read(user_id, before, _NOTES_A_READ)
        for note in read:
            looked_at, characters = looked_at + 1, characters + len(note.content)
            if not matches(wanted, note.content):
                continue
            document = note.document()
            size += pages.wire_size(document)
            if len(notes) == limit or (notes and size > pages.MOST_BYTES):
                return _page(notes, cursors.write(user_id, notes[-1]["note_id"], wanted))
            notes.append(document)
        if before is None:
            return _page(notes, None)
        if len(notes) == limit or looked_at >= MOST_NOTES or characters >= MOST_CHARACTERS:
            return _page(notes, cursors.write(user_id, before, wanted))


def words(text: str) -> list[str]:
    """The words of a text without case and accents: runs of letters and digits, in any script.

    Text that has no spaces between its words counts as one word.
    """
    if not text.isascii():
        # Decomposed, an accent is a character of its own: https://www.unicode.org/reports/tr15/
        text = unicodedata.normalize("NFKD", text)
        for accent in filter(unicodedata.combining, set(text)):
            text = text.replace(accent, "")
    return _WORD.findall(text.casefold())


def matches(wanted: Sequence[str], content: str) -> bool:
    """Whether each of the words `wanted` begins a word of `content`."""
    text = f" {' '.join(words(content))}"
    return all(f" {word}" in text for word in wanted)


def _words_of(user_id: str, query: str) -> list[str]:
    if not flags.is_on(FLAG, user_id):
        raise _fault("Search is not available to you.", "is not available to you")
    if not 1 <= len(query.strip()) <= _QUERY_CHARACTERS:
        raise _fault("The query is not valid.", f"must have 1 to {_QUERY_CHARACTERS} characters")
    found = words(query)
    if not found:
        raise _fault("The query is not valid.", "must have a word of letters or digits")
    return sorted(set(found))


def _fault(what: str, detail: str) -> BadRequest:
    return BadRequest(what, errors=[{"parameter": "query", "detail": detail}])


def _page(notes: list[dict[str, Any]], next_cursor: str | None) -> dict[str, Any]:
    return {"notes": notes, "next_cursor": next_cursor}

"""Cursors of a listing: opaque text that is good for one user and one search only.

A cursor is the id of the last note looked at and a digest of it keyed by the user, so that somebody else's
cursor, one of another search or one with a slip in it is told from a good one. It opens nothing: only the
caller's own notes are ever read.
"""

import base64
import hashlib
import hmac
import re
import uuid
from collections.abc import Sequence

from shared.problems import BadRequest

_DIGEST_BYTES = 14  # with the 16 of the id: 30, which base64 writes without padding
_SPELLING = re.compile(r"[A-Za-z0-9_-]{40}", re.ASCII)


def write(user_id: str, note_id: str, words: Sequence[str] = ()) -> str:
    """The cursor after `note_id` for `user_id`, who searches `words`: 40 characters, safe in a URL."""
    raw = uuid.UUID(note_id).bytes
    return base64.urlsafe_b64encode(raw + _digest(user_id, raw, words)).decode()


def read(user_id: str, cursor: str, words: Sequence[str] = ()) -> str:
    """The note id in a cursor. Problem 400 if `write` did not make it for this user and these words."""
    if _SPELLING.fullmatch(cursor):
        decoded = base64.urlsafe_b64decode(cursor)
        raw, digest = decoded[:16], decoded[16:]
        if hmac.compare_digest(digest, _digest(user_id, raw, words)):
            return str(uuid.UUID(bytes=raw))
    fault = {"parameter": "cursor", "detail": "is not a next_cursor of yours, or of another query"}
    raise BadRequest("The cursor is not valid; start without one.", errors=[fault])


def _digest(user_id: str, raw: bytes, words: Sequence[str]) -> bytes:
    searched = " ".join(words).encode()
    return hmac.digest(user_id.encode(), b"notes cursor 1" + raw + searched, hashlib.sha256)[:_DIGEST_BYTES]

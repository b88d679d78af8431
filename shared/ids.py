"""Identifiers that sort by the time of their making."""

import re
import secrets
import time
import uuid

# A lower-case UUID as `new_id` writes it: the only spelling, so that one thing has one id.
ID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

_ID = re.compile(ID_PATTERN)


def new_id() -> str:
    """A UUIDv7: milliseconds, then their fraction in rand_a.

    https://www.rfc-editor.org/rfc/rfc9562#section-5.7 and section 6.2, method 3.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = (rest << 12) // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))


def is_id(text: str) -> bool:
    """Whether `text` is spelled as an id is."""
    return _ID.fullmatch(text) is not None

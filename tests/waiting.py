"""Waiting for what happens a little later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, TypeVar

Found = TypeVar("Found")


def eventually(
    look: Callable[[], Found | Literal[False] | None], seconds: float = 30, what: str = "it"
) -> Found:
    """What `look` finds, as soon as that is something. AssertionError after `seconds`, with the last find."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} did not come within {seconds} s: {found!r}"
        time.sleep(0.2)
    return found

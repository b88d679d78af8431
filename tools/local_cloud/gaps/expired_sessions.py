"""Temporary credentials that have expired are refused as expired, for as long as anybody may still use them.

MiniStack forgets them as soon as other credentials are made, and then calls them unknown, which AWS does not:
https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html (ExpiredToken)
"""

import time
from collections.abc import Callable
from typing import Any

from tools.local_cloud.patching import module, patch, require

_REMEMBERED = 24 * 60 * 60.0


def install() -> None:
    """Patch what forgets sessions."""
    sts = module("services.sts")
    require(sts, "_sessions")

    def make(_original: Callable[[], None]) -> Callable[[], None]:
        def evict() -> None:
            limit = time.time() - _REMEMBERED
            # Functions that start add theirs meanwhile: `copy` is one step, while a list of the items makes a
            # tuple for each, between which the garbage collector may let another thread run.
            for key, session in sts._sessions.copy().items():
                if _ends(session) < limit:
                    sts._sessions.pop(key, None)

        return evict

    patch(sts, "_evict_expired_sessions", "", make)


def expire(role: str) -> int:
    """End every session of the role `role` now; how many there were. For tests: AWS has no such call."""
    now, ended = time.time(), 0
    for session in list(module("services.sts")._sessions.values()):
        if f":assumed-role/{role}/" in str(session.get("Arn", "")) and _ends(session) > now:
            session["Expiration"] = now - 1
            ended += 1
    return ended


def _ends(session: dict[str, Any]) -> float:
    ends = session.get("Expiration")
    return float(ends) if isinstance(ends, int | float) else float("inf")

"""For whom a flag is on, as users write it (ON=25%,us-east-1:…) and read it."""

from __future__ import annotations

import re

from shared.flags import Audience
from tools.errors import UsageError

# https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetId.html
_USER = re.compile(r"[\w-]{1,55}:[0-9a-f-]{1,72}", re.ASCII)
_SHARE = re.compile(r"([0-9]{1,3})%", re.ASCII)
_FORMS = "all, none, a share such as 25%, users by their identity ids, or a share and users: 25%,us-east-1:…"


def parse(text: str) -> Audience:
    """What ON= says. Raises UsageError that says what it takes."""
    parts = [part.strip() for part in text.split(",")]
    if parts in (["all"], ["none"]):
        return Audience(share=100 if parts == ["all"] else 0)
    shares = [int(found[1]) for part in parts if (found := _SHARE.fullmatch(part))]
    users = [part for part in parts if _USER.fullmatch(part)]
    strange = [part for part in parts if not _SHARE.fullmatch(part) and part not in users]
    if not text.strip():
        raise UsageError("For whom? ON is missing.", f"It takes {_FORMS}.")
    if strange:
        alone = " stands alone" if strange[0] in ("all", "none") else " is neither a share nor an identity id"
        raise UsageError(f"ON={text}: {strange[0] or 'nothing'}{alone}.", f"It takes {_FORMS}.")
    if len(shares) > 1 or any(share > 100 for share in shares):
        raise UsageError(f"ON={text}: a share is one whole number from 0% to 100%.", f"It takes {_FORMS}.")
    return Audience(share=sum(shares), users=tuple(sorted(set(users))))


def spoken(audience: Audience) -> str:
    """An audience in words, without the users' ids."""
    count = len(audience.users)
    named = f"{count} user{'s' if count > 1 else ''}" if count else ""
    if audience.share == 100:
        return "on for all"
    if audience.share:
        return f"on for {audience.share}%{f' and {named}' if named else ''}"
    return f"on for {named}" if named else "off"

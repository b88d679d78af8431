"""Destroy the ephemeral stages that nobody has deployed for a while."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tools import inventory
from tools.errors import ToolError, UsageError, explained
from tools.inventory import Deployment
from tools.stages import Organisation

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Choice:
    """The stages to destroy, borrowers before those whose storage they use, and by name why others stay."""

    swept: list[Deployment] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)


def older_than(words: str) -> datetime.timedelta:
    """The age that OLDER= names. Raises UsageError for anything but a number and a unit."""
    match = re.fullmatch(r"([0-9]{1,5})([mhdw])", words)
    if not match:
        missing = f"OLDER={words} is no age." if words else "How old? OLDER is missing."
        raise UsageError(missing, "For example: OLDER=7d (m, h, d or w for minutes, hours, days, weeks).")
    return datetime.timedelta(**{_UNITS[match[2]]: int(match[1])})


def choose(
    organisation: Organisation,
    found: list[Deployment],
    older: datetime.timedelta,
    now: datetime.datetime,
) -> Choice:
    """What of an account's deployments is to go: never what stages.toml lists or others still use."""
    choice, old = Choice(), {}
    for each in found:
        at, _ = each.last
        if each.stage in organisation.stages:
            continue
        if each.record is not None and each.record.listed:
            choice.kept[each.stage] = "stages.toml listed it when it was deployed"
        elif organisation.stage(each.stage).settings.protected:
            choice.kept[each.stage] = "it is protected"
        elif at is None:
            choice.kept[each.stage] = "nobody knows when it was deployed"
        elif inventory.age(at, now) >= older:
            old[each.stage] = each
    staying = _needed(found, old)
    choice.kept.update(staying)
    going = [each for name, each in old.items() if name not in staying]
    # Storage is lent once: whoever lends borrows from nobody.
    choice.swept.extend(sorted(going, key=lambda each: (each.storage == "own", each.stage)))
    return choice


def _needed(found: list[Deployment], old: Mapping[str, Deployment]) -> dict[str, str]:
    """By name: which of the old stages have storage that a stage uses which stays."""
    users: dict[str, list[str]] = {}
    for each in found:
        if each.stage not in old and each.storage in old:
            users.setdefault(each.storage, []).append(each.stage)
    return {name: f"its storage is used by {', '.join(by)}" for name, by in users.items()}


def carry_out(
    choice: Choice, destroy: Callable[[str], str], say: Callable[[str], None]
) -> dict[str, ToolError]:
    """Destroy one stage after the other by `destroy`; a failure stops no other. By name: what failed."""
    failed: dict[str, ToolError] = {}
    for each in choice.swept:
        try:
            say(f"{each.stage}: {destroy(each.stage)}")
        except Exception as error:
            failed[each.stage] = explained(error)
            say(f"{each.stage}: failed")
    return failed

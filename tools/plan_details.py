"""What a saved plan says of each change: the attributes, and which of them force a replacement.

https://developer.hashicorp.com/terraform/internals/json-format#change-representation
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools import terraform
from tools.cloud import Cloud
from tools.terraform import Plan
from tools.terraform_unit import Unit

_UNKNOWN = "known after apply"
_PLAIN = re.compile(r"[A-Za-z0-9_. -]{0,40}")
_ACCOUNT_NUMBER = re.compile(r"\d{12}")
# Where values are none of a reader's business, even if nobody marked them as sensitive.
_PRIVATE = re.compile(r"(^|\.)(environment|user_data|secret_string)|password|token|credential|private", re.I)


@dataclass(frozen=True)
class Detail:
    """One resource that a plan changes; `before` is None for one to be made, `after` for one to go.

    `unknown` and `hidden` have true where a value is not known yet, or sensitive.
    """

    address: str
    kind: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    unknown: Any = False
    hidden: tuple[Any, Any] = (False, False)
    forced_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """An attribute that differs; `before` and `after` are None where they are not to be shown."""

    attribute: str
    before: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        return self.attribute if self.before is None else f"{self.attribute}: {self.before} -> {self.after}"


@dataclass(frozen=True)
class Details:
    """By address what changes; by name the outputs that have a value now and will have none."""

    changes: Mapping[str, Detail] = field(default_factory=dict)
    emptied: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)


def read(cloud: Cloud, unit: Unit, planned: Plan) -> Details:
    """Read them from the saved plan."""
    return parsed(terraform.show(cloud, unit, planned))


def parsed(shown: Mapping[str, Any]) -> Details:
    """From the JSON of `terraform show`."""
    changes = [
        Detail(
            entry["address"],
            entry["type"],
            entry["change"].get("before"),
            entry["change"].get("after"),
            entry["change"].get("after_unknown", False),
            (entry["change"].get("before_sensitive", False), entry["change"].get("after_sensitive", False)),
            tuple(_dotted(path) for path in entry["change"].get("replace_paths", [])),
        )
        for entry in shown.get("resource_changes", [])
        if entry["mode"] == "managed" and entry["change"]["actions"] != ["no-op"] and "deposed" not in entry
    ]
    outputs = shown.get("output_changes", {})
    emptied = {
        name: change["before"]
        for name, change in outputs.items()
        if change.get("before") is not None
        and change.get("after") is None
        and not change.get("after_unknown")
    }
    added = {
        str(change["after"]): name
        for name, change in outputs.items()
        if change["actions"] == ["create"] and change.get("after") is not None
    }
    renamed = {name: added[str(value)] for name, value in emptied.items() if str(value) in added}
    return Details({detail.address: detail for detail in changes}, frozenset(emptied), renamed)


def differences(detail: Detail) -> list[Difference]:
    """The attributes that differ, with their values where these are short and harmless."""
    before, after = detail.before or {}, detail.after or {}
    found = [
        difference
        for name in sorted(before.keys() | after.keys())
        if name != "tags_all"
        for difference in _differences(
            name,
            before.get(name),
            after.get(name),
            _below(detail.unknown, name),
            any(_below(mask, name) is True for mask in detail.hidden),
            tuple(_below(mask, name) for mask in detail.hidden),
        )
    ]
    return list(dict.fromkeys(found))


def changed(detail: Detail) -> list[Difference]:
    """What differs, without what only follows from it and is not known yet."""
    found = differences(detail)
    return [difference for difference in found if difference.after != _UNKNOWN] or found


def forced(detail: Detail) -> list[str]:
    """The attributes that force a replacement, with their values where these may be shown."""
    known = {difference.attribute: str(difference) for difference in differences(detail)}
    return [known.get(path, path) for path in dict.fromkeys(detail.forced_by)]


def _differences(
    path: str, before: Any, after: Any, unknown: Any, hidden: bool, masks: tuple[Any, ...]
) -> Iterator[Difference]:
    if unknown is True:
        yield Difference(path, _value(path, before, hidden), _UNKNOWN)
    elif before == after:
        return
    elif isinstance(before, dict | None) and isinstance(after, dict | None) and not hidden:
        for name in sorted((before or {}).keys() | (after or {}).keys()):
            below = tuple(_below(mask, name) for mask in masks)
            yield from _differences(
                f"{path}.{name}",
                (before or {}).get(name),
                (after or {}).get(name),
                _below(unknown, name),
                any(mask is True for mask in below),
                below,
            )
    elif _is_block(before) and _is_block(after) and not hidden:
        first = [values[0] if values else None for values in (before, after)]
        below = tuple(_below(mask, 0) for mask in masks)
        yield from _differences(path, first[0], first[1], _below(unknown, 0), False, below)
    else:
        shown = [_value(path, value, hidden) for value in (before, after)]
        yield Difference(path) if None in shown else Difference(path, shown[0], shown[1])


def _is_block(values: Any) -> bool:
    return isinstance(values, list) and len(values) <= 1 and all(isinstance(value, dict) for value in values)


def _value(path: str, value: Any, hidden: bool) -> str | None:
    """A value in words, or None for one that is long, sensitive or private."""
    if hidden or _PRIVATE.search(path):
        return None
    if value is None:
        return "unset"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, list) and len(value) <= 4:
        parts = [_value(path, part, hidden) for part in value]
        return None if None in parts else f"[{', '.join(str(part) for part in parts)}]"
    plain = isinstance(value, str) and _PLAIN.fullmatch(value) and not _ACCOUNT_NUMBER.search(value)
    return (value or '""') if plain else None


def _below(mask: Any, part: str | int) -> Any:
    if isinstance(mask, Mapping):
        return mask.get(str(part), False)
    if isinstance(mask, list) and isinstance(part, int):
        return mask[part] if part < len(mask) else False
    return mask is True


def _dotted(path: list[Any]) -> str:
    return ".".join(str(part) for part in path if not isinstance(part, int))

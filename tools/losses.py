"""Whether a change in place loses data: the words of tools/data_rules.py, made out in a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tools.data_rules import HOLDERS, LOSSES, ONLY_WHERE_PROTECTED, Happens, Loss
from tools.plan_details import Detail

_ON = (True, "ACTIVE", "Enabled")
_FOR_EVER = float("inf")


def found_in(detail: Detail, protected: bool) -> Iterator[Loss]:
    """The losses that a change means for what is there already, in a stage that is protected or not."""
    if detail.kind in ONLY_WHERE_PROTECTED and not protected:
        return
    if detail.before is None and detail.kind not in HOLDERS:
        return  # what is only made now has no data yet
    for loss in LOSSES:
        if loss.kind == detail.kind:
            before, after = (_at(values or {}, loss.attribute) for values in (detail.before, detail.after))
            if _TESTS[loss.happens](before, after):
                yield loss


def _at(values: Any, path: str) -> Any:
    """The value under a path such as `ttl.enabled`; a block is a list of one."""
    for part in path.split("."):
        if isinstance(values, list):
            values = values[0] if values else None
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _taken_out(before: Any, after: Any) -> bool:
    """Whether an element of a set of blocks with names is no longer there as it was."""
    left = [_said(block) for block in after or []]
    return any(_said(block) not in left for block in before or [])


def _said(value: Any) -> Any:
    """A block without what it leaves to its default, which one side may spell out."""
    if isinstance(value, Mapping):
        return {name: said for name, part in value.items() if (said := _said(part))}
    return [said for part in value if (said := _said(part))] if isinstance(value, list) else value


def _expires(before: Any, after: Any) -> bool:
    """Whether stored objects are deleted by a rule that was not there, or sooner."""
    old, new = _expiries(before), _expiries(after)
    return any(when < old.get(scope, _FOR_EVER) for scope, when in new.items())


def _expiries(rules: Any) -> dict[tuple[str, str], float]:
    """Days by what is deleted: the rule's filter and whether it is about objects or their old versions.

    A date counts as at once, because it is one for every object.
    """
    found: dict[tuple[str, str], float] = {}
    for rule in rules or []:
        if rule.get("status") != "Enabled":
            continue
        filtered = repr((rule.get("filter"), rule.get("prefix")))
        for block in rule.get("expiration") or []:
            if block.get("date") or block.get("days"):
                found[filtered, "objects"] = 0 if block.get("date") else float(block["days"])
        for block in rule.get("noncurrent_version_expiration") or []:
            kept = f"versions beyond {block.get('newer_noncurrent_versions') or 0}"
            found[filtered, kept] = float(block.get("noncurrent_days") or 0)
    return found


_TESTS: Mapping[Happens, Callable[[Any, Any], bool]] = {
    "off": lambda before, after: before in _ON and after not in _ON,
    "on": lambda before, after: before not in _ON and after in _ON,
    "lowered": lambda before, after: (after or 0) < (before or 0),
    "sooner": lambda before, after: (after or _FOR_EVER) < (before or _FOR_EVER),
    "altered": lambda before, after: bool(before and after) and before != after,
    "taken out": _taken_out,
    "expires": _expires,
}

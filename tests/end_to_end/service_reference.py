"""Which resources AWS knows for each right, from its reference as policy_sentry carries it.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from functools import cache

from policy_sentry.querying.actions import get_action_data
from policy_sentry.querying.all import get_all_actions

# The rights of both kinds of its APIs have the same names, and the reference gives only one kind's resources.
_UNCLEAR = ("apigateway",)


def unknown(action: str, resources: Iterable[str]) -> bool:
    """Whether a right is none of AWS's, or is given on resources on which AWS never looks for it.

    `action` and `resources` are a policy's: both may have wildcards, of which one hit is enough.
    """
    actions = _matching(action.lower())
    if action == "*" or (actions and action.partition(":")[0] in _UNCLEAR):
        return False
    return not any(_grantable(name, given) for name in actions for given in resources)


def _grantable(action: str, resource: str) -> bool:
    return resource == "*" or any(_meet(resource, known) for known in _resources(action))


def _matching(action: str) -> Iterable[str]:
    if "*" in action:
        return fnmatch.filter(_actions(), action)
    return _actions() & {action}


@cache
def _actions() -> frozenset[str]:
    return frozenset(name.lower() for name in get_all_actions())


@cache
def _resources(action: str) -> frozenset[str]:
    """The ARNs to which a right can be limited, with wildcards for what varies; none for all or nothing."""
    service, name = action.split(":")
    found = get_action_data(service, name)
    formats = (
        {entry["resource_arn_format"] for entries in found.values() for entry in entries} if found else set()
    )
    return frozenset(re.sub(r"\$\{\w+\}", "*", arn) for arn in formats - {"*"})


def _meet(one: str, other: str) -> bool:
    """Whether some ARN fits both patterns, service by service: a wildcard does not reach over its colon."""
    first, second = one.split(":", 5), other.split(":", 5)
    return len(first) == len(second) and all(map(_overlap, first, second))


@cache
def _overlap(one: str, other: str) -> bool:
    """Whether some text fits both patterns."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return _overlap(one[1:], other) or _overlap(one, other[1:])
    if other[0] == "*":
        return _overlap(other, one)
    return one[0] == other[0] and _overlap(one[1:], other[1:])

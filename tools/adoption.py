"""Take over what a killed deploy made and could not save in the state, instead of making it a second time.

Terraform saves the state of a running apply every 20 seconds at most, so that the death of a machine loses
what was made since. It is found by name (tools/leftovers.py) and imported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tools import leftovers, state_bucket, terraform
from tools.cloud import Cloud, client
from tools.errors import ToolError
from tools.leftovers import KINDS
from tools.terraform import Plan
from tools.terraform_unit import Unit

# What is found may tell the name of what else can be looked for: a user pool its client.
_ROUNDS = 4
_EXISTS = re.compile(
    r"already ?exist|AlreadyOwnedByYou|ResourceInUse|ConflictException|Conflict:", re.IGNORECASE
)


@dataclass(frozen=True)
class Adoption:
    """A plan that takes over by address what `ids` names; `doubles` exist under the same name beside it."""

    plan: Plan
    ids: Mapping[str, str] = field(default_factory=dict)
    doubles: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = [f"took over from an unfinished deploy: {_listed(self.ids)}"] if self.ids else []
        if self.doubles:
            words.append(f"also there, to be removed by hand: {', '.join(self.doubles)}")
        return "; ".join(words)


def may_help(error: ToolError) -> bool:
    """Whether an apply failed because something exists already."""
    return bool(_EXISTS.search(error.what))


def plan(cloud: Cloud, unit: Unit, planned: Plan) -> Adoption:
    """Plan again with what `planned` would make although it exists, as long as no state has it."""
    ids: dict[str, str] = {}
    doubles: list[str] = []
    for _ in range(_ROUNDS):
        found = _found(cloud, unit, planned)
        more = {address: names[0] for address, names in found.items() if address not in ids}
        if not more:
            break
        doubles += [f"{_kind(address)} {name}" for address in more for name in found[address][1:]]
        ids |= more
        planned = terraform.plan(cloud, unit, imports=ids)
    return Adoption(planned, ids, tuple(doubles))


def _found(cloud: Cloud, unit: Unit, planned: Plan) -> dict[str, list[str]]:
    """By address the import ids of what exists and belongs to no state."""
    if not any(change.action == "create" and change.kind in KINDS for change in planned.changes):
        return {}
    clients = partial(client, cloud, unit.account)
    entries = terraform.show(cloud, unit, planned)["resource_changes"]
    created = [entry for entry in entries if entry["change"]["actions"] == ["create"]]
    found = {
        entry["address"]: (entry, leftovers.find(clients, entry["type"], entry["change"]["after"]))
        for entry in created
    }
    if not any(names for _, names in found.values()):
        return {}
    taken = _taken(cloud, unit)
    free = {
        address: [name for name in names if not _is_taken(taken, entry, name)]
        for address, (entry, names) in found.items()
    }
    return {address: names for address, names in free.items() if names}


def _taken(cloud: Cloud, unit: Unit) -> list[tuple[str, Mapping[str, Any]]]:
    """The kind and the attributes of everything that the states of the account have."""
    return [
        (resource["type"], instance["attributes"])
        for _, state in state_bucket.states(cloud, unit.account)
        for resource in state.get("resources", [])
        if resource["mode"] == "managed"
        for instance in resource["instances"]
    ]


def _is_taken(taken: list[tuple[str, Mapping[str, Any]]], entry: Mapping[str, Any], name: str) -> bool:
    wanted = {
        attribute: name if attribute == "id" else entry["change"]["after"].get(attribute)
        for attribute in KINDS[entry["type"]].known_by
    }
    return any(
        kind == entry["type"] and all(attributes.get(key) == value for key, value in wanted.items())
        for kind, attributes in taken
    )


def _listed(ids: Mapping[str, str]) -> str:
    return ", ".join(f"{_kind(address)} {name.rsplit(':', 1)[-1]}" for address, name in ids.items())


def _kind(address: str) -> str:
    found = re.search(r"(?:^|\.)aws_(\w+)\.[^.]+$", address)
    return found[1].replace("_", " ") if found else address

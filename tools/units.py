"""Bring a Terraform unit up: nothing where nothing changed, else plan, guard, apply, record."""

from __future__ import annotations

from tools import applied, fingerprints, guard, terraform
from tools.guard import Permission
from tools.layers import Layers
from tools.terraform import Unit

UNCHANGED = "unchanged"


def bring_up(layers: Layers, unit: Unit, force: bool = False) -> str:
    """Make the unit what the checkout says, unless the record says that it is; the words that tell it.

    Raises ToolError where stored data would be destroyed, or with Terraform's own diagnosis.
    """
    cloud = layers.cloud
    fingerprint = fingerprints.of_unit(unit.root, unit.variables)
    if not force and applied.is_current(cloud, unit.account, unit.key, fingerprint):
        return UNCHANGED
    words = plan_and_apply(layers, unit)
    applied.record(cloud, unit.account, unit.key, fingerprint)
    return words


def plan_and_apply(layers: Layers, unit: Unit) -> str:
    """Plan, guard and apply the unit; what was changed, in words."""
    cloud = layers.cloud
    planned = terraform.plan(cloud, unit)
    if interrupted := guard.half_made(planned):
        for change in interrupted:
            terraform.keep(cloud, unit, planned, change.address)
        planned = terraform.plan(cloud, unit)
    guard.check(cloud, unit, planned, layers.stage, Permission.given())
    if planned:
        terraform.apply(cloud, unit, planned)
    return str(planned)

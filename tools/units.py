"""Bring a Terraform unit up: nothing where nothing changed, else plan, guard, apply, record."""

from __future__ import annotations

from tools import applied, fingerprints, guard, terraform
from tools.cloud import Cloud
from tools.graph import Skipped
from tools.layers import Layers
from tools.terraform import Unit

UNCHANGED = Skipped("unchanged")


def bring_up(layers: Layers, unit: Unit, force: bool = False) -> str:
    """Make the unit what the checkout says, unless the record says that it is; the words that tell it.

    Raises ToolError where stored data would be destroyed, or with Terraform's own diagnosis.
    """
    cloud = layers.cloud
    if not force and is_current(cloud, unit):
        return UNCHANGED
    words = plan_and_apply(layers, unit)
    applied.record(cloud, unit.account, unit.key, _fingerprint(unit), unit.reads)
    return words


def is_current(cloud: Cloud, unit: Unit) -> bool:
    """Whether what is deployed is what this checkout describes."""
    return applied.is_current(cloud, unit.account, unit.key, _fingerprint(unit))


def plan_and_apply(layers: Layers, unit: Unit) -> str:
    """Plan, guard and apply the unit; what was changed, in words."""
    cloud = layers.cloud
    planned = terraform.plan(cloud, unit)
    if interrupted := guard.half_made(planned):
        for change in interrupted:
            terraform.keep(cloud, unit, planned, change.address)
        planned = terraform.plan(cloud, unit)
    guard.check(layers, unit, planned)
    if planned:
        terraform.apply(cloud, unit, planned)
    return str(planned)


def _fingerprint(unit: Unit) -> str:
    return fingerprints.of_unit(unit.root, unit.variables)

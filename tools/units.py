"""Bring a Terraform unit up: nothing where nothing changed, a new one at once, else plan, guard, apply."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from tools import adoption as adopting
from tools import applied, fingerprints, guard, state_bucket, terraform, unfinished
from tools.adoption import Adoption
from tools.cloud import Cloud
from tools.errors import ToolError
from tools.graph import Skipped
from tools.layers import Layers
from tools.terraform_unit import Unit

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


def plan_and_apply(layers: Layers, unit: Unit, correct: Callable[[bool], str] = lambda _: "") -> str:
    """Plan, guard and apply the unit; what was changed, in words.

    What an earlier deploy began and could not finish is taken over: what it half made, what it made and no
    state knows, and a state that it could not save. `correct` takes out of a state what is not so; its
    argument says whether an earlier deploy did not finish.
    """
    with terraform.alone(layers.cloud, unit):
        return _plan_and_apply(layers, unit, correct)


def _plan_and_apply(layers: Layers, unit: Unit, correct: Callable[[bool], str]) -> str:
    cloud, unfinished_before = layers.cloud, _is_unfinished(layers.cloud, unit)
    recovered = terraform.recover(cloud, unit)
    # Where there is neither a state nor a deploy that broke off, nothing is there that a plan could endanger.
    if state_bucket.read(cloud, unit.account, unit.key) is None and not unfinished_before:
        try:
            with _noted(cloud, unit):
                return terraform.create(cloud, unit)
        except ToolError as error:
            if not adopting.may_help(error):
                raise
    return "; ".join(filter(None, [recovered, correct(unfinished_before), _changed(layers, unit)]))


def _changed(layers: Layers, unit: Unit) -> str:
    cloud = layers.cloud
    adoption = _planned(cloud, unit, look_around=_is_unfinished(cloud, unit))
    for last in (False, False, True):
        guard.check(layers, unit, adoption.plan)
        try:
            with _noted(cloud, unit):
                if adoption.plan:
                    terraform.apply(cloud, unit, adoption.plan)
            break
        except ToolError as error:
            if last or not (terraform.is_outdated(error) or adopting.may_help(error)):
                raise
            adoption = _planned(cloud, unit, look_around=True)
    return "; ".join(filter(None, [str(adoption.plan), str(adoption)]))


def _is_unfinished(cloud: Cloud, unit: Unit) -> bool:
    return unfinished.is_noted(cloud, unit.account, unit.key)


def _noted(cloud: Cloud, unit: Unit) -> AbstractContextManager[None]:
    return unfinished.noted(cloud, unit.account, unit.key)


def _planned(cloud: Cloud, unit: Unit, look_around: bool) -> Adoption:
    planned = terraform.plan(cloud, unit)
    if interrupted := guard.half_made(planned):
        for change in interrupted:
            terraform.keep(cloud, unit, planned, change.address)
        planned = terraform.plan(cloud, unit)
    return adopting.plan(cloud, unit, planned) if look_around else Adoption(planned)


def _fingerprint(unit: Unit) -> str:
    return fingerprints.of_unit(unit.root, unit.variables)

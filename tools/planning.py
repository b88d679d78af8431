"""What a deploy would change, layer by layer, without changing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools import accounts, guard, references, service_deploy, state_bucket, terraform
from tools.graph import Outcome, Report, Task, run
from tools.guard import Permission
from tools.layers import Layers
from tools.terraform import Plan, Unit


@dataclass(frozen=True)
class Planned:
    """A unit with its plan; None where it cannot be planned before what is below it is deployed."""

    name: str
    plan: Plan | None


def plan(layers: Layers, report: Report) -> tuple[list[Planned], Outcome]:
    """Plan every unit of the stage, side by side; returns the plans from the bottom up, and what failed."""
    units = [*_accounts(layers), *_units(layers)]
    plans: dict[str, Plan] = {}

    def one(name: str, make: Callable[[], Unit]) -> str:
        unit = make()
        cloud = layers.cloud.acting_as("administrator") if unit.root in ("dns", "account") else layers.cloud
        plans[name] = terraform.plan(cloud, unit)
        guard.check(cloud, unit, plans[name], layers.stage, Permission.given())
        return str(plans[name])

    tasks = [Task(name, partial(one, name, unit)) for name, unit in units if unit is not None]
    outcome = run(tasks, report)
    return [Planned(name, plans.get(name)) for name, _ in units if name not in outcome.failed], outcome


def _accounts(layers: Layers) -> Iterator[tuple[str, Callable[[], Unit] | None]]:
    """The account layers, which only their administrator can plan; None where they cannot be planned yet."""
    if not layers.cloud.administrable:
        return
    above = layers.acting_as("administrator")
    bucket = state_bucket.exists(above.cloud, layers.organisation.dns_account)
    dns_stands = bucket and _stands(above, above.dns())
    own_bucket = state_bucket.exists(above.cloud, layers.stage.account)
    yield f"account {layers.organisation.dns_account.name}", above.dns if bucket else None
    yield accounts.task_name(layers), above.account if dns_stands and own_bucket else None


def _units(layers: Layers) -> Iterator[tuple[str, Callable[[], Unit] | None]]:
    """Each unit's name and how to make it; None where what is below it is not deployed."""
    stage = layers.stage.name
    storage = layers.storage()
    bucket = state_bucket.exists(layers.cloud, layers.stage.account)
    account_stands = bucket and layers.account_stands
    if storage is not None:
        yield f"{stage} storage", (lambda: storage) if bucket else None
    yield f"{stage} stage", layers.stage_unit if account_stands else None
    below = account_stands and _stands(layers, layers.stage_unit())
    below = below and (storage is None or _stands(layers, storage))
    for service in layers.services:
        ready = below and not _lacking(layers, service)
        yield f"{stage} {service.name}", _service(layers, service) if ready else None


def _service(layers: Layers, service: Path) -> Callable[[], Unit]:
    return lambda: service_deploy.build(layers, service, service_deploy.rendered_for(layers, service))[0]


def _lacking(layers: Layers, service: Path) -> bool:
    own = {path.name for path in layers.services}
    return bool(references.services_before(service) & own - layers.service_outputs().keys())


def _stands(layers: Layers, unit: Unit) -> bool:
    return state_bucket.outputs(layers.cloud, unit.account, unit.key) is not None

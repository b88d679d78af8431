"""What a deploy would change, layer by layer, without changing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools import deploy, guard, references, state_bucket, terraform
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
    units = list(_units(layers))
    plans: dict[str, Plan] = {}

    def one(name: str, make: Callable[[], Unit]) -> str:
        unit = make()
        state_bucket.ensure(layers.cloud, unit.account)
        plans[name] = terraform.plan(layers.cloud, unit)
        guard.check(layers.cloud, unit, plans[name], layers.stage, Permission.given())
        return str(plans[name])

    tasks = [Task(name, partial(one, name, unit)) for name, unit in units if unit is not None]
    outcome = run(tasks, report)
    return [Planned(name, plans.get(name)) for name, _ in units if name not in outcome.failed], outcome


def _units(layers: Layers) -> Iterator[tuple[str, Callable[[], Unit] | None]]:
    """Each unit's name and how to make it; None where what is below it is not deployed."""
    stage = layers.stage.name
    storage = layers.storage()
    dns_stands = _stands(layers, layers.dns())
    account_stands = dns_stands and _stands(layers, layers.account())
    yield "account dns", layers.dns
    yield f"account {layers.stage.account.name}", layers.account if dns_stands else None
    if storage is not None:
        yield f"{stage} storage", lambda: storage
    yield f"{stage} stage", layers.stage_unit if account_stands else None
    below = account_stands and _stands(layers, layers.stage_unit())
    below = below and (storage is None or _stands(layers, storage))
    for service in layers.services:
        ready = below and not _lacking(layers, service)
        yield f"{stage} {service.name}", _service(layers, service) if ready else None


def _service(layers: Layers, service: Path) -> Callable[[], Unit]:
    return lambda: deploy.build(layers, service, deploy.rendered_for(layers, service))[0]


def _lacking(layers: Layers, service: Path) -> bool:
    own = {path.name for path in layers.services}
    return bool(references.services_before(service) & own - layers.service_outputs().keys())


def _stands(layers: Layers, unit: Unit) -> bool:
    return state_bucket.outputs(layers.cloud, unit.account, unit.key) is not None

"""What a deploy would change, layer by layer, without changing it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools import deploy, references, state_bucket, terraform
from tools.layers import Layers
from tools.terraform import Plan, Unit


@dataclass(frozen=True)
class Planned:
    """A unit with its plan; None where it cannot be planned before what is below it is deployed."""

    name: str
    plan: Plan | None


def plan(layers: Layers) -> Iterator[Planned]:
    """Plan every unit of the stage from the bottom up."""
    stage = layers.stage.name
    yield from _one("account dns", layers, layers.dns())
    if not _deployed(layers, layers.dns()):
        yield Planned(f"account {layers.stage.account.name}", None)
        return
    account = layers.account()
    yield from _one(f"account {layers.stage.account.name}", layers, account)
    storage = layers.storage()
    if storage is not None:
        yield from _one(f"{stage} storage", layers, storage)
    if not _deployed(layers, account):
        yield Planned(f"{stage} stage", None)
        return
    yield from _one(f"{stage} stage", layers, layers.stage_unit())
    below = [layers.stage_unit(), *([storage] if storage else [])]
    ready = all(_deployed(layers, unit) for unit in below)
    for service in layers.services:
        name = f"{stage} {service.name}"
        if ready and not _lacking(layers, service):
            yield from _one(name, layers, deploy.build(layers, service)[0])
        else:
            yield Planned(name, None)


def _lacking(layers: Layers, service: Path) -> bool:
    own = {path.name for path in layers.services}
    return bool(references.services_before(service) & own - layers.service_outputs().keys())


def _one(name: str, layers: Layers, unit: Unit) -> Iterator[Planned]:
    state_bucket.ensure(layers.cloud, unit.account)
    yield Planned(name, terraform.plan(layers.cloud, unit))


def _deployed(layers: Layers, unit: Unit) -> bool:
    return state_bucket.outputs(layers.cloud, unit.account, unit.key) is not None

"""Deploy a stage: every layer from the bottom up, services in the order of their references."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tools import (
    accounts,
    references,
    selection,
    service_deploy,
    shared_dead_letters,
    stage_records,
    units,
)
from tools.graph import AT_ONCE, Outcome, Report, Skipped, Task, run
from tools.layers import Layers
from tools.selection import Selection
from tools.units import UNCHANGED


def deploy(
    layers: Layers,
    report: Report,
    selected: Selection,
    force: bool = False,
    jobs: int = AT_ONCE,
    before_each: Callable[[], None] = lambda: None,
) -> Outcome:
    """Deploy the selected services and everything below them, with the stages that play what they call.

    `jobs` steps run side by side; `before_each` stops it between two of them by raising ToolError.
    Raises ToolError when the stage has other storage than it is to have.
    """
    players = layers.players(selected.services)
    wholes = [*((player, selection.of(player, "")) for player in players), (layers, selected)]
    for whole, _ in wholes:
        stage_records.remember(whole)
    tasks = {
        task.name: task for whole, services in wholes for task in _Deployment(whole, services, force).tasks()
    }
    return run(tasks.values(), report, jobs, before_each)


@dataclass(frozen=True)
class _Deployment:
    layers: Layers
    selected: Selection
    force: bool

    def tasks(self) -> Iterator[Task]:
        layers, stage = self.layers, self.layers.stage.name
        account = accounts.task_name(layers)
        yield from accounts.tasks(layers, self.force)
        below = {account}
        if layers.stage.storage_stage is not None:
            below.add(f"{layers.stage.storage_stage} storage")
            yield Task(f"{layers.stage.storage_stage} storage", self._storage)
        yield Task(
            f"{stage} stage",
            lambda: units.bring_up(layers, shared_dead_letters.stage_unit(layers), self.force),
            frozenset(below if layers.storage() is None else {account}),
        )
        below.add(f"{stage} stage")
        for service in self.selected.dependencies:
            yield Task(
                f"{stage} {service.name}",
                partial(service_deploy.look_at, layers, service),
                frozenset({*below, *self._services_before(service)}),
            )
        for service in self.selected.services:
            libraries = f"{service.name} libraries"
            yield Task(libraries, partial(service_deploy.libraries, layers, service))
            yield Task(
                f"{stage} {service.name}",
                partial(service_deploy.deploy, layers, service, self.force),
                frozenset({*below, libraries, *self._services_before(service)}),
            )

    def _storage(self) -> str:
        """The stage's own storage is deployed; a borrowed one is only looked at."""
        layers = self.layers
        own = layers.storage()
        if own is not None:
            return units.bring_up(layers, own, self.force)
        owner = layers.stage.storage_stage or ""
        layers.storage_outputs()  # raises where it is not deployed
        borrowed = replace(layers, stage=layers.organisation.stage(owner)).storage()
        if borrowed is None or units.is_current(layers.cloud, borrowed):
            return UNCHANGED
        return Skipped(
            f"borrowed, and stale: this checkout has another. Deploy it: {layers.command('deploy', owner)}"
        )

    def _services_before(self, service: Path) -> set[str]:
        """The deployments that answer the service's references."""
        return {self._task_of(name) for name in references.services_before(service)}

    def _task_of(self, service: str) -> str:
        layers = self.layers
        played = service in layers.organisation.mocks and not layers.stage.settings.mocks
        stage = layers.player(service).stage.name if played else layers.stage.name
        return f"{stage} {service}"

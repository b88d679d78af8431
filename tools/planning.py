"""What a deploy would change, layer by layer, without changing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from tools import (
    accounts,
    deployed,
    guard,
    plan_details,
    readings,
    references,
    service_deploy,
    shared_dead_letters,
    state_bucket,
    state_correction,
    terraform,
    verification,
)
from tools.graph import Outcome, Report, Task, run
from tools.guard import Refusal
from tools.layers import Layers
from tools.paths import BUILD, REPOSITORY
from tools.plan_details import Details
from tools.readings import reading
from tools.terraform import Plan
from tools.terraform_unit import Unit

_NEW = "new, planned once what is below it is deployed"


@dataclass(frozen=True)
class Planned:
    """A unit with its plan; None where it cannot be planned before what is below it is deployed.

    `note` says why there is none, or what the plan could not know.
    """

    name: str
    plan: Plan | None
    note: str = ""
    details: Details = field(default_factory=Details)
    refused: tuple[Refusal, ...] = ()
    callers: tuple[str, ...] = ()  # what they would get instead of what they get now, beside the plan

    def __bool__(self) -> bool:
        return self.plan is None or bool(self.plan) or bool(self.callers)

    def __str__(self) -> str:
        return ", ".join(str(part) for part in (self.plan, self.note) if part is not None and str(part))


def plan(layers: Layers, report: Report, services: Sequence[Path]) -> tuple[list[Planned], Outcome]:
    """Plan these services of the stage and all that is below them, side by side.

    Returns the plans from the bottom up, and what failed.
    """
    planning = _Planning(layers, services, {}, {})
    tasks = list(planning.tasks())
    outcome = run(tasks, report)
    plans = [planning.plans[task.name] for task in tasks if task.name in planning.plans]
    return [*plans, *_live(layers)], outcome


def _live(layers: Layers) -> Iterator[Planned]:
    """What callers get that is not the release that is meant to be live, and a deploy would repair."""
    found = verification.look(layers)
    if found.meant is not None and found.faults:
        words = (f"callers do not get release {found.meant.release.id}", *found.words)
        yield Planned(f"{layers.stage.name} release", Plan((), {}, BUILD), callers=words)


@dataclass(frozen=True)
class _Planning:
    """`plans` by name; `changed`: how outputs would change, by reading (see tools/readings.py)."""

    layers: Layers
    services: Sequence[Path]
    plans: dict[str, Planned]
    changed: dict[str, str]

    def tasks(self) -> Iterator[Task]:
        """One for each unit: those that read outputs after those that give them."""
        layers, stage = self.layers, self.layers.stage.name
        yield from self._accounts()
        storage = layers.storage()
        bucket = state_bucket.exists(layers.cloud, layers.stage.account)
        account_stands = bucket and layers.account_stands
        below = {accounts.task_name(layers), f"{stage} stage"}
        if storage is not None:
            yield self._task(layers, f"{stage} storage", (lambda: storage) if bucket else None)
            below.add(f"{stage} storage")
        of_stage = partial(shared_dead_letters.stage_unit, layers) if account_stands else None
        yield self._task(layers, f"{stage} stage", of_stage)
        stands = account_stands and self._stands(layers, layers.stage_unit())
        stands = stands and (storage is None or self._stands(layers, storage))
        for service in self.services:
            others = {f"{stage} {name}" for name in references.services_before(service)}
            make = partial(self._service, service) if stands and not self._lacking(service) else None
            yield self._task(layers, f"{stage} {service.name}", make, frozenset(below | others))

    def _accounts(self) -> Iterator[Task]:
        """The account layers, which only their administrator can plan."""
        if not self.layers.cloud.administrable:
            return
        above = self.layers.acting_as("administrator")
        bucket = state_bucket.exists(above.cloud, above.organisation.dns_account)
        dns_stands = bucket and self._stands(above, above.dns())
        own_bucket = state_bucket.exists(above.cloud, above.stage.account)
        yield self._task(above, f"{accounts.task_name(above)} roles", above.roles if own_bucket else None)
        dns = f"account {above.organisation.dns_account.name}"
        yield self._task(above, dns, above.dns if bucket else None)
        account = above.account if dns_stands and own_bucket else None
        yield self._task(above, accounts.task_name(above), account)

    def _task(
        self,
        layers: Layers,
        name: str,
        make: Callable[[], Unit | str] | None,
        after: frozenset[str] = frozenset(),
    ) -> Task:
        return Task(name, partial(self._one, layers, name, make or (lambda: _NEW)), after)

    def _one(self, layers: Layers, name: str, make: Callable[[], Unit | str]) -> str:
        with readings.noted() as reads:
            unit = make()
        if isinstance(unit, str):
            self.plans[name] = Planned(name, None, unit)
        else:
            planned = self._planned(layers, name, unit, unit.reads | reads)
            callers = self._callers(unit) if unit.root == "service" else []
            self.plans[name] = replace(planned, callers=tuple(callers))
        return str(self.plans[name])

    def _planned(self, layers: Layers, name: str, unit: Unit, reads: frozenset[str]) -> Planned:
        with terraform.alone(layers.cloud, unit):
            planned = terraform.plan(layers.cloud, unit)
            self.changed.update({reading(unit.key, output): how for output, how in planned.outputs.items()})
            shown = any(change.action != "create" for change in planned.changes)
            details = plan_details.read(layers.cloud, unit, planned) if shown else None
            refused = guard.refusals(layers, unit, planned, details)
        stale = sorted(found.replace("#", " ") for found in reads & self.changed.keys())
        note = f"with the present value of {', '.join(stale)}, which changes too" if stale else ""
        return Planned(name, planned, note, details or Details(), tuple(refused))

    def _service(self, service: Path) -> Unit | str:
        added = sorted(set(self._references(service)) & self.changed.keys())
        added = [found.replace("#", " ") for found in added if self.changed[found] == "create"]
        if added:
            return f"planned once {', '.join(added)} is there"
        return service_deploy.unit_of(self.layers, service)

    def _callers(self, unit: Unit) -> list[str]:
        """What a deploy would do for callers of a service beside applying the plan."""
        cloud, service = self.layers.cloud, REPOSITORY / deployed.service_of(unit.key)
        unpublished = state_correction.unpublished(cloud, unit)
        words = [f"{name} does not run what its state says; a deploy repairs it" for name in unpublished]
        return words + service_deploy.waiting(self.layers, service)

    def _references(self, service: Path) -> Iterator[str]:
        """What the service's templates refer to, as readings."""
        stage = self.layers.stage
        keys = {
            "account": "account",
            "storage": f"{stage.storage_stage}/storage",
            "stage": f"{stage.name}/stage",
        }
        for template in references.templates(service):
            for found in references.in_template(template):
                layer, _, output = found.name.partition(".")
                if found.service:
                    yield reading(f"{stage.name}/services/{found.service}", output.partition(".")[2])
                elif layer in keys:
                    yield reading(keys[layer], output)

    def _lacking(self, service: Path) -> bool:
        own = {path.name for path in self.layers.services}
        return bool(references.services_before(service) & own - self.layers.service_outputs().keys())

    @staticmethod
    def _stands(layers: Layers, unit: Unit) -> bool:
        return state_bucket.outputs(layers.cloud, unit.account, unit.key) is not None

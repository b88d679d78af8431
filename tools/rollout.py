"""Deploy a stage and bring it to users: all that `make deploy` and `make promote` have in common."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools import (
    canary,
    deployed,
    deployment_summary,
    live_release,
    old_versions,
    pausing,
    releasing,
    shared_dead_letters,
    stage_lock,
    verification,
)
from tools.deploy import deploy
from tools.errors import ToolError, UsageError
from tools.graph import AT_ONCE
from tools.histories import Entry
from tools.journey import travel
from tools.layers import Layers
from tools.progress import Progress
from tools.selection import Selection


def roll_out(layers: Layers, progress: Progress, selected: Selection, doing: str, again: str) -> None:
    """Deploy the selected services and what is below them, release that, and send a user through it.

    `doing` is the command, `again` how to run it again. Raises ToolError with what failed.
    """
    jobs, force = _jobs(), bool(os.environ.get("FORCE"))
    if layers.stage.settings.canary:
        canary.wait_seconds(layers)  # a wrong one is told before anything is done
    players = layers.players(selected.services)
    with stage_lock.held(layers, doing, progress.say, players) as still_held:
        releasing.settle(layers, progress.say, still_held)
        before = live_release.read(layers)
        rollout = _Rollout(layers, progress, jobs, again, still_held)
        entry = rollout.release(selected, force)
        if layers.stage.storage_stage is not None and len(layers.service_outputs()) == len(layers.services):
            _send_a_user(layers, players, progress, entry, before)
        old_versions.tidy(layers, progress.say)
        if words := shared_dead_letters.check(layers):
            progress.say(words)


@dataclass(frozen=True)
class _Rollout:
    layers: Layers
    progress: Progress
    jobs: int
    again: str
    still_held: Callable[[], None]

    def release(self, selected: Selection, force: bool) -> Entry | None:
        """Deploy and bring to users until callers get exactly that; None where nothing is deployed.

        What differs after a deploy is deployed once more, as if nothing of it were there. Raises ToolError
        where that does not help.
        """
        entry = self._once(selected, force)
        faults = releasing.confirm(self.layers, entry) if entry else {}
        if faults:
            self._say_faults("Callers do not get what was deployed; deploying that once more:", faults)
            wrong = [service for service in self.layers.services if service.name in faults]
            entry = self._once(Selection(wrong, []), force=True)
            faults = releasing.confirm(self.layers, entry) if entry else {}
        if faults:
            raise ToolError(
                "\n".join(
                    [
                        f"Callers of {self.layers.stage.name} do not get what was deployed:",
                        *(f"  {line}" for line in verification.lines(faults)),
                    ]
                ),
                f"Somebody else may be changing it. Run: {self.again}",
            )
        return entry

    def _once(self, selected: Selection, force: bool) -> Entry | None:
        layers, say = self.layers, self.progress.say
        outcome = deploy(layers, self.progress, selected, force, self.jobs, before_each=self.still_held)
        paused = pausing.enforce_all(layers)
        say(deployment_summary.of(outcome))
        if paused:
            say(deployment_summary.paused(layers, paused))
        if spare := layers.permission.unused():
            say(spare)
        if removed := deployed.removed_services(layers):
            say(deployment_summary.removed(layers, removed))
        if outcome.failed or outcome.not_tried:
            raise ToolError(deployment_summary.failures(outcome, self.again))
        return self._bring()

    def _bring(self) -> Entry | None:
        """Bring to users what was deployed, with the services that a rollback has paused."""
        layers, say = self.layers, self.progress.say
        stopped = {name for name, pause in pausing.paused(layers).items() if pause.doing == "rollback"}
        meant = live_release.read(layers)
        releasing.resume(layers, stopped, say)
        try:
            return releasing.bring(layers, say, self.still_held)
        except ToolError:
            if stopped and meant is not None:
                releasing.pause(layers, stopped, meant.release)
            raise

    def _say_faults(self, what: str, faults: verification.Faults) -> None:
        self.progress.say("\n".join([what, *(f"  {line}" for line in verification.lines(faults))]))


def note_journey(layers: Layers) -> None:
    """Note that a user's journey went through the release that callers get."""
    entry = verification.current(layers)
    if entry is not None:
        releasing.passed(layers, entry)


def _send_a_user(
    layers: Layers,
    players: Sequence[Layers],
    progress: Progress,
    entry: Entry | None,
    before: live_release.Record | None,
) -> None:
    """A user's journey, unless a service is silent on purpose: it would fail for that alone."""
    silent = {f"{one.stage.name} {name}" for one in (layers, *players) for name in pausing.paused(one)}
    if silent:
        progress.say(f"No user was sent through {layers.stage.name}: paused is {', '.join(sorted(silent))}.")
    else:
        _travel(layers, progress, entry, before)


def _travel(
    layers: Layers, progress: Progress, entry: Entry | None, before: live_release.Record | None
) -> None:
    """A user's journey through the release; one that was just brought by a canary goes back with it.

    `before` is the record of the release that was live until then.
    """
    try:
        travel(layers, progress)
    except ToolError as error:
        if entry is None or not entry.execution or not any(entry.before.values()):
            raise
        failed = releasing.fail(layers, entry, error.what)
        if before is not None:
            live_release.write(layers, before)
        raise releasing.taken_back(layers, failed) from error
    if entry is not None:
        releasing.passed(layers, entry)


def _jobs() -> int:
    given = os.environ.get("JOBS", "") or str(AT_ONCE)
    if not re.fullmatch("[1-9][0-9]?", given):
        raise UsageError(f"JOBS={given} is no number of tasks to run at once: give one from 1 to 99.")
    return int(given)

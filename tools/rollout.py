"""Deploy a stage and bring it to users: all that `make deploy` and `make promote` have in common."""

from __future__ import annotations

import os
import re

from tools import (
    canary,
    deployed,
    deployment_summary,
    histories,
    old_versions,
    releasing,
    shared_dead_letters,
    stage_lock,
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
        outcome = deploy(layers, progress, selected, force, jobs, before_each=still_held)
        progress.say(deployment_summary.of(outcome))
        if spare := layers.permission.unused():
            progress.say(spare)
        if removed := deployed.removed_services(layers):
            progress.say(deployment_summary.removed(layers, removed))
        if outcome.failed or outcome.not_tried:
            raise ToolError(deployment_summary.failures(outcome, again))
        entry = releasing.bring(layers, progress.say, still_held)
        if layers.stage.storage_stage is not None and len(layers.service_outputs()) == len(layers.services):
            _travel(layers, progress, entry)
        old_versions.tidy(layers, progress.say)
        if words := shared_dead_letters.check(layers):
            progress.say(words)


def note_journey(layers: Layers) -> None:
    """Note that a user's journey went through the release that the stage has now."""
    entry = histories.current(layers)
    if entry is not None:
        releasing.passed(layers, entry)


def _travel(layers: Layers, progress: Progress, entry: Entry | None) -> None:
    """A user's journey through the release; one that was just brought by a canary goes back with it."""
    try:
        travel(layers, progress)
    except ToolError as error:
        if entry is None or not entry.execution or not any(entry.before.values()):
            raise
        failed = releasing.fail(layers, entry, error.what)
        raise releasing.taken_back(layers, failed) from error
    if entry is not None:
        releasing.passed(layers, entry)


def _jobs() -> int:
    given = os.environ.get("JOBS", "") or str(AT_ONCE)
    if not re.fullmatch("[1-9][0-9]?", given):
        raise UsageError(f"JOBS={given} is no number of tasks to run at once: give one from 1 to 99.")
    return int(given)

"""Run tasks in dependency order, side by side where nothing forbids it."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Protocol

from tools import interruption
from tools.errors import ToolError, explained

AT_ONCE = 6


class Skipped(str):
    """The words of a task that had nothing to do."""


@dataclass(frozen=True)
class Task:
    """A named piece of work; `run` returns the words that say what it did, or raises ToolError.

    The words are Skipped where there was nothing to do. `after` names the tasks that have to be done before.
    """

    name: str
    run: Callable[[], str]
    after: frozenset[str] = frozenset()


class Report(Protocol):
    """Told what happens while it happens. Called from several threads."""

    def started(self, name: str) -> None:
        """`name` has begun."""
        ...

    def finished(self, name: str, words: str, seconds: float) -> None:
        """`name` is done."""
        ...

    def failed(self, name: str, _error: ToolError, seconds: float) -> None:
        """`name` has failed."""
        ...

    def stopping(self, names: Sequence[str]) -> None:
        """The user wants to stop; `names` are waited for."""
        ...


@dataclass
class Outcome:
    """What became of each task, and how long it took."""

    done: dict[str, str] = field(default_factory=dict)
    failed: dict[str, ToolError] = field(default_factory=dict)
    not_tried: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def skipped(self) -> dict[str, str]:
        """Those of the done that had nothing to do."""
        return {name: words for name, words in self.done.items() if isinstance(words, Skipped)}


def order(after: Mapping[str, Iterable[str]]) -> list[str]:
    """The names, each behind what it comes after. Raises ToolError that shows a cycle."""
    try:
        return list(TopologicalSorter(after).static_order())
    except CycleError as error:
        raise ToolError(
            f"These depend on each other in a circle: {' -> '.join(error.args[1])}.",
            "One of them must stop reading the other's outputs.",
        ) from error


def run(
    tasks: Iterable[Task],
    report: Report,
    at_once: int = AT_ONCE,
    before_each: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run every task, `at_once` of them at a time. A failure stops what comes after it, and nothing else.

    `before_each` fails a task that may not begin any more by raising ToolError. Ctrl-C begins nothing new,
    waits for what runs, and is raised again.
    """

    def step(task: Task) -> str:
        before_each()
        return task.run()

    by_name = {task.name: task for task in tasks}
    waiting = {name: set(task.after) & by_name.keys() for name, task in by_name.items()}
    in_order = order(waiting)
    outcome = Outcome()
    running: dict[concurrent.futures.Future[str], tuple[str, float]] = {}
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        try:
            while waiting or running:
                ready = [name for name, before in waiting.items() if before <= outcome.done.keys()]
                for name in ready[: at_once - len(running)]:
                    del waiting[name]
                    report.started(name)
                    running[pool.submit(step, by_name[name])] = (name, time.monotonic())
                if not running:
                    break
                finished, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in finished:
                    _note(future, *running.pop(future), outcome, report)
        except KeyboardInterrupt:
            interruption.request()
            over = waiting.keys() | outcome.done.keys() | outcome.failed.keys()
            report.stopping([name for name in in_order if name not in over])
            raise
    outcome.not_tried = [name for name in in_order if name in waiting]
    return outcome


def _note(
    future: concurrent.futures.Future[str], name: str, began: float, outcome: Outcome, report: Report
) -> None:
    seconds = outcome.seconds[name] = time.monotonic() - began
    try:
        outcome.done[name] = future.result()
        report.finished(name, outcome.done[name], seconds)
    except Exception as error:
        outcome.failed[name] = explained(error)
        report.failed(name, outcome.failed[name], seconds)

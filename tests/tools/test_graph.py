"""Tasks in the order of what they need, side by side."""

from __future__ import annotations

import concurrent.futures
import os
import signal
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tools import graph, interruption
from tools.errors import ToolError
from tools.graph import Skipped, Task


class Recorded:
    """A report that only remembers."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def started(self, name: str) -> None:
        self.events.append(f"{name} started")

    def finished(self, name: str, words: str, _seconds: float) -> None:
        self.events.append(f"{name} finished: {words}")

    def failed(self, name: str, _error: ToolError, _seconds: float) -> None:
        self.events.append(f"{name} failed")

    def stopping(self, names: Sequence[str]) -> None:
        self.events.append(f"stopping, waiting for {', '.join(names)}")


def done() -> str:
    return "done"


def fails() -> str:
    raise ToolError("no such thing")


def task(name: str, *after: str, run: Callable[[], str] = done) -> Task:
    return Task(name, run, frozenset(after))


def test_what_is_needed_comes_first() -> None:
    report = Recorded()
    outcome = graph.run([task("top", "middle"), task("middle", "bottom"), task("bottom")], report)
    assert outcome.done == {"bottom": "done", "middle": "done", "top": "done"}
    assert report.events == [
        event
        for name in ("bottom", "middle", "top")
        for event in (f"{name} started", f"{name} finished: done")
    ]


def test_what_is_not_there_is_not_waited_for() -> None:
    assert graph.run([task("a", "elsewhere")], Recorded()).done == {"a": "done"}


def test_independent_tasks_run_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=10)

    def meet() -> str:
        together.wait()
        return "met"

    outcome = graph.run([task(name, run=meet) for name in "abc"], Recorded())
    assert outcome.done == dict.fromkeys("abc", "met")


def test_no_more_run_at_once_than_allowed() -> None:
    lock, now, most = threading.Lock(), 0, 0

    def count() -> str:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        with lock:
            now -= 1
        return "counted"

    graph.run([task(str(number), run=count) for number in range(20)], Recorded(), at_once=1)
    assert most == 1


def test_a_failure_stops_what_comes_after_it_and_nothing_else() -> None:
    report = Recorded()
    tasks = [
        task("bad", run=fails),
        task("after", "bad"),
        task("later", "after"),
        task("other"),
        task("on", "other"),
    ]
    outcome = graph.run(tasks, report)
    assert outcome.failed.keys() == {"bad"}
    assert str(outcome.failed["bad"]) == "no such thing"
    assert outcome.not_tried == ["after", "later"]
    assert outcome.done.keys() == {"other", "on"}
    assert "bad failed" in report.events
    assert "after started" not in report.events


def test_an_unexpected_exception_fails_its_task_only() -> None:
    outcome = graph.run([task("bad", run=lambda: str(1 // 0)), task("good")], Recorded())
    assert "ZeroDivisionError" in str(outcome.failed["bad"])
    assert outcome.done == {"good": "done"}


def test_a_circle_is_shown_and_nothing_runs() -> None:
    report = Recorded()
    with pytest.raises(ToolError, match="in a circle") as refused:
        graph.run([task("a", "c"), task("b", "a"), task("c", "b"), task("d")], report)
    shown = str(refused.value).split(":")[1].split(".")[0].split(" -> ")
    assert (len(shown), {name.strip() for name in shown}) == (4, {"a", "b", "c"})
    assert shown[0].strip() == shown[-1].strip()
    assert report.events == []


def test_times_and_skips_are_kept() -> None:
    outcome = graph.run(
        [task("same", run=lambda: Skipped("unchanged")), task("new"), task("bad", run=fails)], Recorded()
    )
    assert outcome.skipped == {"same": "unchanged"}
    assert outcome.seconds.keys() == {"same", "new", "bad"}


@pytest.fixture
def asked_to_stop(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """What Ctrl-C sets in this test only."""
    event = threading.Event()
    monkeypatch.setattr(interruption, "_requested", event)
    return event


def test_ctrl_c_begins_nothing_more_and_waits_for_what_runs(
    asked_to_stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, ended = Recorded(), []
    wait = concurrent.futures.wait

    def interrupted_wait(*arguments: Any, **options: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return wait(*arguments, **options)

    monkeypatch.setattr(concurrent.futures, "wait", interrupted_wait)

    def interrupted() -> str:
        assert asked_to_stop.wait(10)
        with pytest.raises(ToolError, match="Stopped"):
            interruption.check()
        ended.append("interrupted")
        return "done"

    with pytest.raises(KeyboardInterrupt):
        graph.run([task("first", run=interrupted), task("second"), task("after", "first")], report, at_once=1)
    assert ended == ["interrupted"]
    assert report.events == ["first started", "stopping, waiting for first"]

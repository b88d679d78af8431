"""What a deploy tells while it runs and at its end."""

from __future__ import annotations

import io
import re
import time

import pytest

from tests.waiting import eventually
from tools import deployment_summary
from tools.errors import ToolError
from tools.graph import Outcome, Skipped
from tools.progress import Progress

OUTCOME = Outcome(
    done={"account dev": Skipped("unchanged"), "a libraries": Skipped("installed"), "dev a": "2 to create"},
    failed={"dev b": ToolError("b is broken.", "Mend b.")},
    not_tried=["dev c", "dev d"],
    seconds={"account dev": 0.1, "a libraries": 0.1, "dev a": 12.34, "dev b": 3.0},
)


def test_the_summary_says_what_became_of_each() -> None:
    assert deployment_summary.of(OUTCOME).splitlines() == [
        "Summary:",
        "  done       dev a 12.3 s",
        "  unchanged  account dev",
        "  failed     dev b 3.0 s",
        "  not tried  dev c, dev d",
    ]


def test_the_summary_repeats_what_is_to_be_known_of_a_skipped_one() -> None:
    outcome = Outcome(done={"dev mock": Skipped("not selected, and stale.")})
    assert deployment_summary.of(outcome).splitlines() == [
        "Summary:",
        "  dev mock: not selected, and stale.",
    ]


def test_failures_come_with_their_reason_and_the_next_step() -> None:
    told = deployment_summary.failures(OUTCOME, "make deploy ENV=dev")
    for words in ("dev b failed.", "b is broken.", "Mend b.", "make deploy ENV=dev"):
        assert words in told


def test_a_log_shows_that_long_work_goes_on() -> None:
    stream = io.StringIO()
    with Progress(stream, log_seconds=0.1) as progress:
        progress.started("dev storage")
        progress.started("dev stage")
        deadline = time.monotonic() + 10
        while stream.getvalue().count("still running") < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        progress.finished("dev stage", "15 to create", 51.04)
        progress.failed("dev storage", ToolError("no"), 3.0)
        ended = stream.getvalue()
        time.sleep(0.3)  # nothing runs any more
    lines = stream.getvalue().splitlines()
    assert lines[:2] == ["  still running: dev storage (0 s), dev stage (0 s)"] * 2
    assert "✓ dev stage               51.0 s  15 to create" in lines
    assert "✗ dev storage              3.0 s  failed" in lines
    assert stream.getvalue() == ended


def test_a_log_of_short_work_has_a_line_for_each_end_only() -> None:
    stream = io.StringIO()
    with Progress(stream) as progress:
        progress.started("a")
        progress.finished("a", "[done]", 0.1)
    assert stream.getvalue() == "✓ a                        0.1 s  [done]\n"


class Terminal(io.StringIO):
    """A stream to somebody's screen."""

    def isatty(self) -> bool:
        return True

    def shows(self, words: str) -> None:
        """Wait until they were drawn."""
        eventually(lambda: words in self.getvalue(), seconds=10, what=words)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for variable in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return Terminal()


def test_on_a_terminal_a_line_is_whole_although_others_still_run(terminal: Terminal) -> None:
    with Progress(terminal) as progress:
        progress.started("dev stage")
        progress.started("dev storage")
        terminal.shows("running: dev stage (0 s), dev storage (0 s)")
        progress.finished("dev stage", "15 to [create]", 51.04)
        terminal.shows("running: dev storage (")
        progress.finished("dev storage", "14 to create", 60.0)
    left = [line.rpartition("\x1b[2K")[2] for line in terminal.getvalue().splitlines()]  # 2K wipes a line
    plain = [re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", line) for line in left]
    assert [line for line in plain if "create" in line] == [
        "✓ dev stage               51.0 s  15 to [create]",
        "✓ dev storage             60.0 s  14 to create",
    ]


def test_on_a_terminal_nothing_is_drawn_while_nothing_runs(terminal: Terminal) -> None:
    with Progress(terminal) as progress:
        progress.started("dev stage")
        progress.finished("dev stage", "no changes", 51.04)
        shown = terminal.getvalue()
        time.sleep(1.2)  # longer than the line at the bottom waits to be drawn again
        assert terminal.getvalue() == shown, "somebody may be typing an answer"
        progress.started("dev notes_api")
        terminal.shows("running: dev notes_api (0 s)")
        progress.finished("dev notes_api", "no changes", 1.0)

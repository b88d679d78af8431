"""Tell the user what runs, how long it took and what failed, a line each."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text

from tools.errors import ToolError

# In a log: often enough that nobody takes a long wait for a hang.
LOG_SECONDS = 30.0
_TERMINAL_SECONDS = 1.0


class Progress:
    """A report of tasks on standard error, so that standard output stays for results.

    On a terminal a line at the bottom shows what is still running, and there is none while nothing is, so
    that something may be asked; elsewhere lines are plain, and one says what is still running whenever
    nothing was printed for `log_seconds`.
    """

    def __init__(self, stream: TextIO | None = None, log_seconds: float = LOG_SECONDS) -> None:
        self._console = Console(file=stream or sys.stderr, highlight=False, emoji=False, soft_wrap=True)
        self._running: dict[str, float] = {}
        self._lock = threading.Lock()
        self._status = self._console.status("") if self._console.is_terminal else None
        self._log_seconds = log_seconds
        self._printed = time.monotonic()
        self._over = threading.Event()
        self._clock = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Progress:
        self._clock.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._clock.join()
        if self._status:
            self._status.stop()

    def say(self, words: str) -> None:
        """Print a line as it is."""
        with self._lock:
            self._print(words)

    def started(self, name: str) -> None:
        """See graph.Report."""
        with self._lock:
            self._running[name] = time.monotonic()
            self._show()

    def finished(self, name: str, words: str, seconds: float) -> None:
        """See graph.Report."""
        self._line("✓", "green", name, words, seconds)

    def failed(self, name: str, _error: ToolError, seconds: float) -> None:
        """See graph.Report."""
        self._line("✗", "red", name, "failed", seconds)

    def stopping(self, names: Sequence[str]) -> None:
        """See graph.Report."""
        if names:
            self.say(f"Stopping; these save what they have made: {', '.join(names)}")

    def _line(self, mark: str, style: str, name: str, words: str, seconds: float) -> None:
        with self._lock:
            self._running.pop(name, None)
            self._show()
            # In one piece: the line at the bottom would wipe out a line that is only begun.
            self._print(Text.assemble((mark, style), f" {name:<22} {seconds:5.1f} s  {words}"))

    def _print(self, words: str | Text) -> None:
        self._console.print(words, markup=False)
        self._printed = time.monotonic()

    def _tick(self) -> None:
        while not self._over.wait(_TERMINAL_SECONDS if self._status else self._log_seconds / 10):
            with self._lock:
                if self._status:
                    self._show()
                elif self._running and time.monotonic() - self._printed >= self._log_seconds:
                    self._print(f"  still running: {self._shown()}")

    def _show(self) -> None:
        if self._status and self._running:
            self._status.update(f"running: {self._shown()}")
            self._status.start()
        elif self._status:
            self._status.stop()

    def _shown(self) -> str:
        now = time.monotonic()
        return ", ".join(f"{name} ({now - began:.0f} s)" for name, began in self._running.items())

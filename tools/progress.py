"""Tell the user what runs, how long it took and what failed, a line each."""

from __future__ import annotations

import sys
import threading
import time
from typing import TextIO

from rich.console import Console

from tools.errors import ToolError


class Progress:
    """A report of tasks on standard error, so that standard output stays for results.

    On a terminal a line at the bottom shows what is still running; elsewhere lines are plain.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._console = Console(file=stream or sys.stderr, highlight=False, soft_wrap=True)
        self._running: dict[str, float] = {}
        self._lock = threading.Lock()
        self._status = self._console.status("") if self._console.is_terminal else None

    def __enter__(self) -> Progress:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def say(self, words: str) -> None:
        """Print a line as it is."""
        self._console.print(words, markup=False)

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

    def _line(self, mark: str, style: str, name: str, words: str, seconds: float) -> None:
        with self._lock:
            self._running.pop(name, None)
            self._console.print(f"[{style}]{mark}[/] {name:<22} {seconds:5.1f} s  ", end="")
            self._console.print(words, markup=False)
            self._show()

    def _show(self) -> None:
        if self._status:
            self._status.update(f"running: {', '.join(self._running)}" if self._running else "")

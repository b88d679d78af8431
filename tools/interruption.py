"""Ctrl-C while tasks run in threads: only the main thread is told, the others ask here."""

from __future__ import annotations

import threading

from tools.errors import ToolError

_requested = threading.Event()


def request() -> None:
    """Let nothing new begin."""
    _requested.set()


def check() -> None:
    """Raise ToolError where the user wants to stop: called before each step that takes long."""
    if _requested.is_set():
        raise ToolError("Stopped before it began.")

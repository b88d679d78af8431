"""State survives a kill: it is saved soon after a change, not only at a graceful end.

A forked child writes it, as Redis does: it sees memory as it was at the fork, and the event loop goes on.
"""

import asyncio
import contextlib
import copy
import fcntl
import gc
import json
import logging
import os
import signal
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from tools.local_cloud.patching import module, patch, require

_SHORTEST_PAUSE = 0.5
_LONGEST_PAUSE = 1.5
_CHILD_SECONDS = 10.0
_LOG = logging.getLogger("local_cloud.saving")


class Saver:
    """Saves MiniStack's state in the background, at most one child at a time."""

    def __init__(self, state_dir: Path) -> None:
        self._app = module("app")
        require(self._app, "_build_persistence_save_dict", "save_all")
        self._lock_file = state_dir / "state.lock"
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._last_seconds = 0.0
        _save_only_what_differs()
        self._wake_after_executions()

    def wake(self) -> None:
        """Something may have changed."""
        self._changed.set()

    def _wake_after_executions(self) -> None:
        """What ends without a request is a change too: a function, which logs, or an execution."""

        def make(original: Callable[..., Any]) -> Callable[..., Any]:
            def execute(*arguments: Any) -> Any:
                try:
                    return original(*arguments)
                finally:
                    self._loop.call_soon_threadsafe(self.wake)

            return execute

        functions = module("services.lambda_svc")
        patch(functions, "_execute_function_dispatch", "func config event request_id started", make)
        patch(module("services.stepfunctions"), "_emit_execution_status_event", "execution", make)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Saver"]:
        """Save in the background while the block runs; MiniStack itself saves at its graceful end."""
        with self._lock():  # a child of a killed server may still be writing what is loaded next
            pass
        task = asyncio.create_task(self._save_whenever_changed())
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _save_whenever_changed(self) -> None:
        while True:
            await self._changed.wait()
            # Large states take longer to write: never spend more time on it than on everything else.
            await asyncio.sleep(min(max(_SHORTEST_PAUSE, self._last_seconds), _LONGEST_PAUSE))
            self._changed.clear()
            if not await self._save_in_child():
                self.wake()

    async def _save_in_child(self) -> bool:
        with warnings.catch_warnings():
            # Python warns of forking with threads: the child only reads memory and writes files, and one
            # that waits for a lock another thread held at the fork is ended below and replaced.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            self._child()
        started = time.monotonic()
        try:
            while time.monotonic() < started + _CHILD_SECONDS:
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    self._last_seconds = time.monotonic() - started
                    if status:
                        _LOG.error("Saving the state failed with status %d; trying again.", status)
                    return status == 0
                await asyncio.sleep(0.02)
        except asyncio.CancelledError:  # the server ends, and MiniStack is about to save everything itself
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        _LOG.error("Saving the state took longer than %.0f s; trying again.", _CHILD_SECONDS)
        return False

    def _child(self) -> None:
        """Write the state and end, without ever returning into the parent's program."""
        status = 1
        try:
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # a dead parent's port must not stay open here
            gc.disable()  # it would touch, and so copy, all that the parent has
            # MiniStack copies each state before writing it, which took most of the time.
            patch(copy, "deepcopy", "x memo _nil", lambda _: _itself)
            with self._lock():
                self._app.save_all(self._app._build_persistence_save_dict())
            status = 0
        finally:
            os._exit(status)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        with self._lock_file.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _save_only_what_differs() -> None:
    """Compare with the file before writing: most services have not changed since the last save."""
    persistence = module("core.persistence")
    require(persistence, "STATE_DIR", "_json_default", "_state_format_version")

    def save_state(service: str, data: dict[str, Any]) -> None:
        path = Path(persistence.STATE_DIR, f"{service}.json")
        wrapped = {"__ministack_format__": persistence._state_format_version(service), "payload": data}
        encoded = _encode(wrapped, persistence._json_default)
        if path.exists() and path.read_bytes() == encoded:
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(encoded)
        os.replace(temporary, path)

    patch(persistence, "save_state", "service data", lambda _: save_state)


def _encode(document: Any, default: Callable[[Any], Any]) -> bytes:
    """A document as JSON, quickly where that can be: not where a text has half a surrogate pair."""
    try:
        return orjson.dumps(document, default=default, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:
        return json.dumps(document, default=default).encode()


def _itself(value: Any, _memo: Any = None) -> Any:
    """The value itself, where `copy.deepcopy` would make another."""
    return value

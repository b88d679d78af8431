"""One service under `chalice local`: started, restarted, and waited for."""

from __future__ import annotations

import collections
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.errors import ToolError
from tools.paths import REPOSITORY

START_SECONDS = 60.0
_STOP_SECONDS = 5.0
_LINES_KEPT = 15
_HOST = "127.0.0.1"


class NotAnsweringError(Exception):
    """The service does not run; the words say why."""


class LocalService:
    """A service of a stage on a loopback port of its own, which changes with each start."""

    def __init__(
        self,
        folder: Path,
        base_path: str,
        stage: str,
        environment: Mapping[str, str],
        render: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        """`render` writes the stage's configuration into `folder`; `say` shows a line to the user."""
        self.folder = folder
        self.base_path = base_path
        self._stage = stage
        self._environment = environment
        self._render = render
        self._say = say
        self._process: subprocess.Popen[str] | None = None
        self._port: int | None = None
        self._failure: str | None = None
        self._state = threading.Condition()

    @property
    def name(self) -> str:
        """The service's directory."""
        return self.folder.name

    def restart(self) -> None:
        """Start the service as its files are now; returns when it answers or has failed."""
        with self._state:
            self._port, self._failure = None, None
        self.stop()
        try:
            self._render()
        except ToolError as error:
            self._fail(str(error))
            return
        port = _free_port()
        arguments = ["local", "--no-autoreload", "--host", _HOST, "--port", str(port), "--stage", self._stage]
        process = subprocess.Popen(
            [sys.executable, "-m", "tools.local_api.worker", *arguments],
            cwd=self.folder,
            env={**self._environment, "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C is for the one that started it
        )
        self._process = process
        kept: collections.deque[str] = collections.deque(maxlen=_LINES_KEPT)
        printing = threading.Thread(target=self._pass_on, args=(process, kept), daemon=True)
        printing.start()
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and not _answers(port):
            if time.monotonic() > deadline:
                self.stop()
                self._fail(f"It did not answer within {START_SECONDS:.0f} s of its start.")
                return
            time.sleep(0.05)
        if process.poll() is not None:
            printing.join(_STOP_SECONDS)
            self._fail("\n".join(kept))
            return
        with self._state:
            self._port = port
            self._state.notify_all()

    def check(self) -> None:
        """Notice it when the running service has ended by itself."""
        process = self._process
        if self._port is not None and process is not None and process.poll() is not None:
            self._fail(f"It ended by itself with status {process.returncode}.")

    def address(self, seconds: float = START_SECONDS) -> tuple[str, int]:
        """Host and port of the service, as soon as it answers. Raises NotAnsweringError with the reason."""
        with self._state:
            self._state.wait_for(lambda: self._port is not None or self._failure is not None, seconds)
            if self._port is None:
                raise NotAnsweringError(self._failure or "It is still starting.")
            return _HOST, self._port

    def stop(self) -> None:
        """End the service's process, if it runs."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()

    def _fail(self, reason: str) -> None:
        self._say(f"{self.name} does not run. {reason}\n{self.name} starts again when you save a change.")
        with self._state:
            self._port, self._failure = None, reason
            self._state.notify_all()

    def _pass_on(self, process: subprocess.Popen[str], kept: collections.deque[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            kept.append(line.rstrip())
            if not line.startswith("Serving on "):  # its own port, which is nobody's business
                self._say(f"{self.name} | {line.rstrip()}")
        process.stdout.close()


def environment(cloud_environment: Mapping[str, str], identity: str) -> dict[str, str]:
    """What a service runs with here: the cloud's credentials and a caller of our own."""
    return {
        **cloud_environment,
        "DEVELOPMENT_IDENTITY_ID": identity,
        "PYTHONWARNINGS": "ignore:IAMAuthorizer",  # that it has no effect here is what the identity is for
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((_HOST, port)) == 0

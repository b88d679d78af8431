"""Start and stop the local cloud as a detached process of its own."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tools import environments
from tools.local_cloud.errors import LocalCloudError
from tools.local_cloud.identity import health, log_file, pid_file

START_SECONDS = 60.0
STOP_SECONDS = 10.0
_LOG_LINES = 15
_ROOT = Path(__file__).resolve().parents[2]


def is_running(port: int) -> bool:
    """Whether a local cloud of ours answers on `port`."""
    return health(port) is not None


def ensure_running(port: int, state_dir: Path) -> bool:
    """Start the local cloud unless it runs already; True if this call started it."""
    if _serves(port, state_dir):
        return False
    start(port, state_dir)
    return True


def start(port: int, state_dir: Path) -> None:
    """Start a detached server and wait until it answers. Starting one that runs changes nothing.

    Raises LocalCloudError if the port is taken by something else or the server dies or hangs while starting.
    """
    state_dir = state_dir.resolve()
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (state_dir / "start.lock").open("w") as lock:
        fcntl.flock(
            lock, fcntl.LOCK_EX
        )  # of two starts at the same moment, the second finds a running server
        if not _serves(port, state_dir):
            _start(port, state_dir)


def _start(port: int, state_dir: Path) -> None:
    if _port_is_taken(port):
        if _recorded_server(port, state_dir):
            raise LocalCloudError(
                f"The local cloud on port {port} does not answer. Stop it, then start it again."
            )
        raise LocalCloudError(
            f"Port {port} is in use by another program. Choose another one with LOCAL_PORT=<port>."
        )
    command = [sys.executable, "-m", "tools.local_cloud.server"]
    with log_file(state_dir).open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--state-dir", str(state_dir)],
            cwd=_ROOT,
            env=environments.programs(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def ready() -> bool:
        if process.poll() is not None:
            raise LocalCloudError(f"The local cloud ended while starting.{_log_tail(state_dir)}")
        return _serves(port, state_dir)

    if not _wait_until(ready, START_SECONDS):
        process.kill()
        process.wait()
        raise LocalCloudError(
            f"The local cloud did not answer on port {port} within {START_SECONDS:.0f} s and was ended."
            f"{_log_tail(state_dir)}"
        )


def stop(port: int, state_dir: Path) -> bool:
    """Stop the server of `state_dir` and wait until it has saved its state; False if none runs.

    Only the process of the pid file is ended, and only if it proves to be our server on `port`.
    """
    state_dir = state_dir.resolve()
    pid = _recorded_server(port, state_dir)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        if not _wait_until(lambda: not _is_alive(pid), STOP_SECONDS):
            os.kill(pid, signal.SIGKILL)  # it hangs; what it knew two seconds ago is saved
            _wait_until(lambda: not _is_alive(pid), STOP_SECONDS)
    pid_file(state_dir).unlink(missing_ok=True)
    return pid is not None


def _recorded_server(port: int, state_dir: Path) -> int | None:
    """The process of the pid file, if it lives and proves to be our server on `port`."""
    file = pid_file(state_dir)
    try:
        pid = int(file.read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        raise LocalCloudError(f"{file} holds no process id. Remove it and try again.") from None
    # A killed server leaves its file behind, and its number may be another program's by now.
    return pid if _is_alive(pid) and _is_our_server(pid, port, state_dir) else None


def _serves(port: int, state_dir: Path) -> bool:
    found = health(port)
    if found is None:
        return False
    if found.get("state_dir") != str(state_dir.resolve()):
        raise LocalCloudError(
            f"Port {port} is served by the local cloud of {found.get('state_dir')}. "
            "Stop it there or choose another port with LOCAL_PORT=<port>."
        )
    return True


def _port_is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _is_our_server(pid: int, port: int, state_dir: Path) -> bool:
    found = health(port)
    if found is not None:
        return found.get("pid") == pid
    # It may hang, or still be starting: then its command line is the proof.
    command = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],
        env=environments.programs(),
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return f"tools.local_cloud.server --port {port} --state-dir {state_dir}" in command


def _is_alive(pid: int) -> bool:
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:  # a child of this process that has ended
            return False
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _log_tail(state_dir: Path) -> str:
    lines = log_file(state_dir).read_text(errors="replace").splitlines()[-_LOG_LINES:]
    return f" The end of {log_file(state_dir)}:\n" + "\n".join(lines)

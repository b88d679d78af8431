"""How long deploys take, beside doing all one after the other: measured on the local cloud, in one run.

What is deployed is a copy of the checkout, so that one line can be changed in it, as stages of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import environments
from tools.cloud import LocalCloud
from tools.errors import ToolError
from tools.names import TRIAL_VARIABLE, Trial
from tools.paths import BUILD, REPOSITORY
from tools.services import all_services

STAGE, SERIAL_STAGE = str(Trial.BENCH), str(Trial.BENCH_SERIAL)
CHANGED = "notes_api"
_SERIALLY = {"JOBS": "1", "FORCE": "1"}
_LAST_LINES = 15


@dataclass(frozen=True)
class Measured:
    """One kind of deploy: its seconds, and those of doing all services one after the other instead."""

    what: str
    seconds: float
    serial_seconds: float

    def __str__(self) -> str:
        ratio = self.serial_seconds / self.seconds
        return f"| {self.what} | {self.seconds:.1f} | {self.serial_seconds:.1f} | {ratio:.1f} |"


def measure(cloud: LocalCloud, folder: Path, say: Callable[[str], None]) -> list[Measured]:
    """Deploy two stages several times from a copy of the checkout in `folder`, and destroy them.

    Raises ToolError with the last words of a command that fails.
    """
    _copy(folder)

    def deploy(stage: str, what: str, variables: Mapping[str, str] = {}) -> float:
        began = time.monotonic()
        _run(cloud, folder, "deploy", stage, variables)
        seconds = time.monotonic() - began
        say(f"{seconds:6.1f} s  {what}")
        return seconds

    with _destroyed_afterwards(cloud, folder, say):
        first = deploy(STAGE, "first deploy of a stage")
        nothing = deploy(STAGE, "nothing changed")
        with (folder / CHANGED / "app.py").open("a") as source:
            source.write("# changed\n")
        changed = deploy(STAGE, f"one line of {CHANGED} changed")
        serial = deploy(STAGE, "everything again, one after the other", _SERIALLY)
        serial_first = deploy(SERIAL_STAGE, "first deploy of a stage, one after the other", _SERIALLY)
    return [
        Measured("first deploy of a stage on shared storage", first, serial_first),
        Measured(f"one service changed ({CHANGED})", changed, serial),
        Measured("nothing changed", nothing, serial),
    ]


def table(rows: list[Measured]) -> str:
    """What was measured, in Markdown."""
    heading = "| deploy | seconds | one after the other | times as fast |\n|---|---:|---:|---:|"
    return "\n".join([heading, *map(str, rows)])


def _copy(folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", ".terraform", "config.json*")
    for name in ("tools", "shared", "terraform", *(service.name for service in all_services())):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored)
    (folder / ".build").mkdir()
    BUILD.joinpath("dependencies").mkdir(parents=True, exist_ok=True)
    (folder / ".build" / "dependencies").symlink_to(BUILD / "dependencies")


@contextmanager
def _destroyed_afterwards(cloud: LocalCloud, folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    try:
        yield
    finally:
        for stage in (STAGE, SERIAL_STAGE):
            say(f"          destroying {stage}")
            _run(cloud, folder, "destroy", stage, {"CONFIRM": stage})


def _run(cloud: LocalCloud, folder: Path, command: str, stage: str, variables: Mapping[str, str]) -> None:
    # Where the local cloud keeps its state follows from the checkout, unless it is said.
    home = {"LOCAL_HOME": os.environ.get("LOCAL_HOME") or str(REPOSITORY / ".local")}
    finished = subprocess.run(
        [sys.executable, "-m", "tools", command],
        cwd=folder,
        env=environments.tools(
            environments.OWN, **home, **cloud.variables, **{TRIAL_VARIABLE: stage}, ENV=stage, **variables
        ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        words = "\n  ".join(finished.stdout.strip().splitlines()[-_LAST_LINES:])
        raise ToolError(f"make {command} ENV={stage} failed:\n  {words}")

"""Run each part's unit tests in a process of its own, side by side.

Every service has a package called chalicelib, so that two services cannot share a process.
Called as `python -m tests.units <folder> …`; exits with 1 when any part fails.
"""

from __future__ import annotations

import concurrent.futures
import os
import subprocess
import sys
import time
from pathlib import Path

from tools import environments

REPOSITORY = Path(__file__).resolve().parent.parent


def run(folder: str) -> tuple[str, int, str, float]:
    """Run the tests of one folder; returns it with pytest's exit status, its output and the seconds taken."""
    began = time.monotonic()
    environment = environments.tests() | {"PYTHONPATH": os.pathsep.join(map(str, _path(REPOSITORY / folder)))}
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return folder, finished.returncode, finished.stdout + finished.stderr, time.monotonic() - began


def _path(folder: Path) -> list[Path]:
    """Where a folder's tests find modules: a service's own first, as in its package."""
    return [folder, REPOSITORY] if (folder / ".chalice").exists() else [REPOSITORY]


def main(folders: list[str]) -> int:
    """Run all folders, print the output of those that fail, and a line for each that passes."""
    failed = False
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        for folder, status, output, seconds in pool.map(run, folders):
            failed |= status != 0
            last = output.strip().splitlines()[-1] if output.strip() else "no output"
            print(output if status else f"{folder:<14} {last.strip('= ')}", flush=True)
            if status:
                print(f"{folder}: the unit tests failed after {seconds:.1f} s", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

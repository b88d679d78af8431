"""Check types strictly: the tools with the shared code, then each service by itself.

Every service has a package called chalicelib, so that one run cannot take two services.
Called as `python -m tests.typing <service> …`; exits with 1 when any run finds something.
"""

from __future__ import annotations

import concurrent.futures
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import environments

REPOSITORY = Path(__file__).resolve().parent.parent
TOGETHER = ["tools", "shared", "tests"]


def run(targets: list[str], path: list[str]) -> subprocess.CompletedProcess[str]:
    """Run mypy over `targets` with `path` to find modules on."""
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(_cache(targets))]
    environment = environments.tests() | {"MYPYPATH": os.pathsep.join(path)}
    return subprocess.run(
        [*command, *targets], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )


def _cache(targets: list[str]) -> Path:
    return REPOSITORY / ".mypy_cache" / targets[0]


def _run_for_service(service: str) -> subprocess.CompletedProcess[str]:
    """The same for a service. What it shares with the tools, such as libraries, was analysed with them."""
    if _cache(TOGETHER).exists() and not _cache([service]).exists():
        shutil.copytree(_cache(TOGETHER), _cache([service]))
    return run([service], [".", service])


def main(services: list[str]) -> int:
    """Check everything, print what mypy found."""
    finished = [run(TOGETHER, ["."])]
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        finished += pool.map(_run_for_service, services)
    for name, result in zip([" ".join(TOGETHER), *services], finished, strict=True):
        print(f"{name}: {(result.stdout + result.stderr).strip()}", flush=True)
    return int(any(result.returncode for result in finished))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

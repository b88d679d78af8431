"""Check types strictly: the tools with the shared code, then each service by itself.

Every service has a package called chalicelib, so that one run cannot take two services.
Called as `python -m tests.typing <service> …`; exits with 1 when any run finds something.
"""

from __future__ import annotations

import concurrent.futures
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
TOGETHER = ["tools", "shared", "tests"]


def run(targets: list[str], path: list[str]) -> subprocess.CompletedProcess[str]:
    """Run mypy over `targets` with `path` to find modules on."""
    command = [sys.executable, "-m", "mypy", "--cache-dir", f".mypy_cache/{targets[0].replace('/', '-')}"]
    environment = os.environ | {"MYPYPATH": os.pathsep.join(path)}
    return subprocess.run(
        [*command, *targets], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )


def main(services: list[str]) -> int:
    """Check everything, print what mypy found."""
    runs = [(TOGETHER, ["."]), *(([service], [".", service]) for service in services)]
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        finished = list(pool.map(lambda arguments: run(*arguments), runs))
    for (targets, _), result in zip(runs, finished, strict=True):
        print(f"{' '.join(targets)}: {(result.stdout + result.stderr).strip()}", flush=True)
    return int(any(result.returncode for result in finished))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

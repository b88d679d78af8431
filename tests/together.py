"""Run make targets side by side and print what each said in one piece, once it has ended.

macOS has make 3.81, whose parallel jobs write into each other's lines.
Called as `python -m tests.together <make> <target> …`; exits with 1 when any target fails.
"""

from __future__ import annotations

import concurrent.futures
import subprocess
import sys
import time
from collections.abc import Sequence

AT_ONCE = 2  # each of them uses several processors itself


def run(make: str, target: str) -> tuple[str, int, str, float]:
    """Run one target; returns it with its exit status, its output and the seconds taken."""
    began = time.monotonic()
    finished = subprocess.run(
        [make, "--no-print-directory", target],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return target, finished.returncode, finished.stdout, time.monotonic() - began


def main(make: str, targets: Sequence[str]) -> int:
    """Run all targets, whichever fail, and end with a line for each."""
    lines, failed = [], False
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(run, make, target) for target in targets]
        for future in concurrent.futures.as_completed(running):
            target, status, output, seconds = future.result()
            failed |= status != 0
            lines.append(f"{target:<14} {'failed' if status else 'passed'} after {seconds:.0f} s")
            print(f"---- {target}\n{output}", end="" if output.endswith("\n") else "\n", flush=True)
    print("----", *lines, sep="\n", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))

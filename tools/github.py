"""What a job on GitHub is told and tells: files that the runner names in the environment; elsewhere nothing.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#environment-files
"""

from __future__ import annotations

import os
from pathlib import Path


def hand_over(name: str, value: str) -> bool:
    """Make `value` an output of this step, for later jobs; whether there is a runner that takes it."""
    return _append("GITHUB_OUTPUT", f"{name}={_one_line(value)}")


def set_variable(name: str, value: str) -> bool:
    """Set a variable for the later steps of this job; whether there is a runner that takes it."""
    return _append("GITHUB_ENV", f"{name}={_one_line(value)}")


def summarise(markdown: str) -> bool:
    """Show Markdown on the page of the run; whether there is a runner that takes it."""
    return _append("GITHUB_STEP_SUMMARY", markdown)


def private_folder() -> Path | None:
    """A folder of this job's own, which the runner empties before and after it."""
    named = os.environ.get("RUNNER_TEMP")
    return Path(named) if named else None


def _append(variable: str, text: str) -> bool:
    file = os.environ.get(variable)
    if not file:
        return False
    with Path(file).open("a") as stream:
        stream.write(f"{text}\n")
    return True


def _one_line(value: str) -> str:
    """A second line would be another setting."""
    if "\n" in value or "\r" in value:
        raise ValueError("a value for the runner must be one line")
    return value

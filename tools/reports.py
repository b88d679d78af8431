"""Markdown files in .build: what commands have to say for a pull request or for the summary of a run."""

from __future__ import annotations

import re
from pathlib import Path

from tools.errors import UsageError
from tools.paths import BUILD, REPOSITORY

_NAME = re.compile(r"[a-z][a-z0-9-]*")


def path(name: str) -> Path:
    """The file of a report. Raises UsageError for what is no name of one."""
    if not _NAME.fullmatch(name):
        missing = f"REPORT={name} is no name of a report." if name else "Which report? REPORT is missing."
        raise UsageError(missing, "For example: REPORT=plan-dev, which make plan ENV=dev writes.")
    return BUILD / f"{name}.md"


def write(name: str, markdown: str) -> Path:
    """Write a report; where it lies in the checkout."""
    file = path(name)
    file.parent.mkdir(exist_ok=True)
    file.write_text(markdown)
    return file.relative_to(REPOSITORY)


def read(name: str) -> str:
    """A report that a command wrote. Raises UsageError where none did."""
    file = path(name)
    if not file.exists():
        raise UsageError(f"There is no report {name}: .build/{file.name} was not written.")
    return file.read_text()

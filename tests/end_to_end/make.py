"""`make` for tests: as users have it, but it never installs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def path_of_make(folder: Path) -> str:
    """A PATH whose `make` takes the virtual environment for ready: tests never install into their own."""
    make = shutil.which("make")
    (folder / "make").write_text(f'#!/bin/sh\nexec {make} -o .venv/.ready "$@"\n')
    (folder / "make").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"

"""Copies of the checkout, to edit and to run commands from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.end_to_end import deploys
from tools.paths import BUILD, REPOSITORY
from tools.services import all_services

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Deployed

COPIED = ("tools", "shared", "terraform", *(service.name for service in all_services()))


def copied(folder: Path) -> Path:
    """A copy of what the commands read, in `folder`."""
    ignored = shutil.ignore_patterns("__pycache__", ".terraform", "config.json*", "policy-local-*")
    for name in COPIED:
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored)
    return folder


@dataclass(frozen=True)
class Checkout:
    """Another checkout of somebody who works on the same cloud."""

    folder: Path
    deployed: Deployed

    @staticmethod
    def made(folder: Path, deployed: Deployed) -> Checkout:
        """A copy in `folder`; what is installed and initialised for this checkout is used there too."""
        (copied(folder) / ".build").symlink_to(BUILD)
        return Checkout(folder, deployed)

    def append(self, file: str, line: str) -> None:
        """Add a line to a file, or make it."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as stream:
            stream.write(f"{line}\n")

    def command(
        self, name: str, env: str, stdin: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of its tools as make does."""
        finished = subprocess.run(
            [sys.executable, "-m", "tools", name],
            cwd=self.folder,
            env=os.environ | self.deployed.variables | {"ENV": env} | variables,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=deploys.DEPLOY_SECONDS,
            check=False,
        )
        assert "Traceback" not in finished.stderr
        return finished

"""What this checkout is: the commit that git knows, and a digest of all that decides what it would deploy."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools import environments, sources
from tools.errors import ToolError
from tools.paths import BUILD, REPOSITORY
from tools.services import all_services

# Beside the services: what they share, what they stand on, and the tools that deploy them.
_PARTS = ("shared", "terraform", "tools")
# Folders of .build with what requirements and Terraform's provider need.
_INSTALLED = ("dependencies", "terraform-plugins")


@dataclass(frozen=True)
class Source:
    """`commit` is None without git; `dirty` says that the files differ from it."""

    digest: str
    commit: str | None = None
    dirty: bool = False


def source() -> Source:
    """This checkout's."""
    commit = git("rev-parse", "HEAD")
    parts = [*_PARTS, *(service.name for service in all_services())]
    changed = git("status", "--porcelain", "--", *parts) if commit else None
    return Source(digest(), commit, bool(changed))


def digest(folder: Path = REPOSITORY) -> str:
    """The digest of every file that decides what a deploy does: no tests, nothing that the tools rendered."""
    files = [path for part in _PARTS for path in sources.of_folder(folder / part)]
    for service in all_services(folder):
        files += [*sources.of_folder(service), *committed_configuration(service)]
    found = hashlib.sha256()
    for path in sorted(files):
        name, content = str(path.relative_to(folder)).encode(), path.read_bytes()
        found.update(len(name).to_bytes(8) + name + len(content).to_bytes(8) + content)
    return found.hexdigest()


def committed_configuration(service: Path) -> list[Path]:
    """What a service's `.chalice` folder has in git."""
    folder = service / ".chalice"
    return [*folder.glob("*.template.json"), *folder.glob("smoke.json")]


def of_commit(commit: str) -> Path:
    """A folder with the files of that commit. Raises ToolError where git does not have it."""
    folder = BUILD / "checkouts" / commit
    if not (folder / "tools").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        git("worktree", "prune")  # those that somebody removed by hand
        if git("worktree", "add", "--force", "--detach", str(folder), commit) is None:
            raise ToolError(
                f"This checkout does not have the commit {commit}.",
                "Get it: git fetch --all. Then run the same command.",
            )
    _share_what_is_installed(folder)
    return folder


def _share_what_is_installed(folder: Path) -> None:
    """What was installed for this checkout, under digests of its pins, need not be installed once more."""
    (folder / BUILD.name).mkdir(exist_ok=True)
    for name in _INSTALLED:
        (BUILD / name).mkdir(parents=True, exist_ok=True)
        shared = folder / BUILD.name / name
        if not shared.exists():
            shared.symlink_to(BUILD / name)


def command_in(folder: Path, name: str, variables: Mapping[str, str]) -> list[str]:
    """How to run the make command `name` in another checkout, with what is installed here where it fits.

    The tools read `variables` in their environment, make takes them on its command line, where $ is its own.
    """
    pins = ["requirements-dev.txt", *(f"{service.name}/requirements.txt" for service in all_services())]
    if all(_content(folder / file) == _content(REPOSITORY / file) for file in pins):
        return [sys.executable, "-m", "tools", name]
    given = [f"{variable}={value.replace('$', '$$')}" for variable, value in variables.items()]
    return ["make", "--no-print-directory", name, *given]


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def git(*arguments: str) -> str | None:
    """What git says of this checkout; None where it cannot be asked."""
    try:
        finished = subprocess.run(
            ["git", *arguments],
            cwd=REPOSITORY,
            env=environments.git(),
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return None
    return finished.stdout.strip() if finished.returncode == 0 else None

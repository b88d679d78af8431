"""What this checkout is: the commit that git knows, and a digest of all that decides what it would deploy."""

from __future__ import annotations

import hashlib
import re
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
# What git says where it finds no repository at all. One that it finds and cannot read has another sentence.
_NO_REPOSITORY = re.compile(r"not a git repository \(or any")
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
    commit = git("rev-parse", "--verify", "HEAD^{commit}")
    parts = [*_PARTS, *(service.name for service in all_services())]
    changed = _said("status", "--porcelain", "--", *parts) if commit else ""
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
        if git("rev-parse", "--verify", f"{commit}^{{commit}}") is None:
            raise ToolError(
                f"This checkout does not have the commit {commit}.",
                f"Get it: {'git fetch --unshallow' if is_shallow() else 'git fetch --all'}. "
                "Then run the same command.",
            )
        _said("worktree", "add", "--force", "--detach", str(folder), commit)
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
    """What git says of this checkout; None where it does not know, and without git or a repository.

    Raises ToolError where git refuses the checkout, which is another thing than to have no git.
    """
    finished = _run(*arguments)
    if finished is None or finished.returncode == 0:
        return finished.stdout.strip() if finished else None
    looked = _run("rev-parse", "--git-dir")
    if looked is not None and looked.returncode != 0 and not _NO_REPOSITORY.search(looked.stderr):
        raise _refused(looked)
    return None


def is_shallow() -> bool:
    """Whether this clone has only the newest commits of its branch."""
    return git("rev-parse", "--is-shallow-repository") == "true"


def why_no_commit() -> str:
    """Why git names no commit of this checkout."""
    if _run("--version") is None:
        return "there is no git on the PATH"
    if git("rev-parse", "--git-dir") is None:
        return "this checkout is not one of git"
    return "its branch has no commit"


def _said(*arguments: str) -> str:
    """What git says. Raises ToolError in its own words where it fails."""
    finished = _run(*arguments)
    if finished is None:
        raise ToolError("There is no git on the PATH.", "Install git: git-scm.com/downloads")
    if finished.returncode != 0:
        raise _refused(finished)
    return finished.stdout.strip()


def _run(*arguments: str) -> subprocess.CompletedProcess[str] | None:
    """Run git in this checkout, with its words in English; None where there is no git."""
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=REPOSITORY,
            env=environments.git() | {"LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return None


def _refused(finished: subprocess.CompletedProcess[str]) -> ToolError:
    said = finished.stderr.strip().splitlines() or [f"exit status {finished.returncode}"]
    words = next((line for line in said if line.startswith(("fatal: ", "error: "))), said[-1])
    if "dubious ownership" in finished.stderr:
        next_step = f"If you trust its files, run: git config --global --add safe.directory {REPOSITORY}"
    else:
        next_step = "See what git status says, then run the same command."
    return ToolError(f"git refuses this checkout: {words.removeprefix('fatal: ')}", next_step)

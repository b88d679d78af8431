"""Checkouts of other commits, made beside this one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import hostile
from tools import checkout
from tools.errors import ToolError


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in which tools/version says 1, then 2."""
    made = tmp_path / "repository"
    (made / "tools").mkdir(parents=True)
    monkeypatch.setattr(checkout, "REPOSITORY", made)
    monkeypatch.setattr(checkout, "BUILD", made / ".build")
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
    for number in ("1", "2"):
        (made / "tools/version").write_text(number)
        for command in (("init", "-q"), ("add", "tools"), ("commit", "-qm", number)):
            subprocess.run(["git", *who, *command], cwd=made, check=True)
    return made


def test_a_checkout_has_its_commits_files_and_shares_what_is_installed(repository: Path) -> None:
    installed = repository / ".build/dependencies/digest/stripe"
    installed.mkdir(parents=True)
    commit = checkout.git("rev-parse", "HEAD~1") or ""

    folder = checkout.of_commit(commit)

    assert (folder / "tools/version").read_text() == "1"
    assert (folder / ".build/dependencies/digest/stripe").samefile(installed)
    (folder / ".build/terraform-plugins/provider").touch()
    assert (repository / ".build/terraform-plugins/provider").exists()
    assert checkout.of_commit(commit) == folder


def test_a_commit_that_is_not_here_is_to_be_fetched(repository: Path) -> None:
    assert (repository / "tools/version").read_text() == "2"
    with pytest.raises(ToolError, match="does not have the commit 0000"):
        checkout.of_commit("0" * 40)


def test_git_looks_at_this_checkout_whatever_the_shell_says(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = checkout.git("rev-parse", "HEAD")
    for name, value in hostile.GIT.items():
        monkeypatch.setenv(name, value)
    assert commit
    assert checkout.git("rev-parse", "HEAD") == commit
    assert checkout.git("rev-parse", "--show-toplevel") == str(repository)


def test_make_in_another_checkout_gets_variables_on_its_command_line(repository: Path) -> None:
    other = repository / "other"
    other.mkdir()
    variables = {"FROM": "dev", "MESSAGE": "It costs $5"}
    assert checkout.command_in(repository, "promote", variables)[1:] == ["-m", "tools", "promote"]
    (other / "requirements-dev.txt").write_text("another==1")
    assert checkout.command_in(other, "promote", variables) == [
        *("make", "--no-print-directory", "promote"),
        *("FROM=dev", "MESSAGE=It costs $$5"),
    ]

"""Checkouts of other commits, made beside this one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests import hostile
from tools import checkout, compatibility, environments
from tools.errors import ToolError, UsageError


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


def break_git(repository: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    match how:
        case (
            "another owner"
        ):  # https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
            kept = environments.git() | {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
            monkeypatch.setattr(environments, "git", lambda: kept)
        case "a broken configuration":
            (repository / ".git" / "config").write_text("[")
        case "a worktree whose repository is gone":
            shutil.rmtree(repository / ".git")
            (repository / ".git").write_text("gitdir: /nowhere/.git/worktrees/this\n")


@pytest.mark.parametrize(
    ("how", "said", "command"),
    [
        ("another owner", "dubious ownership", "git config --global --add safe.directory "),
        ("a broken configuration", "bad config line", "git status"),
        ("a worktree whose repository is gone", "not a git repository: /nowhere", "git status"),
    ],
)
def test_a_checkout_that_git_refuses_is_not_one_without_git(
    repository: Path, monkeypatch: pytest.MonkeyPatch, how: str, said: str, command: str
) -> None:
    monkeypatch.setattr(checkout, "all_services", list)
    break_git(repository, how, monkeypatch)
    with pytest.raises(ToolError, match=f"git refuses this checkout: .*{said}") as refused:
        checkout.source()
    assert command in refused.value.next_step


def test_a_commit_that_cannot_be_read_is_not_taken_for_a_clean_one(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout, "all_services", list)
    monkeypatch.setattr(checkout, "digest", lambda: "")
    (repository / ".git" / "index").write_bytes(b"broken")
    with pytest.raises(ToolError, match=r"git refuses this checkout: .*index"):
        checkout.source()


def test_without_a_repository_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "REPOSITORY", tmp_path)
    assert checkout.git("rev-parse", "HEAD") is None
    assert checkout.why_no_commit() == "this checkout is not one of git"
    with pytest.raises(UsageError, match="no older release to try: this checkout is not one of git"):
        compatibility.base("")


def test_without_git_there_is_no_commit(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert checkout.git("rev-parse", "HEAD") is None
    assert checkout.why_no_commit() == "there is no git on the PATH"


def test_a_repository_without_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "REPOSITORY", tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert checkout.git("rev-parse", "--verify", "HEAD^{commit}") is None
    assert checkout.why_no_commit() == "its branch has no commit"


def test_a_shallow_clone_is_to_be_fetched_whole(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = checkout.git("rev-parse", "HEAD~1") or ""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repository}", clone], check=True)
    monkeypatch.setattr(checkout, "REPOSITORY", clone)
    with pytest.raises(UsageError, match="This clone is shallow") as refused:
        compatibility.base("")
    assert refused.value.next_step == "Get them: git fetch --unshallow"
    with pytest.raises(ToolError, match="does not have the commit") as unknown:
        checkout.of_commit(older)
    assert "git fetch --unshallow" in unknown.value.next_step


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

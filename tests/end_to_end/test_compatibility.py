"""A change is tried beside the release before it, and what cannot run there is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.checkouts import Checkout
from tests.end_to_end.conftest import Deployed
from tools import deployed as in_the_cloud


@pytest.fixture(scope="module")
def checkout(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone with one commit, the release that users have."""
    made = Checkout.made(tmp_path_factory.mktemp("checkout"), deployed)
    (made.folder / ".gitignore").write_text(".build\n**/.chalice/config.json*\n**/.chalice/policy-*-*.json\n")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "What users have")):
        who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
        subprocess.run(["git", *who, *command], cwd=made.folder, check=True)
    return made


def test_without_a_change_there_is_nothing_to_try(checkout: Checkout) -> None:
    finished = checkout.command("compatibility", "", BASE="HEAD")
    assert finished.returncode == 0, finished.stderr
    assert "Nothing that is deployed differs" in finished.stdout


def test_there_has_to_be_an_older_commit(checkout: Checkout) -> None:
    unknown = checkout.command("compatibility", "", BASE="no-such-branch")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "BASE=no-such-branch is no commit of this checkout" in unknown.stderr
    first = checkout.command("compatibility", "")
    assert first.returncode == 2
    assert "There is no older commit to try" in first.stderr


def test_a_change_that_older_code_cannot_live_with_is_told(deployed: Deployed, checkout: Checkout) -> None:
    """Notes are stored under another name: the new code reads both, the older code only its own."""
    store = checkout.folder / "notes_api/chalicelib/store.py"
    _replace(store, '"content": {"S": note.content}', '"words": {"S": note.content}')
    _replace(store, 'names[f"#{name}"] = name', 'names[f"#{name}"] = "words" if name == "content" else name')
    _replace(store, 'item["content"]["S"]', 'item.get("words", item.get("content"))["S"]')

    finished = checkout.command("compatibility", "", BASE="HEAD")

    assert finished.returncode == 1, finished.stderr
    tried = [line.strip() for line in finished.stderr.splitlines() if line.startswith(("  ✓", "  ✗"))]
    assert tried == [
        "✓ the older code on the new storage",
        "✓ clients of the older release with the new code",
        "✗ the older notes_api beside the new rest",
        "✓ the new notes_api beside the older rest",
        "✗ the older code after the new one was taken back",
    ]
    assert "GET /notes/" in finished.stderr
    assert "answers 500" in finished.stderr
    assert "Make the change in two releases" in finished.stderr
    assert in_the_cloud.states(deployed.layers("compatibility")) == []


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text, f"{old} is no longer in {file.name}"
    file.write_text(text.replace(old, new))

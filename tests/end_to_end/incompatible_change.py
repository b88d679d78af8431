"""A change that code of the release before it cannot live with, tried in the background."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.end_to_end.checkouts import Checkout

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Deployed


def clone(folder: Path, deployed: Deployed) -> Checkout:
    """A clone in the empty `folder` with one commit, the release that users have."""
    made = Checkout.made(folder, deployed)
    (folder / ".gitignore").write_text(".build\n**/.chalice/config.json*\n**/.chalice/policy-*-*.json\n")
    # Named for its folder: two clones of one second would have one commit, and share its folder in `.build`.
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", f"What users have, {folder.name}")):
        who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
        subprocess.run(["git", *who, *command], cwd=folder, check=True)
    return made


def tried(deployed: Deployed, env: str, folder: Path) -> str:
    """Notes are stored under another name: the new code reads both, the older code only its own.

    What `make compatibility` said.
    """
    place = folder / env
    place.mkdir()
    checkout = clone(place, deployed)
    store = place / "notes_api/chalicelib/store.py"
    _replace(store, '"content": {"S": note.content}', '"words": {"S": note.content}')
    _replace(store, 'names[f"#{name}"] = name', 'names[f"#{name}"] = "words" if name == "content" else name')
    _replace(store, 'item["content"]["S"]', 'item.get("words", item.get("content"))["S"]')
    finished = checkout.command("compatibility", "", BASE="HEAD")
    assert finished.returncode == 1, finished.stderr
    return finished.stderr


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text, f"{old} is no longer in {file.name}"
    file.write_text(text.replace(old, new))

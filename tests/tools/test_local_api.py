"""The parts of `make local` that need no cloud."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.cloud import LocalCloud
from tools.local_api import service, watch
from tools.local_api.service import LocalService, NotAnsweringError
from tools.stages import Account


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in (
        "api/app.py",
        "api/chalicelib/notes.py",
        "api/chalicelib/__pycache__/notes.py",
        "api/tests/test_notes.py",
        "api/.chalice/config.template.json",
        "api/.chalice/config.json",
        "shared/app.py",
        "shared/tests/test_app.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path / "api", tmp_path / "shared"


def test_what_decides_how_a_service_answers_is_watched(folders: tuple[Path, Path]) -> None:
    api, shared = folders
    assert watch.snapshot(api, shared).keys() == {
        api / "app.py",
        api / "chalicelib" / "notes.py",
        api / ".chalice" / "config.template.json",
        shared / "app.py",
    }


def test_changed_new_and_removed_files_are_changes(folders: tuple[Path, Path]) -> None:
    api, shared = folders
    before = watch.snapshot(api, shared)
    assert watch.changes(before, watch.snapshot(api, shared)) == []
    os.utime(api / "app.py", ns=(1, 1))
    (api / "chalicelib" / "notes.py").unlink()
    (shared / "new.py").write_text("")
    assert watch.changes(before, watch.snapshot(api, shared)) == [
        api / "app.py",
        api / "chalicelib" / "notes.py",
        shared / "new.py",
    ]


def test_a_service_has_an_identity_and_nothing_of_lambda_or_the_users_shell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leaking = {"AWS_XRAY_DAEMON_ADDRESS": "a", "AWS_LAMBDA_X": "b", "API_URL": "c", "IDENTITY_ID": "d"}
    for name, value in leaking.items():
        monkeypatch.setenv(name, value)
    cloud = LocalCloud("notes", "us-east-1")
    found = service.environment(cloud.environment(Account("dev", "200000000002", "")), "us-east-1:me")
    assert found["DEVELOPMENT_IDENTITY_ID"] == "us-east-1:me"
    assert (found["PATH"], found["AWS_REGION"]) == (os.environ["PATH"], "us-east-1")
    assert not leaking.keys() & found.keys()


def test_a_service_that_is_not_started_answers_nobody(tmp_path: Path) -> None:
    waiting = LocalService(tmp_path, "notes", "local", {}, lambda: None, print)
    with pytest.raises(NotAnsweringError, match="still starting"):
        waiting.address(seconds=0.01)
    waiting.stop()

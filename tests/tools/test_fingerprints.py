"""The same digest for the same thing, another for anything that changes what is built."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tools import fingerprints
from tools.paths import REPOSITORY
from tools.render import Rendered

RENDERED = Rendered("notes_api", "2.0", "notes", {"environment_variables": {"A": "1"}}, {})
VARIABLES = {"stage": "dev", "throttle_rate": 50}


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("shared", "notes_api"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    packager = tmp_path / "packager.py"
    packager.write_text("")
    module = type("Module", (), {"__file__": str(packager)})
    monkeypatch.setattr(fingerprints, "REPOSITORY", tmp_path)
    monkeypatch.setattr(fingerprints, "_PACKAGERS", (module,))
    return tmp_path / "notes_api"


def digest(service: Path, rendered: Rendered = RENDERED, for_host: bool = False) -> str:
    return fingerprints.of_service(service, rendered, for_host, "service", VARIABLES)


def append(name: str) -> Callable[[Path], None]:
    def change(service: Path) -> None:
        path = service.parent / name
        path.write_text((path.read_text() if path.exists() else "") + "\n# changed")

    return change


@pytest.mark.parametrize(
    "name",
    [
        "notes_api/app.py",
        "notes_api/requirements.txt",
        "notes_api/chalicelib/notes.py",
        "notes_api/chalicelib/new.py",
        "shared/app.py",
        "packager.py",
    ],
)
def test_what_goes_into_the_package_counts(service: Path, name: str) -> None:
    before = digest(service)
    assert digest(service) == before
    append(name)(service)
    assert digest(service) != before


@pytest.mark.parametrize(
    "name", ["notes_api/tests/test_notes.py", "shared/tests/test_app.py", "notes_api/x.md"]
)
def test_what_does_not_go_into_the_package_does_not_count(service: Path, name: str) -> None:
    before = digest(service)
    append(name)(service)
    assert digest(service) == before


def test_configuration_and_kind_count(service: Path) -> None:
    others = [
        digest(service, replace(RENDERED, stage={"environment_variables": {"A": "2"}})),
        digest(service, replace(RENDERED, policies={"api_handler": {}})),
        digest(service, replace(RENDERED, base_path=None)),
        digest(service, for_host=True),
    ]
    assert len({digest(service), *others}) == 5


def test_variables_of_a_unit_count_in_any_order() -> None:
    before = fingerprints.of_unit("storage", VARIABLES)
    assert fingerprints.of_unit("storage", dict(reversed(VARIABLES.items()))) == before
    assert fingerprints.of_unit("storage", {**VARIABLES, "throttle_rate": 51}) != before
    assert fingerprints.of_unit("stage", VARIABLES) != before

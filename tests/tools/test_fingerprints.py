"""The same digest for the same thing, another for anything that changes what is built."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tools import fingerprints, terraform_unit
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
    monkeypatch.setattr(fingerprints, "_PACKAGERS", (module,))
    return tmp_path / "notes_api"


def digest(
    service: Path, rendered: Rendered = RENDERED, for_host: bool = False, origin: str = "https://a"
) -> str:
    return fingerprints.of_service(service, rendered, [origin], for_host, "service", VARIABLES)


def append(name: str) -> Callable[[Path], None]:
    def change(service: Path) -> None:
        path = service.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((path.read_text() if path.exists() else "") + "\n# changed")

    return change


@pytest.mark.parametrize(
    "name",
    [
        "notes_api/app.py",
        "notes_api/requirements.txt",
        "notes_api/chalicelib/notes.py",
        "notes_api/chalicelib/new.py",
        "notes_api/chalicelib/data/prices.json",
        "shared/app.py",
        "shared/tracing.py",
        "shared/zones.json",
        "packager.py",
    ],
)
def test_what_goes_into_the_package_counts(service: Path, name: str) -> None:
    before = digest(service)
    assert digest(service) == before
    append(name)(service)
    assert digest(service) != before


@pytest.mark.parametrize(
    "name",
    [
        "notes_api/tests/test_notes.py",
        "notes_api/README.md",
        "notes_api/chalicelib/README.md",
        "notes_api/chalicelib/notes.py~",
        "notes_api/chalicelib/.notes.py.swp",
        "notes_api/chalicelib/#notes.py#",
        "notes_api/chalicelib/notes.py.orig",
        "notes_api/chalicelib/__pycache__/notes.cpython-311.pyc",
        "notes_api/.chalice/config.json",
        "notes_api/.chalice/policy-dev-api_handler.json",
        "shared/tests/test_app.py",
        "shared/events.py",
    ],
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
        digest(service, origin="https://b"),
    ]
    assert len({digest(service), *others}) == 6


@pytest.fixture
def terraform_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Terraform's sources, to edit."""
    copy = tmp_path / "terraform"
    shutil.copytree(REPOSITORY / "terraform", copy)
    monkeypatch.setattr(terraform_unit, "TERRAFORM", copy)
    return copy


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("service/main.tf", True),
        ("modules/lambda_function/role.tf", True),
        ("modules/lambda_function/new.tf", True),
        ("modules/table/main.tf", False),
        ("storage/main.tf", False),
        ("service/tests/service.tftest.hcl", False),
    ],
)
def test_the_terraform_that_builds_it_counts(
    service: Path, terraform_copy: Path, name: str, counts: bool
) -> None:
    before = digest(service)
    append(f"terraform/{name}")(terraform_copy.parent / "notes_api")
    assert (digest(service) != before) is counts


def test_variables_of_a_unit_count_in_any_order() -> None:
    before = fingerprints.of_unit("storage", VARIABLES)
    assert fingerprints.of_unit("storage", dict(reversed(VARIABLES.items()))) == before
    assert fingerprints.of_unit("storage", {**VARIABLES, "throttle_rate": 51}) != before
    assert fingerprints.of_unit("stage", VARIABLES) != before

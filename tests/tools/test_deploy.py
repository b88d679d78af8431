"""What a deploy only looks at: services that were not selected, storage that is borrowed."""

from __future__ import annotations

from typing import Any

import pytest

from tools import applied, bench, deploy, selection, service_deploy, stages, state_bucket, units
from tools.bench import Measured
from tools.cloud import LocalCloud
from tools.errors import ToolError
from tools.graph import Skipped
from tools.layers import Layers
from tools.paths import REPOSITORY

MOCK = REPOSITORY / "stripe_mock"


@pytest.fixture
def layers() -> Layers:
    """An ephemeral stage, on the storage of `dev`."""
    organisation = stages.load()
    cloud = LocalCloud(organisation.project, organisation.region, 4566)
    return Layers(organisation, cloud, organisation.stage("pr-1"))


def looked_at(monkeypatch: pytest.MonkeyPatch, layers: Layers, current: bool) -> str:
    monkeypatch.setattr(state_bucket, "outputs", lambda *_: {})
    monkeypatch.setattr(service_deploy, "rendered_for", lambda *_: None)
    monkeypatch.setattr(service_deploy, "_fingerprint", lambda *_: "fingerprint")
    monkeypatch.setattr(applied, "is_current", lambda *_, **__: current)
    return service_deploy.look_at(layers, MOCK)


def test_a_dependency_that_is_current_is_skipped(monkeypatch: pytest.MonkeyPatch, layers: Layers) -> None:
    assert looked_at(monkeypatch, layers, current=True) is units.UNCHANGED


def test_a_stale_dependency_is_told_with_its_command(monkeypatch: pytest.MonkeyPatch, layers: Layers) -> None:
    words = looked_at(monkeypatch, layers, current=False)
    assert isinstance(words, Skipped)
    assert "stale" in words
    assert words.endswith("make deploy ENV=pr-1 CLOUD=local SERVICE=stripe_mock")


def test_a_dependency_that_is_not_deployed_stops(monkeypatch: pytest.MonkeyPatch, layers: Layers) -> None:
    monkeypatch.setattr(state_bucket, "outputs", lambda *_: None)
    with pytest.raises(ToolError, match="stripe_mock is not deployed") as refused:
        service_deploy.look_at(layers, MOCK)
    assert "make deploy ENV=pr-1 CLOUD=local SERVICE=stripe_mock" in str(refused.value)


def borrowing(layers: Layers) -> Any:
    tasks = deploy._Deployment(layers, selection.of(layers, ""), False).tasks()
    return next(task for task in tasks if task.name == "dev storage").run


def test_borrowed_storage_is_never_touched_and_told_when_stale(
    monkeypatch: pytest.MonkeyPatch, layers: Layers
) -> None:
    monkeypatch.setattr(Layers, "storage_outputs", lambda _: {})
    monkeypatch.setattr(units, "bring_up", lambda *_: pytest.fail("it was brought up"))
    look = borrowing(layers)
    monkeypatch.setattr(units, "is_current", lambda _, unit: unit.key == "dev/storage.tfstate")
    assert look() is units.UNCHANGED

    monkeypatch.setattr(units, "is_current", lambda *_: False)
    words = look()
    assert isinstance(words, Skipped)
    assert "stale" in words
    assert words.endswith("make deploy ENV=dev CLOUD=local")


def test_borrowed_storage_that_is_not_there_stops_before_the_stage_is_made(
    monkeypatch: pytest.MonkeyPatch, layers: Layers
) -> None:
    monkeypatch.setattr(state_bucket, "outputs", lambda *_: None)
    with pytest.raises(ToolError, match="storage of stage dev, which pr-1 uses, is not deployed"):
        borrowing(layers)()
    tasks = deploy._Deployment(layers, selection.of(layers, ""), False).tasks()
    stage = next(task for task in tasks if task.name == "pr-1 stage")
    assert "dev storage" in stage.after


def test_measured_deploys_are_told_beside_doing_all_one_after_the_other() -> None:
    assert bench.table([Measured("nothing changed", 4.04, 80.8)]).splitlines()[-1] == (
        "| nothing changed | 4.0 | 80.8 | 20.0 |"
    )

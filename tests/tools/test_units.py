"""How a unit comes up: at once where nothing can be lost, by a plan that is looked at everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.tools.bucket import Bucket
from tools import terraform, unfinished, units
from tools.cloud import Cloud
from tools.errors import ToolError
from tools.layers import Layers
from tools.terraform import Change, Plan
from tools.terraform_unit import Unit

TABLE = "module.purchases.aws_dynamodb_table.this"


class Terraform:
    """Notes what it is told to do; plans what `changes` say, and cannot create anything where that fails."""

    def __init__(self, folder: Path, *changes: Change, fails: str = "") -> None:
        self.folder, self.changes, self.fails = folder, changes, fails
        self.told: list[str] = []

    def create(self, _cloud: Cloud, _unit: Unit) -> str:
        self.told.append("create")
        if self.fails:
            raise ToolError(self.fails)
        return "1 to create"

    def plan(self, _cloud: Cloud, _unit: Unit, imports: Mapping[str, str] = terraform.NO_IMPORTS) -> Plan:
        self.told.append("plan")
        assert not imports
        return Plan(self.changes, {}, self.folder / "unit.tfplan")

    def show(self, _cloud: Cloud, _unit: Unit, _planned: Plan) -> dict[str, Any]:
        return {"resource_changes": [], "output_changes": {}}

    def apply(self, _cloud: Cloud, _unit: Unit, _planned: Plan) -> None:
        self.told.append("apply")


@pytest.fixture
def layers(bucket: Bucket) -> Layers:
    return bucket.layers("pr-1")


@pytest.fixture
def unit(layers: Layers) -> Unit:
    return Unit("stage", layers.stage_key, layers.stage.account, {})


def brought_up(layers: Layers, unit: Unit, made: Terraform, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("create", "plan", "show", "apply"):
        monkeypatch.setattr(terraform, name, getattr(made, name))
    monkeypatch.setattr(terraform, "recover", lambda *_: "")
    monkeypatch.setattr(terraform, "BUILD", made.folder)
    return units.plan_and_apply(layers, unit)


def test_what_has_no_state_is_made_by_one_command(
    layers: Layers, unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Terraform(tmp_path)
    assert brought_up(layers, unit, made, monkeypatch) == "1 to create"
    assert made.told == ["create"]
    assert not unfinished.is_noted(layers.cloud, layers.stage.account, layers.stage_key)


def test_what_has_a_state_is_planned_and_nothing_done_where_data_would_be_lost(
    layers: Layers, unit: Unit, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.deployed("pr-1", storage="shared")
    made = Terraform(tmp_path, Change(TABLE, "replace", "aws_dynamodb_table"))
    with pytest.raises(ToolError, match="would be lost"):
        brought_up(layers, unit, made, monkeypatch)
    assert made.told == ["plan"]


def test_what_was_not_finished_is_planned_although_it_has_no_state(
    layers: Layers, unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Terraform(tmp_path)
    with pytest.raises(RuntimeError), unfinished.noted(layers.cloud, unit.account, unit.key):
        raise RuntimeError("the machine died")
    assert brought_up(layers, unit, made, monkeypatch) == "no changes"
    assert made.told == ["plan"]


def test_what_exists_without_a_state_is_looked_for(
    layers: Layers, unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Terraform(
        tmp_path, Change("aws_x.y", "create", "aws_x"), fails="ResourceInUseException: Table already exists"
    )
    assert brought_up(layers, unit, made, monkeypatch) == "1 to create"
    assert made.told == ["create", "plan", "apply"]


def test_what_cannot_be_made_is_not_tried_again(
    layers: Layers, unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Terraform(tmp_path, fails="AccessDenied")
    with pytest.raises(ToolError, match="AccessDenied"):
        brought_up(layers, unit, made, monkeypatch)
    assert made.told == ["create"]
    assert unfinished.is_noted(layers.cloud, layers.stage.account, layers.stage_key)

"""What a plan may do to stored data."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import guard, stages, terraform
from tools.cloud import LocalCloud
from tools.errors import ToolError
from tools.guard import Permission
from tools.stages import Stage
from tools.terraform import Change, Plan, Unit

CLOUD = LocalCloud("notes", "us-east-1")
TABLE = "module.notes.aws_dynamodb_table.this"
NOTHING = Permission(frozenset(), "")


@pytest.fixture(autouse=True)
def forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform, "forcing_attributes", lambda *_: {TABLE: ["hash_key"]})


def stage(name: str) -> Stage:
    return stages.load().stage(name)


def unit(root: str) -> Unit:
    return Unit(root, f"x/{root}.tfstate", stage("dev").account, {})


def planned(*changes: Change) -> Plan:
    return Plan(changes, False, Path("unit.tfplan"))


@pytest.mark.parametrize("action", ["replace", "delete"])
@pytest.mark.parametrize("kind", guard.HOLDS_DATA)
def test_destroying_or_replacing_what_holds_data_is_refused(kind: str, action: str) -> None:
    with pytest.raises(ToolError, match="nothing was changed"):
        guard.check(CLOUD, unit("stage"), planned(Change("a.b", action, kind)), stage("dev"), NOTHING)


@pytest.mark.parametrize(
    "change",
    [
        Change(TABLE, "create", "aws_dynamodb_table"),
        Change(TABLE, "update", "aws_dynamodb_table"),
        Change("aws_iam_role.this", "replace", "aws_iam_role"),
        Change("aws_api_gateway_deployment.this", "delete", "aws_api_gateway_deployment"),
    ],
)
def test_what_keeps_data_goes_through(change: Change) -> None:
    guard.check(CLOUD, unit("storage"), planned(change), stage("prod"), NOTHING)


def test_the_refusal_names_resource_attribute_and_a_better_way() -> None:
    change = Change(TABLE, "replace", "aws_dynamodb_table")
    with pytest.raises(ToolError) as refused:
        guard.check(CLOUD, unit("storage"), planned(change), stage("dev"), NOTHING)
    assert f"{TABLE} (table) would be replaced, because of hash_key" in str(refused.value)
    assert "add a new one beside it" in str(refused.value)
    assert f"ALLOW_DESTROY='{TABLE}'" in str(refused.value)


def test_what_was_interrupted_while_it_was_made_is_kept() -> None:
    change = Change(TABLE, "replace", "aws_dynamodb_table", half_made=True)
    other = Change("aws_iam_role.this", "replace", "aws_iam_role", half_made=True)
    assert guard.half_made(planned(change, other)) == [change]
    guard.check(CLOUD, unit("storage"), planned(change), stage("dev"), NOTHING)


def test_permission_lets_exactly_the_named_one_through() -> None:
    other = Change("module.other.aws_dynamodb_table.this", "delete", "aws_dynamodb_table")
    allowed = Permission(frozenset({TABLE}), "")
    change = Change(TABLE, "delete", "aws_dynamodb_table")
    guard.check(CLOUD, unit("storage"), planned(change), stage("dev"), allowed)
    with pytest.raises(ToolError, match=r"module\.other") as refused:
        guard.check(CLOUD, unit("storage"), planned(change, other), stage("dev"), allowed)
    assert f"  {TABLE}" not in str(refused.value)


def test_a_protected_stages_storage_takes_its_name_as_well() -> None:
    change = planned(Change(TABLE, "delete", "aws_dynamodb_table"))
    with pytest.raises(ToolError, match="CONFIRM=prod"):
        guard.check(CLOUD, unit("storage"), change, stage("prod"), Permission(frozenset({TABLE}), "dev"))
    guard.check(CLOUD, unit("storage"), change, stage("prod"), Permission(frozenset({TABLE}), "prod"))


def test_permission_comes_from_the_commands_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW_DESTROY", "a.b,c.d")
    monkeypatch.setenv("CONFIRM", "prod")
    assert Permission.given() == Permission(frozenset({"a.b", "c.d"}), "prod")

"""What a plan would change, and what is done with it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tools import state_bucket, terraform, terraform_command
from tools.cloud import LocalCloud
from tools.stages import Account
from tools.terraform import Change, Plan
from tools.terraform_unit import Unit

UNIT = Unit("storage", "dev/storage.tfstate", Account("dev", "200000000002", ""), {})
STATE = {"lineage": "one", "serial": 3}


def planned_change(address: str, action: str) -> dict[str, Any]:
    resource = {"addr": address, "resource_type": address.split(".", maxsplit=1)[0]}
    return {"type": "planned_change", "change": {"resource": resource, "action": action}}


def plan_of(messages: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, folder: Path) -> Plan:
    monkeypatch.setattr(terraform, "_prepare", lambda *_: folder)
    monkeypatch.setattr(terraform_command, "run", lambda *_: messages)
    return terraform.plan(LocalCloud("notes", "us-east-1"), UNIT)


def test_a_plan_counts_what_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    actions = ["create", "create", "update", "replace", "delete", "noop", "read", "move", "remove"]
    messages = [planned_change(f"aws_x.n{number}", action) for number, action in enumerate(actions)]
    plan = plan_of([{"type": "version"}, *messages], monkeypatch, tmp_path)
    assert str(plan) == "2 to create, 1 to update, 1 to replace, 1 to delete, 1 to move, 1 to forget"
    assert plan
    assert plan.changes[0] == Change("aws_x.n0", "create", "aws_x")
    assert [change.destroys for change in plan.changes] == [False, False, False, True, True, False, False]


@pytest.mark.parametrize(
    ("action", "words", "truth"), [("noop", "no changes", False), ("update", "outputs only", True)]
)
def test_outputs_alone_are_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str, words: str, truth: bool
) -> None:
    plan = plan_of([{"type": "outputs", "outputs": {"a": {"action": action}}}], monkeypatch, tmp_path)
    assert (str(plan), bool(plan)) == (words, truth)


@pytest.mark.parametrize(
    ("remote", "pushed"),
    [
        (None, True),
        (STATE | {"serial": 2}, True),
        (STATE, False),
        (STATE | {"serial": 4}, False),
        (STATE | {"lineage": "two", "serial": 1}, False),
    ],
)
def test_a_state_that_could_not_be_saved_is_saved_unless_a_newer_one_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remote: dict[str, Any] | None, pushed: bool
) -> None:
    (tmp_path / "errored.tfstate").write_text(json.dumps(STATE))
    ran: list[list[str]] = []
    monkeypatch.setattr(terraform, "_prepare", lambda *_: tmp_path)
    monkeypatch.setattr(terraform_command, "run", lambda *arguments: ran.append(arguments[-1]))
    monkeypatch.setattr(state_bucket, "read", lambda *_: remote)
    cloud = LocalCloud("notes", "us-east-1")
    assert bool(terraform.recover(cloud, UNIT)) is pushed
    assert [command[:2] for command in ran] == ([["state", "push"]] if pushed else [])
    assert terraform.recover(cloud, UNIT) == ""
    assert len(ran) == pushed


def test_one_at_a_time_works_in_a_working_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform, "BUILD", tmp_path)
    cloud, other = LocalCloud("notes", "us-east-1"), replace(UNIT, key="dev/stage.tfstate")
    order: list[str] = []

    def enter(unit: Unit, name: str) -> None:
        with terraform.alone(cloud, unit):
            order.append(name)

    with ThreadPoolExecutor() as pool, terraform.alone(cloud, UNIT):
        second = pool.submit(enter, UNIT, "second")
        pool.submit(enter, other, "another unit").result(10)
        order.append("first")
    second.result(10)
    assert order == ["another unit", "first", "second"]

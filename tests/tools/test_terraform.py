"""What Terraform's messages say of a plan, and what a user is told when it fails."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.tools.providers import stand_in
from tools import state_bucket, state_lock, terraform, terraform_cli
from tools.cloud import LocalCloud
from tools.errors import ExpiredError
from tools.stages import Account
from tools.terraform import Change, Plan, Unit

UNIT = Unit("storage", "dev/storage.tfstate", Account("dev", "200000000002", ""), {})


def planned_change(address: str, action: str) -> dict[str, Any]:
    resource = {"addr": address, "resource_type": address.split(".", maxsplit=1)[0]}
    return {"type": "planned_change", "change": {"resource": resource, "action": action}}


def plan_of(messages: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, folder: Path) -> Plan:
    monkeypatch.setattr(terraform, "_prepare", lambda *_: folder)
    monkeypatch.setattr(terraform, "_run", lambda *_: messages)
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


def test_lines_that_are_no_messages_are_kept_apart() -> None:
    messages, other = terraform._parsed('{"type": "version"}\n\nError: something\n')
    assert messages == [{"type": "version"}]
    assert other == ["", "Error: something"]


def test_a_diagnosis_names_command_unit_place_and_reason() -> None:
    error = {
        "severity": "error",
        "summary": "creating table",
        "detail": "AccessDenied\n\nno right",
        "address": "aws_dynamodb_table.x",
    }
    elsewhere = {"severity": "error", "summary": "Invalid", "detail": "", "range": {"filename": "main.tf"}}
    warning = {"severity": "warning", "summary": "Deprecated", "detail": ""}
    messages = [{"type": "diagnostic", "diagnostic": found} for found in (warning, error, elsewhere)]
    words = terraform._diagnosis(UNIT, "apply", [{"type": "version"}, *messages], ["noise"])
    assert words == (
        "terraform apply of dev/storage.tfstate (account dev) failed:\n"
        "  aws_dynamodb_table.x: creating table\n    AccessDenied\n    no right\n"
        "  main.tf: Invalid"
    )


def test_without_a_diagnosis_terraforms_last_words_are_shown() -> None:
    words = terraform._diagnosis(UNIT, "init", [], [f"line {number}" for number in range(30)])
    assert "line 29" in words
    assert "line 9\n" not in words


def test_a_digest_covers_the_modules_that_a_root_uses_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform, "TERRAFORM", tmp_path)
    files = {
        "root/main.tf": 'module "a" { source = "../modules/a" }',
        "modules/a/main.tf": 'module "b" {\n  source = "../b"\n}',
        "modules/b/main.tf": "",
        "modules/other/main.tf": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    before = terraform.sources_digest("root")
    (tmp_path / "modules/other/main.tf").write_text("# changed")
    assert terraform.sources_digest("root") == before
    (tmp_path / "modules/b/main.tf").write_text("# changed")
    assert terraform.sources_digest("root") != before


def test_a_message_is_one_line_of_json() -> None:
    text = "\n".join(json.dumps(message) for message in ({"a": 1}, {"b": 2}))
    assert terraform._parsed(text) == ([{"a": 1}, {"b": 2}], [])


STATE = {"lineage": "one", "serial": 3}


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
    monkeypatch.setattr(terraform, "_run", lambda *arguments: ran.append(arguments[-1]))
    monkeypatch.setattr(state_bucket, "read", lambda *_: remote)
    cloud = LocalCloud("notes", "us-east-1")
    assert bool(terraform.recover(cloud, UNIT)) is pushed
    assert [command[:2] for command in ran] == ([["state", "push"]] if pushed else [])
    assert terraform.recover(cloud, UNIT) == ""
    assert len(ran) == pushed


def test_expired_credentials_are_told_as_such_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    diagnostic = {
        "severity": "error",
        "summary": "reading S3 Bucket: api error ExpiredToken: The provided token has expired.",
    }
    fake = tmp_path / "terraform"
    fake.write_text(
        f"#!/bin/sh\necho '{json.dumps({'type': 'diagnostic', 'diagnostic': diagnostic})}'\nexit 1\n"
    )
    fake.chmod(0o755)
    monkeypatch.setattr(terraform_cli, "executable", lambda: str(fake))
    monkeypatch.setattr(state_lock, "release_if_dead", lambda *_: None)
    with pytest.raises(ExpiredError) as told:
        terraform.show(LocalCloud("notes", "us-east-1"), UNIT, Plan((), {}, tmp_path / "unit.tfplan"))
    assert told.value.what == "The credentials for account dev have expired."


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


@pytest.mark.parametrize(
    ("root", "command", "lent"),
    [
        ("storage", "plan", True),
        ("storage", "init", False),
        ("account", "plan", False),  # configures the provider twice, also for the account of the parent zone
    ],
)
def test_a_running_provider_is_lent_to_roots_that_configure_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str, command: str, lent: bool
) -> None:
    program = tmp_path / "terraform"
    program.write_text('#!/bin/sh\nprintf \'{"attached": "%s"}\' "${TF_REATTACH_PROVIDERS:+yes}"\n')
    program.chmod(0o755)
    monkeypatch.setattr(terraform_cli, "executable", lambda: str(program))
    monkeypatch.setattr(terraform_cli, "in_place", lambda _: stand_in(tmp_path / "provider"))
    monkeypatch.setattr(state_lock, "release_if_dead", lambda *_: None)
    [message] = terraform._run(
        LocalCloud("notes", "us-east-1"), replace(UNIT, root=root), tmp_path, [command]
    )
    assert message == {"attached": "yes" if lent else ""}

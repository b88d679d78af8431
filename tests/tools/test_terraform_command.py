"""What one terraform command says, and what a user is told when it fails."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tools.providers import stand_in
from tools import state_lock, terraform_cli, terraform_command
from tools.cloud import LocalCloud
from tools.errors import ExpiredError
from tools.stages import Account
from tools.terraform_unit import Unit

UNIT = Unit("storage", "dev/storage.tfstate", Account("dev", "200000000002", ""), {})


def test_lines_that_are_no_messages_are_kept_apart() -> None:
    messages, other = terraform_command._parsed('{"type": "version"}\n\nError: something\n')
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
    words = terraform_command._diagnosis(UNIT, "apply", [{"type": "version"}, *messages], ["noise"])
    assert words == (
        "terraform apply of dev/storage.tfstate (account dev) failed:\n"
        "  aws_dynamodb_table.x: creating table\n    AccessDenied\n    no right\n"
        "  main.tf: Invalid"
    )


def test_without_a_diagnosis_terraforms_last_words_are_shown() -> None:
    words = terraform_command._diagnosis(UNIT, "init", [], [f"line {number}" for number in range(30)])
    assert "line 29" in words
    assert "line 9\n" not in words


def test_a_message_is_one_line_of_json() -> None:
    text = "\n".join(json.dumps(message) for message in ({"a": 1}, {"b": 2}))
    assert terraform_command._parsed(text) == ([{"a": 1}, {"b": 2}], [])


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
        terraform_command.run(LocalCloud("notes", "us-east-1"), UNIT, tmp_path, ["show"])
    assert told.value.what == "The credentials for account dev have expired."


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
    [message] = terraform_command.run(
        LocalCloud("notes", "us-east-1"), replace(UNIT, root=root), tmp_path, [command]
    )
    assert message == {"attached": "yes" if lent else ""}

"""What stages.toml may say, and which names a stage may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import stages
from tools.errors import ToolError, UsageError
from tools.paths import STAGES_FILE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    copy = tmp_path / "stages.toml"
    copy.write_text(STAGES_FILE.read_text())
    return copy


def change(file: Path, old: str, new: str) -> Path:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return file


def test_the_projects_own_file_is_valid() -> None:
    organisation = stages.load()
    found = {name: organisation.stage(name) for name in organisation.stages}
    assert {name: stage.account.name for name, stage in found.items()} == {
        "local": "dev",
        "dev": "dev",
        "prod": "prod",
        "stripe": "dev",
    }
    assert found["prod"].settings.protected
    assert not found["prod"].settings.mocks


def test_an_unlisted_stage_is_an_ephemeral_one_on_the_storage_of_dev() -> None:
    stage = stages.load().stage("pr-42")
    assert (stage.listed, stage.account.name, stage.storage_stage) == (False, "dev", "dev")


def test_storage_is_own_none_or_anothers() -> None:
    organisation = stages.load()
    assert organisation.stage("dev").storage_stage == "dev"
    assert organisation.stage("stripe").storage_stage is None


@pytest.mark.parametrize("name", ["a", "pr-42", "a" * 20])
def test_names_that_a_stage_may_have(name: str) -> None:
    assert stages.load().stage(name).name == name


@pytest.mark.parametrize("name", ["Dev", "4you", "-a", "a_b", "a" * 21, "a b", "a\n", "é", "a/b", "../x"])
def test_names_that_no_stage_may_have(name: str) -> None:
    with pytest.raises(UsageError, match="is not a stage name") as refused:
        stages.load().stage(name)
    assert refused.value.exit_status == 2


@pytest.mark.parametrize(
    ("old", "new", "stage", "words"),
    [
        ("canary = true", "canery = true", "prod", "stages.prod has the key 'canery'"),
        ("[stages.local]", '[stages.local]\nprotected = "yes"', "local", "stages.local.protected is 'yes'"),
        ("log_retention_days = 365", "log_retention_days = true", "prod", "it takes int"),
        ("throttle_burst = 100 ", 'throttle_burst = "100" ', "local", "it takes int"),
        ("throttle_rate = 50 ", "", "local", "stages.local lacks throttle_rate"),
        ('[stages.prod]\naccount = "prod"', '[stages.prod]\naccount = "prd"', "prod", "account 'prd'"),
        ('storage = "dev"', "storage = 1", "pr-1", "feature.storage is 1"),
    ],
)
def test_a_fault_in_a_stage_is_named(file: Path, old: str, new: str, stage: str, words: str) -> None:
    organisation = stages.load(change(file, old, new))
    with pytest.raises(ToolError) as refused:
        organisation.stage(stage)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('region = "us-east-1"', "", "the key 'region' is missing"),
        ('dns_account = "dns"', 'dns_account = "nds"', "the key 'nds' is missing"),
        ('id = "200000000002"', "", "the key 'id' is missing"),
        ("[accounts.dns]", "[accounts.dns", "cannot be read"),
    ],
)
def test_a_fault_in_the_file_is_named(file: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(ToolError, match=words):
        stages.load(change(file, old, new))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"absent\.toml cannot be read"):
        stages.load(tmp_path / "absent.toml")

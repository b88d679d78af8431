"""Which storage a stage has is chosen once and remembered in the cloud."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.tools.bucket import LONG_AGO, Bucket
from tools import stage_records
from tools.errors import ToolError, UsageError
from tools.layers import Layers
from tools.stages import Stage


def choose(bucket: Bucket, name: str, wanted: str = "") -> Stage:
    return stage_records.stage_of(bucket.organisation, bucket.cloud, name, wanted)


def first_deploy(bucket: Bucket, name: str, wanted: str = "") -> None:
    stage_records.remember(Layers(bucket.organisation, bucket.cloud, choose(bucket, name, wanted)))


def test_an_ephemeral_stage_borrows_unless_it_is_told_otherwise(bucket: Bucket) -> None:
    assert choose(bucket, "pr-1").storage_stage == "dev"
    assert choose(bucket, "pr-2", "own").storage_stage == "pr-2"
    assert choose(bucket, "pr-2", "local").storage_stage == "local"
    assert bucket.content() == [], "a choice without a deploy is not remembered"


def test_the_choice_is_remembered(bucket: Bucket) -> None:
    first_deploy(bucket, "pr-2", "own")
    assert choose(bucket, "pr-2").storage_stage == "pr-2"
    assert choose(bucket, "pr-2", "own").storage_stage == "pr-2"
    assert choose(bucket, "pr-2", "pr-2").storage_stage == "pr-2", "its own name is its own storage"


@pytest.mark.parametrize(("first", "then"), [("own", "dev"), ("own", "local"), ("", "own"), ("dev", "own")])
def test_another_choice_is_refused_with_what_to_do(bucket: Bucket, first: str, then: str) -> None:
    first_deploy(bucket, "pr-2", first)
    with pytest.raises(ToolError, match=f"STORAGE={then} would put its notes") as refused:
        choose(bucket, "pr-2", then)
    assert "make destroy ENV=pr-2" in refused.value.next_step


def test_of_two_first_deploys_the_second_finds_the_choice_of_the_first(bucket: Bucket) -> None:
    slower = Layers(bucket.organisation, bucket.cloud, choose(bucket, "pr-2", "own"))
    first_deploy(bucket, "pr-2")
    with pytest.raises(ToolError, match="pr-2 was deployed with the storage of dev; STORAGE=own"):
        stage_records.remember(slower)


def test_a_listed_stage_has_the_storage_that_stages_toml_says(bucket: Bucket) -> None:
    assert choose(bucket, "dev").storage_stage == "dev"
    with pytest.raises(UsageError, match=r'stages\.toml lists that stage, with storage = "own"'):
        choose(bucket, "dev", "own")


def test_other_storage_in_stages_toml_than_deployed_is_refused(bucket: Bucket) -> None:
    first_deploy(bucket, "dev")
    listed = {**bucket.organisation.stages, "dev": {"storage": "local"}}
    changed = replace(bucket.organisation, stages=listed)
    with pytest.raises(ToolError, match=r'own; storage = "local" in stages\.toml would put its notes'):
        stage_records.remember(Layers(changed, bucket.cloud, changed.stage("dev")))
    assert choose(bucket, "dev").storage_stage == "dev"


def test_a_stage_that_stages_toml_lists_no_more_keeps_its_storage(bucket: Bucket) -> None:
    first_deploy(bucket, "dev")
    others = {name: entry for name, entry in bucket.organisation.stages.items() if name != "dev"}
    unlisted = replace(bucket.organisation, stages=others, feature={"account": "dev", "storage": "local"})
    stage = stage_records.stage_of(unlisted, bucket.cloud, "dev")
    assert (stage.listed, stage.storage_stage) == (False, "dev")


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("nosuch", "no stage called 'nosuch' is deployed in account dev"),
        ("devv", "no stage called 'devv' is deployed"),
        ("none", "no stage called 'none' is deployed"),
        ("../x", "no stage called '../x' is deployed"),
        ("prod", "stage prod is in account prod; storage is shared inside one account"),
        ("stripe", "stage stripe has no storage of its own to share"),
        ("pr-1", "stage pr-1 has no storage of its own to share"),
    ],
)
def test_storage_that_cannot_be_shared(bucket: Bucket, wanted: str, reason: str) -> None:
    bucket.deployed("pr-1", storage="dev")
    with pytest.raises(UsageError, match=f"STORAGE={wanted}: {reason}"):
        choose(bucket, "pr-9", wanted)


def test_an_ephemeral_stage_may_lend_its_own_storage(bucket: Bucket) -> None:
    bucket.deployed("pr-2", storage="own")
    assert choose(bucket, "pr-9", "pr-2").storage_stage == "pr-2"


def test_a_later_deploy_changes_who_deployed_last_and_nothing_else(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.deployed("pr-1", storage="dev")
    monkeypatch.setattr("getpass.getuser", lambda: "eva")
    first_deploy(bucket, "pr-1")
    record = stage_records.read(bucket.cloud, bucket.account, "pr-1")
    assert record is not None
    assert (record.created_at, record.created_by) == (LONG_AGO, "ana@laptop")
    assert record.deployed_at > LONG_AGO
    assert record.deployed_by.startswith("eva@")


def test_a_stage_that_was_listed_once_is_known_as_such_until_it_is_destroyed(bucket: Bucket) -> None:
    first_deploy(bucket, "dev")
    others = {name: entry for name, entry in bucket.organisation.stages.items() if name != "dev"}
    unlisted = replace(bucket.organisation, stages=others, feature={"account": "dev", "storage": "local"})
    stage = stage_records.stage_of(unlisted, bucket.cloud, "dev")
    stage_records.remember(Layers(unlisted, bucket.cloud, stage))
    record = stage_records.read(bucket.cloud, bucket.account, "dev")
    assert record is not None
    assert record.listed


def test_a_spoilt_record_is_named(bucket: Bucket) -> None:
    for spoilt in ("{", "[]", json.dumps({"storage": "own"})):
        bucket.s3.put_object(Bucket=bucket.name, Key="stages/pr-1.json", Body=spoilt.encode())
        with pytest.raises(ToolError, match=r"stages/pr-1\.json in the bucket notes-dev-state-\d+ makes no"):
            choose(bucket, "pr-1")


def test_what_is_forgotten_may_choose_anew(bucket: Bucket) -> None:
    first_deploy(bucket, "pr-2", "own")
    stage_records.forget(bucket.cloud, bucket.account, "pr-2")
    assert choose(bucket, "pr-2").storage_stage == "dev"

"""What may be destroyed, in which order, and what is remembered meanwhile."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.tools.bucket import Bucket
from tools import applied, deployed, destroy, pausing, services, stage_records, terraform
from tools.errors import ToolError
from tools.layers import Layers
from tools.progress import Progress
from tools.terraform_unit import Unit

READS = {
    "notes_api": ["pr-2/storage#notes_table_name"],
    "billing_api": ["pr-2/stage#topic_arn", "pr-2/services/stripe_mock#api_url"],
    "stripe_mock": ["pr-2/services/stripe_mock#functions"],
    "old_report": ["pr-2/services/billing_api#api_url", "pr-2/services/notes_api#api_url"],
}


def silent() -> Progress:
    """A report that nobody reads."""
    return Progress(io.StringIO())


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The units that Terraform was asked to destroy, in that order."""
    order: list[str] = []

    def remove(layers: Layers, key: str, _unit: Callable[[], Any]) -> str:
        order.append(key.removesuffix(".tfstate").split("/", 1)[1])
        record = stage_records.read(layers.cloud, layers.stage.account, layers.stage.name)
        assert record is not None, "the record went before the units"
        applied.forget(layers.cloud, layers.stage.account, key)
        return "gone"

    monkeypatch.setattr(destroy, "_remove", remove)
    return order


def test_everything_goes_from_the_top_down_and_the_record_last(bucket: Bucket, removed: list[str]) -> None:
    bucket.deployed("pr-2", services=READS)
    bucket.deployed("pr-1", storage="dev", services=READS)
    others = [key for key in bucket.content() if "pr-1" in key]
    outcome = destroy.destroy(bucket.layers("pr-2"), silent())
    assert not outcome.failed
    assert set(removed) == {"stage", "storage", *(f"services/{name}" for name in READS)}
    before = [("old_report", "billing_api"), ("old_report", "notes_api"), ("billing_api", "stripe_mock")]
    for reader, read in before:
        assert removed.index(f"services/{reader}") < removed.index(f"services/{read}")
    assert set(removed[-2:]) == {"stage", "storage"}
    assert bucket.content() == others
    assert not destroy.stands(bucket.layers("pr-2"))


def test_a_service_that_is_deployed_anew_is_not_paused(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = bucket.layers("pr-2")
    bucket.deployed("pr-2", services=["notes_api", "notify_job"])
    for service in ("notes_api", "notify_job", "never_deployed"):
        bucket.put(f"paused/pr-2/{service}.json", {"at": "", "by": ""})
    bucket.put("paused/pr-20/notes_api.json", {"at": "", "by": ""})
    monkeypatch.setattr(Layers, "service", lambda *_: Unit("service", "x", bucket.account, {}))
    monkeypatch.setattr(terraform, "destroy", lambda *_: "gone")
    destroy.destroy(layers, silent(), ["notes_api"])
    assert pausing.paused(layers).keys() == {"never_deployed", "notify_job"}
    monkeypatch.setattr(destroy, "_tasks", lambda *_: [])
    destroy.destroy(layers, silent())
    assert pausing.paused(layers) == {}
    assert "paused/pr-20/notes_api.json" in bucket.content()


def test_shared_storage_is_left_alone(bucket: Bucket, removed: list[str]) -> None:
    bucket.deployed("dev")
    bucket.deployed("pr-1", storage="dev", services=READS)
    destroy.destroy(bucket.layers("pr-1"), silent())
    assert "storage" not in removed
    assert "dev/storage.tfstate" in bucket.content()


def test_a_failure_keeps_what_is_below_and_the_record_and_the_next_one_finishes(
    bucket: Bucket, removed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.deployed("pr-2", services=READS)
    good = destroy._remove  # as the fixture plays it

    def broken(layers: Layers, key: str, unit: Callable[[], Any]) -> str:
        if "billing_api" in key:
            raise ToolError("no rights")
        return good(layers, key, unit)

    with monkeypatch.context() as patched:
        patched.setattr(destroy, "_remove", broken)
        outcome = destroy.destroy(bucket.layers("pr-2"), silent())
    assert set(outcome.failed) == {"pr-2 billing_api"}
    assert removed == ["services/old_report", "services/notes_api"]
    assert set(outcome.not_tried) == {"pr-2 stripe_mock", "pr-2 stage", "pr-2 storage"}
    layers = bucket.layers("pr-2")
    assert destroy.stands(layers)
    assert layers.stage.storage_stage == "pr-2", "half destroyed, it is still the stage with its own storage"
    assert not destroy.destroy(layers, silent()).failed
    assert bucket.content() == []


def test_a_stage_of_which_only_the_record_is_left_goes(bucket: Bucket, removed: list[str]) -> None:
    stage_records.remember(bucket.layers("pr-1"))
    assert destroy.stands(bucket.layers("pr-1"))
    destroy.destroy(bucket.layers("pr-1"), silent())
    assert removed == []
    assert bucket.content() == []


def test_a_protected_stage_is_refused(bucket: Bucket) -> None:
    with pytest.raises(ToolError, match="prod is protected"):
        destroy.refuse(bucket.layers("prod"))


def test_storage_in_use_is_refused_and_the_users_named(bucket: Bucket) -> None:
    bucket.deployed("dev", listed=True)
    bucket.deployed("pr-1", storage="dev")
    bucket.deployed("pr-2", storage="own")
    bucket.deployed("pr-3", storage="pr-2")
    bucket.deployed("alice", storage="dev", record=False)
    with pytest.raises(ToolError, match="The storage of dev is used by alice, pr-1") as refused:
        destroy.refuse(bucket.layers("dev"))
    assert "make destroy ENV=alice; make destroy ENV=pr-1" in refused.value.next_step
    with pytest.raises(ToolError, match="The storage of pr-2 is used by pr-3"):
        destroy.destroy(bucket.layers("pr-2"), silent())
    destroy.refuse(bucket.layers("pr-3"))


def test_what_a_stage_that_only_began_will_use_is_kept(bucket: Bucket) -> None:
    bucket.deployed("dev", listed=True)
    stage_records.remember(bucket.layers("pr-1"))
    with pytest.raises(ToolError, match="used by pr-1"):
        destroy.refuse(bucket.layers("dev"))


def test_a_teams_data_takes_the_stages_name(bucket: Bucket) -> None:
    bucket.deployed("dev", listed=True)
    bucket.deployed("pr-1", storage="dev")
    bucket.deployed("pr-2", storage="own")
    bucket.deployed("team", storage="own", listed=True)
    assert "notes, uploads and users" in destroy.stake(bucket.layers("dev"))
    assert "notes, uploads and users" in destroy.stake(bucket.layers("team")), "listed when it was deployed"
    assert destroy.stake(bucket.layers("pr-1")) == ""
    assert destroy.stake(bucket.layers("pr-2")) == ""
    assert destroy.stake(bucket.layers("dev"), ["notes_api"]) == "", "a service holds no data"


def test_services_alone_leave_the_rest(bucket: Bucket, removed: list[str]) -> None:
    bucket.deployed("pr-2", services=READS)
    outcome = destroy.destroy(bucket.layers("pr-2"), silent(), ["old_report", "billing_api"])
    assert not outcome.failed
    assert removed == ["services/old_report", "services/billing_api"]
    assert deployed.services(bucket.layers("pr-2")) == ["notes_api", "stripe_mock"]
    assert destroy.stands(bucket.layers("pr-2"))


def test_a_service_that_others_read_is_refused(bucket: Bucket) -> None:
    bucket.deployed("pr-2", services=READS)
    with pytest.raises(ToolError, match="old_report reads billing_api") as refused:
        destroy.refuse(bucket.layers("pr-2"), ["billing_api"])
    assert "SERVICE=billing_api,old_report" in refused.value.next_step
    with pytest.raises(ToolError, match="billing_api reads stripe_mock"):
        destroy.refuse(bucket.layers("pr-2"), ["stripe_mock", "old_report"])


def test_where_reads_are_not_recorded_the_templates_tell(bucket: Bucket) -> None:
    bucket.deployed("pr-2", services=["billing_api", "stripe_mock", "no_directory"])
    with pytest.raises(ToolError, match="billing_api reads stripe_mock"):
        destroy.refuse(bucket.layers("pr-2"), ["stripe_mock"])


def test_a_service_that_is_not_deployed_is_refused(bucket: Bucket) -> None:
    bucket.deployed("pr-2", services=["notes_api"])
    with pytest.raises(ToolError, match="billing_api: not deployed in pr-2") as refused:
        destroy.refuse(bucket.layers("pr-2"), ["notes_api", "billing_api"])
    assert refused.value.next_step == "There are: notes_api."


def test_a_protected_stage_loses_only_services_that_it_no_longer_has(bucket: Bucket) -> None:
    bucket.deployed("dev", listed=True, services=READS)
    settings = {**bucket.organisation.stages["dev"], "protected": True, "mocks": False}
    stages = {**bucket.organisation.stages, "dev": settings}
    protected = replace(bucket, organisation=replace(bucket.organisation, stages=stages)).layers("dev")
    with pytest.raises(ToolError, match="dev is protected: it keeps notes_api"):
        destroy.refuse(protected, ["notes_api", "old_report"])
    destroy.refuse(protected, ["old_report"])
    assert destroy.stake(protected, ["old_report"]) == "dev is protected."


def test_services_that_the_stage_no_longer_has_are_found(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.deployed("dev", services=READS)
    assert deployed.removed_services(bucket.layers("dev")) == ["old_report"]
    left = [path for path in services.all_services() if path.name != "notes_api"]
    monkeypatch.setattr("tools.layers.all_services", lambda: left)
    assert deployed.removed_services(bucket.layers("dev")) == ["notes_api", "old_report"]
    bucket.put("dev/services/notes_api.tfstate", {"resources": [], "outputs": {}})
    assert deployed.removed_services(bucket.layers("dev")) == ["old_report"], "nothing of it is left"

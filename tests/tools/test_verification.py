"""Whether callers get exactly the release that is meant to be live, whatever numbers and labels say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.bucket import Bucket
from tests.tools.released import Stage, release_id
from tools import api_exports, canary, histories, live_release, rollback, verification
from tools.cloud import Cloud
from tools.stages import Account

BILLING = "dev-billing_api"


@pytest.fixture
def stage(bucket: Bucket) -> Stage:
    """Two releases: the second one changed billing_api and its API."""
    stage = Stage(bucket, "dev").make()
    stage.released(1)
    stage.publish("billing_api", "2", digest="d2")
    stage.released(2)
    return stage


def point_live_at(stage: Stage, version: str, **more: Any) -> None:
    stage.functions.update_alias(FunctionName=BILLING, Name="live", FunctionVersion=version, **more)


def words(stage: Stage) -> list[str]:
    found = verification.look(stage.layers)
    assert (found.entry is None) == bool(found.words)
    return found.words


def test_callers_of_the_last_release_get_it(stage: Stage) -> None:
    found = verification.look(stage.layers)
    assert found.entry == histories.read(stage.layers)[-1]
    assert found.words == []


def test_a_function_that_runs_another_package_is_no_release(stage: Stage) -> None:
    point_live_at(stage, "1")
    assert words(stage) == [f"billing_api: {BILLING} runs another package"]
    meant = verification.look(stage.layers).meant
    assert meant is not None
    assert meant.release.id == release_id(2)


def test_another_version_with_the_same_content_is_the_release_all_the_same(stage: Stage) -> None:
    stage.functions.update_function_configuration(FunctionName=BILLING, Description="another text")
    version = stage.functions.publish_version(FunctionName=BILLING)["Version"]
    assert version == "3"
    point_live_at(stage, version)
    assert words(stage) == []


def test_a_number_that_names_other_code_since_is_no_release(stage: Stage) -> None:
    role = stage.functions.get_function_configuration(FunctionName=BILLING)["Role"]
    stage.functions.delete_function(FunctionName=BILLING)
    for code in ("other", "code"):
        stage.recreate(BILLING, code, role)
    point_live_at(stage, "2")
    assert words(stage) == [f"billing_api: {BILLING} runs another package"]


def test_a_configuration_that_was_published_by_hand_is_no_release(stage: Stage) -> None:
    stage.functions.update_function_configuration(FunctionName=BILLING, MemorySize=256)
    point_live_at(stage, stage.functions.publish_version(FunctionName=BILLING)["Version"])
    assert words(stage) == [f"billing_api: {BILLING} runs with another configuration"]


def test_calls_that_are_shared_with_another_version_are_no_release(stage: Stage) -> None:
    point_live_at(stage, "2", RoutingConfig={"AdditionalVersionWeights": {"1": 0.1}})
    assert words(stage) == [f"billing_api: 10% of the calls of {BILLING} go to version 1"]


def test_an_alias_that_somebody_removed_is_told(stage: Stage) -> None:
    stage.functions.delete_alias(FunctionName=BILLING, Name="live")
    assert words(stage) == [f"billing_api: {BILLING} has nothing that callers get"]


def test_an_api_that_serves_something_else_is_no_release(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = api_exports.served

    def other(cloud: Cloud, account: Account, api: str) -> api_exports.Document:
        return {**served(cloud, account, api), "definitions": {"Note": {"type": "string"}}}

    monkeypatch.setattr(api_exports, "served", other)
    (fault,) = words(stage)
    assert "serves another description" in fault
    entry = histories.read(stage.layers)[-1]
    _services, faults = verification.compare(stage.layers, entry)
    assert "another description than when it was deployed" in faults["billing_api"][0]


def test_after_a_rollback_the_older_release_is_meant(stage: Stage) -> None:
    first, second = histories.read(stage.layers)
    rollback.give(stage.layers, first)
    found = verification.look(stage.layers)
    assert (found.entry, found.words) == (first, [])
    point_live_at(stage, "2")
    assert words(stage) == [f"billing_api: {BILLING} runs another package"]
    rollback.give(stage.layers, second)
    assert verification.current(stage.layers) == second


def test_a_service_that_the_release_does_not_have_is_told(stage: Stage) -> None:
    record = live_release.read(stage.layers)
    assert record is not None
    services = {name: found for name, found in record.services.items() if name != "notify_job"}
    live_release.write(stage.layers, live_release.Record(record.release, record.at, record.by, services))
    assert words(stage) == [f"notify_job: callers get it, and release {release_id(2)} does not have it"]


def test_while_a_canary_goes_on_nothing_is_wrong_and_no_release_is_live(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.publish("billing_api", "3")
    stage.released(3, status="moving", execution="an:execution:x-1")
    point_live_at(stage, "2", RoutingConfig={"AdditionalVersionWeights": {"3": 0.1}})
    monkeypatch.setattr(canary, "ended", lambda *_: None)
    found = verification.look(stage.layers)
    assert (found.entry, found.words) == (None, [])
    assert found.on_its_way is not None
    assert found.on_its_way.release.id == release_id(3)


def test_a_canary_that_ended_without_its_deploy_is_the_live_release(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.publish("billing_api", "3")
    entry = stage.released(3, status="moving", execution="an:execution:x-1")
    point_live_at(stage, "3")
    monkeypatch.setattr(canary, "ended", lambda *_: canary.Ended("SUCCEEDED"))
    monkeypatch.setattr(histories, "read", lambda *_: [entry_of_now(entry)])
    found = verification.look(stage.layers)
    assert found.meant is not None
    assert (found.meant.release.id, found.words) == (release_id(3), [])


def entry_of_now(entry: histories.Entry) -> histories.Entry:
    """The entry as if it had come just now: after the record that the fixture has made."""
    return histories.Entry(**{**vars(entry), "at": "2999-01-01T00:00:00+00:00"})


def test_a_stage_from_before_there_were_records_is_known_by_what_callers_get(stage: Stage) -> None:
    live_release.forget(stage.layers)
    assert verification.current(stage.layers) == histories.read(stage.layers)[-1]
    point_live_at(stage, "1")
    assert f"billing_api: {BILLING} runs another package" in words(stage)


def test_what_promotion_takes_for_proven_is_only_what_callers_get(stage: Stage) -> None:
    first = histories.read(stage.layers)[0]
    other = histories.Entry(**{**vars(first), "standing": histories.read(stage.layers)[1].standing})
    assert list(verification.other_packages(stage.layers, first, "billing_api")) == []
    assert list(verification.other_packages(stage.layers, other, "billing_api")) == [
        f"version 2 of {BILLING} does not run the package of release {release_id(1)}"
    ]

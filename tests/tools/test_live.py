"""What callers of a service get."""

from __future__ import annotations

import pytest

from tests.tools.bucket import Bucket
from tests.tools.released import Stage
from tools import histories, live
from tools.live import Standing


@pytest.fixture
def stage(bucket: Bucket) -> Stage:
    return Stage(bucket, "dev").make()


def test_callers_get_what_was_deployed_last_and_move_only_once(stage: Stage) -> None:
    first = histories.present(stage.layers)["billing_api"]
    stage.publish("billing_api", "2", digest="d2")
    newest = stage.newest()["billing_api"]
    assert histories.present(stage.layers)["billing_api"] == first
    assert (newest - first).functions == {"dev-billing_api": "2"}
    assert len((newest - first).apis) == 1
    assert live.move(stage.bucket.cloud, stage.bucket.account, newest) == 2
    assert histories.present(stage.layers)["billing_api"] == newest
    assert live.move(stage.bucket.cloud, stage.bucket.account, newest) == 0
    assert live.move_back(stage.bucket.cloud, stage.bucket.account, first) == 2
    assert histories.present(stage.layers)["billing_api"] == first


def test_the_version_is_what_callers_get_not_what_was_published_last(stage: Stage) -> None:
    def version() -> str | None:
        return live.version(
            stage.bucket.cloud, stage.bucket.account, stage.layers.service_outputs()["billing_api"]
        )

    stage.publish("billing_api", "2", digest="d2")
    assert version() == "1"
    live.move(stage.bucket.cloud, stage.bucket.account, stage.newest()["billing_api"])
    assert version() == "2"
    stage.functions.delete_alias(FunctionName="dev-billing_api", Name="live")
    assert version() is None


def test_a_share_left_to_another_version_is_taken_back(stage: Stage) -> None:
    stage.publish("notify_job", "2")
    old = histories.present(stage.layers)["notify_job"]
    stage.functions.update_alias(
        FunctionName="dev-notify_job",
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}},
    )
    assert histories.present(stage.layers)["notify_job"].shares == {"dev-notify_job": {"2": 0.1}}
    assert live.move(stage.bucket.cloud, stage.bucket.account, old) == 1
    assert histories.present(stage.layers)["notify_job"] == old


def test_what_is_no_longer_there_is_named(stage: Stage) -> None:
    api = next(iter(histories.present(stage.layers)["billing_api"].apis))
    gone = live.missing(
        stage.bucket.cloud,
        stage.bucket.account,
        Standing({"dev-billing_api": "9"}, {api: "nothing"}),
    )
    assert gone == ["version 9 of dev-billing_api", f"deployment nothing of API {api}"]
    assert live.missing(stage.bucket.cloud, stage.bucket.account, stage.newest()["billing_api"]) == []

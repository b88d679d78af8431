"""What releases left behind: enough of it stays to roll back to, and the rest goes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from tests.tools.bucket import Bucket
from tests.tools.released import Stage, release_id
from tools import histories, live, old_versions, rollback
from tools.errors import ToolError
from tools.layers import Layers


@pytest.fixture
def stage(bucket: Bucket) -> Stage:
    """Five releases, each with a version of billing_api and another description of its API."""
    made = Stage(bucket, "dev").make()
    made.released(1)
    for number in range(2, 6):
        made.publish("billing_api", str(number), digest=f"d{number}")
        made.released(number)
    return made


def keeping(stage: Stage, releases: int) -> Layers:
    layers = stage.layers
    settings = replace(layers.stage.settings, releases_kept=releases)
    return replace(layers, stage=replace(layers.stage, settings=settings))


def versions(stage: Stage, service: str) -> list[str]:
    found = stage.functions.list_versions_by_function(FunctionName=f"dev-{service}")["Versions"]
    return [version["Version"] for version in found if version["Version"] != "$LATEST"]


def descriptions(stage: Stage) -> set[str]:
    made = stage.gateway.get_deployments(restApiId=stage.apis["billing_api"])["items"]
    return {deployment["description"].removeprefix("Body ") for deployment in made}


def test_what_the_last_releases_have_stays(stage: Stage) -> None:
    assert old_versions.remove(keeping(stage, 2)) == 5
    assert versions(stage, "billing_api") == ["4", "5"]
    assert versions(stage, "notify_job") == ["1"]
    assert descriptions(stage) == {"d1", "d4", "d5"}  # the first is Terraform's
    assert old_versions.remove(keeping(stage, 2)) == 0


def test_nothing_goes_while_there_are_no_more_releases_than_are_kept(stage: Stage) -> None:
    assert old_versions.remove(keeping(stage, 5)) == 0
    assert len(versions(stage, "billing_api")) == 5


def test_one_that_is_kept_can_be_rolled_back_to_and_another_is_told_to_be_gone(stage: Stage) -> None:
    old_versions.remove(keeping(stage, 2))
    current, before = rollback.target(stage.layers, "")
    rollback.refuse(stage.layers, before)
    assert (current and current.release.id, before.release.id) == (release_id(5), release_id(4))
    _current, gone = rollback.target(stage.layers, release_id(2))
    with pytest.raises(
        ToolError, match=r"version 2 of dev-billing_api is gone; deployment \w+ of API \S+ is"
    ):
        rollback.refuse(stage.layers, gone)


def test_what_callers_get_stays_however_old_it_is(stage: Stage) -> None:
    _current, oldest = rollback.target(stage.layers, release_id(1))
    rollback.give(stage.layers, oldest)
    stage.functions.update_alias(
        FunctionName="dev-billing_api",
        Name=live.ALIAS,
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}},
    )
    old_versions.remove(keeping(stage, 2))
    assert versions(stage, "billing_api") == ["1", "2", "4", "5"]
    assert histories.present(stage.layers)["billing_api"].functions == {"dev-billing_api": "1"}


def test_what_was_deployed_but_not_released_yet_stays(stage: Stage) -> None:
    stage.publish("billing_api", "6", digest="d6")
    old_versions.remove(keeping(stage, 2))
    assert versions(stage, "billing_api") == ["4", "5", "6"]


def test_a_deploy_says_what_went_and_does_not_fail_where_it_could_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    old_versions.tidy(keeping(stage, 2), said.append)
    assert said == ["Removed 5 versions and API deployments that none of the last 2 releases has"]
    old_versions.tidy(keeping(stage, 2), said.append)
    assert len(said) == 1

    def fail(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "DeleteFunction")

    monkeypatch.setattr(old_versions, "remove", fail)
    old_versions.tidy(stage.layers, said.append)
    assert "AccessDeniedException" in said[1]
    assert "the next deploy tries again" in said[1]


def test_a_service_that_was_removed_since_is_no_obstacle(stage: Stage) -> None:
    stage.functions.delete_function(FunctionName="dev-notify_job")
    stage.bucket.s3.delete_object(Bucket=stage.bucket.name, Key="dev/services/notify_job.tfstate")
    assert old_versions.remove(keeping(stage, 2)) == 5

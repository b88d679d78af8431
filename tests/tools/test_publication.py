"""What a deploy has published is found by what it runs, and deployed only where it was not."""

from __future__ import annotations

import pytest

from tests.tools.bucket import Bucket
from tests.tools.released import Stage
from tools import live, publication
from tools.errors import ToolError

BILLING = "dev-billing_api"


@pytest.fixture
def stage(bucket: Bucket) -> Stage:
    stage = Stage(bucket, "dev").make()
    stage.newest()
    return stage


def test_the_version_is_the_one_with_the_package_not_the_number_of_the_state(stage: Stage) -> None:
    stage.publish("billing_api", "2")
    stage.versions["billing_api"] = "1"  # what an interrupted apply leaves in the state
    stage.save()
    assert stage.publication("billing_api").functions[BILLING].version == "2"


def test_code_that_was_not_published_is_no_deploy(stage: Stage) -> None:
    stage.change_code("billing_api", "2")
    with pytest.raises(ToolError, match="No published version of dev-billing_api runs the package"):
        stage.publication("billing_api")


def test_a_function_that_does_not_run_the_package_is_no_deploy(stage: Stage) -> None:
    outputs = stage.layers.service_outputs()["billing_api"]
    with pytest.raises(ToolError, match="does not run the package that Terraform has applied"):
        publication.publish(stage.bucket.cloud, stage.bucket.account, outputs, "other", None, anew=False)


def test_a_configuration_that_was_not_published_is_no_deploy(stage: Stage) -> None:
    stage.functions.update_function_configuration(FunctionName=BILLING, Timeout=60)
    with pytest.raises(ToolError, match="No published version"):
        stage.publication("billing_api")


def test_an_api_is_deployed_once_for_each_description(stage: Stage) -> None:
    first = stage.newest()["billing_api"].apis
    assert stage.newest()["billing_api"].apis == first
    stage.publish("billing_api", "2", digest="d2")
    second = stage.newest()["billing_api"].apis
    assert second != first
    assert stage.newest()["billing_api"].apis == second


def test_a_deployment_with_the_same_label_is_not_taken_for_the_one_that_was_made(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = stage.newest()["billing_api"].apis
    api, label = stage.apis["billing_api"], f"Body {stage.digests['billing_api']}"
    later = stage.gateway.create_deployment(restApiId=api, description=label)["id"]
    found = live.deployments(stage.bucket.cloud, stage.bucket.account, api)
    dated = [{**one, "createdDate": one["id"] == later} for one in found]  # moto's are of the same second
    monkeypatch.setattr(live, "deployments", lambda *_: dated)
    assert stage.newest()["billing_api"].apis == first


def test_what_was_imported_anew_is_deployed_anew(stage: Stage) -> None:
    first = stage.newest()["billing_api"].apis
    assert stage.publication("billing_api", anew=True).standing.apis != first


def test_what_somebody_removed_does_not_stand(stage: Stage) -> None:
    made = stage.publication("billing_api")
    cloud, account = stage.bucket.cloud, stage.bucket.account
    outputs = stage.layers.service_outputs()["billing_api"]

    def stands() -> bool:
        return publication.stands(cloud, account, made, live.present(cloud, account, outputs))

    assert stands()
    stage.functions.delete_alias(FunctionName=BILLING, Name="live")
    assert not stands()
    stage.functions.create_alias(FunctionName=BILLING, Name="live", FunctionVersion="1")
    assert stands()
    stage.functions.delete_function(FunctionName=BILLING, Qualifier="1")
    assert not stands()

"""A state that claims what an interrupted apply did not do is corrected, so that Terraform does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.tools.bucket import Bucket
from tests.tools.released import Stage
from tools import state_correction, terraform
from tools.cloud import Cloud
from tools.terraform_unit import Unit

BILLING = "dev-billing_api"


@pytest.fixture
def stage(bucket: Bucket) -> Stage:
    return Stage(bucket, "dev").make()


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """The states that were pushed."""
    states: list[Mapping[str, Any]] = []

    def push(_cloud: Cloud, _unit: Unit, state: Mapping[str, Any]) -> None:
        states.append(state)

    monkeypatch.setattr(terraform, "push", push)
    return states


def unit_of(stage: Stage, code: str) -> Unit:
    """The unit of billing_api, whose state claims that the function has `code`."""
    api = {"id": stage.apis["billing_api"], "name": BILLING, "body": "{}"}
    function = {"function_name": BILLING, "source_code_hash": code}
    resources = [
        {"mode": "managed", "type": "aws_lambda_function", "instances": [{"attributes": function}]},
        {"mode": "managed", "type": "aws_api_gateway_rest_api", "instances": [{"attributes": api}]},
    ]
    key = "dev/services/billing_api.tfstate"
    stage.bucket.put(key, {"serial": 7, "outputs": {}, "resources": resources})
    return Unit("service", key, stage.bucket.account, {})


def code_of(stage: Stage) -> str:
    found: str = stage.functions.get_function_configuration(FunctionName=BILLING)["CodeSha256"]
    return found


def attributes(state: Mapping[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        resource["instances"][0]["attributes"] for resource in state["resources"] if resource["type"] == kind
    )
    return found


def test_a_state_that_is_right_is_left_alone(stage: Stage, pushed: list[Mapping[str, Any]]) -> None:
    unit = unit_of(stage, code_of(stage))
    assert state_correction.correct(stage.bucket.cloud, unit, apis_too=False) == ""
    assert state_correction.unpublished(stage.bucket.cloud, unit) == []
    assert pushed == []


def test_code_that_never_arrived_is_sent_again(stage: Stage, pushed: list[Mapping[str, Any]]) -> None:
    unit = unit_of(stage, "the new code")
    assert state_correction.correct(stage.bucket.cloud, unit, apis_too=False) == f"repaired {BILLING}"
    (state,) = pushed
    assert state["serial"] == 8
    assert attributes(state, "aws_lambda_function")["source_code_hash"] == ""
    assert attributes(state, "aws_api_gateway_rest_api")["body"] == "{}"


def test_code_that_arrived_and_was_not_published_is_published(
    stage: Stage, pushed: list[Mapping[str, Any]]
) -> None:
    stage.change_code("billing_api", "2")
    unit = unit_of(stage, code_of(stage))
    assert state_correction.unpublished(stage.bucket.cloud, unit) == [BILLING]
    state_correction.correct(stage.bucket.cloud, unit, apis_too=False)
    assert attributes(pushed[0], "aws_lambda_function")["source_code_hash"] == ""


def test_an_api_is_described_anew_where_that_was_interrupted(
    stage: Stage, pushed: list[Mapping[str, Any]]
) -> None:
    unit = unit_of(stage, code_of(stage))
    assert state_correction.correct(stage.bucket.cloud, unit, apis_too=True) == f"repaired API {BILLING}"
    assert attributes(pushed[0], "aws_api_gateway_rest_api")["body"] == ""


def test_a_function_that_is_gone_is_terraforms_to_make(stage: Stage, pushed: list[Mapping[str, Any]]) -> None:
    unit = unit_of(stage, code_of(stage))
    stage.functions.delete_function(FunctionName=BILLING)
    assert state_correction.correct(stage.bucket.cloud, unit, apis_too=False) == ""
    assert pushed == []

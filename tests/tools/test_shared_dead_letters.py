"""Going over from the dead-letter queue that all subscribers shared: nothing that lies in it is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.tools.bucket import Bucket
from tools import shared_dead_letters
from tools.cloud import client
from tools.errors import ToolError
from tools.layers import Layers
from tools.permission import Permission
from tools.terraform_unit import Unit

ADDRESS = "module.notify_dead_letters[0].aws_sqs_queue.this"
READS = ["dev/stage#notify_dead_letter_queue_arn", "dev/stage#api_url"]


@pytest.fixture(autouse=True)
def _stage_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stage layer without what it takes from an account that is built."""

    def unit(layers: Layers) -> Unit:
        return Unit("stage", layers.stage_key, layers.stage.account, {"stage": layers.stage.name})

    monkeypatch.setattr(Layers, "stage_unit", unit)


@pytest.fixture
def url(bucket: Bucket) -> str:
    """The old queue of the stage dev, to which no deployed service sends any more."""
    found: str = sqs(bucket).create_queue(QueueName="notes-dev-notify-dead-letters")["QueueUrl"]
    deployed(bucket, found, reads=["dev/stage#api_url"])
    return found


def sqs(bucket: Bucket) -> Any:
    return client(bucket.cloud, bucket.account, "sqs")


def deployed(bucket: Bucket, url: str, reads: list[str]) -> None:
    bucket.deployed("dev", services={"notify_job": reads, "notes_api": ["dev/stage#api_url"]})
    outputs = {"notify_dead_letter_queue_url": {"value": url}} if url else {}
    bucket.put("dev/stage.tfstate", {"resources": [{}], "outputs": outputs})


def keeps(layers: Layers) -> bool:
    """Whether a deploy leaves the old queue in the stage layer."""
    variables = shared_dead_letters.stage_unit(layers).variables
    assert variables["stage"] == "dev"
    return bool(variables.get("shared_dead_letters"))


def test_a_stage_that_never_had_it_knows_nothing_of_it(bucket: Bucket) -> None:
    for outputs in (False, True):
        if outputs:
            deployed(bucket, "", reads=["dev/stage#api_url"])
        layers = bucket.layers("dev")
        assert "shared_dead_letters" not in shared_dead_letters.stage_unit(layers).variables
        assert shared_dead_letters.check(layers) == ""


def test_it_stays_while_a_deployed_service_sends_to_it(bucket: Bucket, url: str) -> None:
    deployed(bucket, url, READS)
    layers = bucket.layers("dev")
    assert keeps(layers)
    assert "notify_job may still send to it" in shared_dead_letters.check(layers)


def test_a_service_of_which_nobody_knows_may_send_to_it(bucket: Bucket, url: str) -> None:
    bucket.put("dev/services/notify_job.tfstate", {"resources": [{}], "outputs": {"new": {"value": 1}}})
    assert keeps(bucket.layers("dev")), f"{url}: an interrupted deploy wrote the state and no record"


def test_the_next_deploy_removes_it_once_it_is_empty(bucket: Bucket, url: str) -> None:
    layers = bucket.layers("dev")
    assert not keeps(layers), url
    assert "a deploy removes it" in shared_dead_letters.check(layers)


@pytest.mark.parametrize("state", ["visible", "in flight", "delayed"])
@pytest.mark.parametrize("sends", [True, False])
def test_it_stays_with_a_message_in_it_and_the_command_is_said(
    bucket: Bucket, url: str, state: str, sends: bool
) -> None:
    deployed(bucket, url, READS if sends else ["dev/stage#api_url"])
    sqs(bucket).send_message(QueueUrl=url, MessageBody="m", DelaySeconds=600 if state == "delayed" else 0)
    if state == "in flight":
        sqs(bucket).receive_message(QueueUrl=url, VisibilityTimeout=600)
    layers = bucket.layers("dev")
    assert keeps(layers)
    with pytest.raises(ToolError, match="1 message is in it") as refused:
        shared_dead_letters.check(layers)
    assert "make redrive ENV=dev" in refused.value.next_step
    assert f"ALLOW_DESTROY='{ADDRESS}'" in refused.value.next_step


def test_only_a_permission_lets_messages_be_lost_and_never_while_a_service_sends(
    bucket: Bucket, url: str
) -> None:
    sqs(bucket).send_message(QueueUrl=url, MessageBody="no function can process it")
    allowed = replace(bucket.layers("dev"), permission=Permission(frozenset({ADDRESS})))
    assert not keeps(allowed)
    deployed(bucket, url, READS)
    assert keeps(allowed)

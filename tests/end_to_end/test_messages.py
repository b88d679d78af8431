"""One SMS however often an event comes; what cannot be processed waits in the dead-letter queue."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from shared import events
from tests.end_to_end.conftest import Deployed
from tests.end_to_end.outages import records_out_of_reach
from tests.end_to_end.shop import Shop
from tests.waiting import eventually
from tools.api_client import User

GIVEN_UP = 60  # seconds: three attempts, with pauses that the local cloud shortens


@pytest.fixture(scope="module")
def notify(stage_outputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The function that sends the SMS."""
    found: Mapping[str, Any] = stage_outputs["services"]["notify_job"]["functions"]["notify"]
    return found


@pytest.fixture(scope="module")
def queue(notify: Mapping[str, Any]) -> str:
    """Where its dead letters lie."""
    url: str = notify["dead_letter_queue_url"]
    return url


@pytest.fixture
def shop(deployed: Deployed, queue: str) -> Iterator[Shop]:
    """The shop with an empty dead-letter queue, before and after."""
    found, sqs = Shop(deployed), deployed.root("dev", "sqs")
    sqs.purge_queue(QueueUrl=queue)
    eventually(lambda: found.lying_in(queue) == 0, what="the purge")
    yield found
    sqs.purge_queue(QueueUrl=queue)


def _buy(user: User) -> dict[str, Any]:
    """A purchase that somebody makes, as the API tells it."""
    order = {"storage": 7, "payment_method": "pm_card_visa"}
    answer = user.call("POST", "/billing", order, {"Idempotency-Key": uuid.uuid4().hex})
    assert answer.status_code == 201, answer.text
    purchase: dict[str, Any] = answer.json()
    return purchase


def test_an_event_that_comes_again_sends_nothing(
    deployed: Deployed, shop: Shop, user: User, notify: Mapping[str, Any]
) -> None:
    purchase = _buy(user)
    shop.wait_until_announced(purchase["purchase_id"])
    event = events.purchase_paid(purchase, user.identity_id)
    for _ in range(3):
        deployed.root("dev", "sns").publish(
            TopicArn=shop.names["topic_arn"], Subject=events.SUBJECT, Message=json.dumps(event)
        )

    def refused() -> bool:
        found = deployed.root("dev", "logs").filter_log_events(
            logGroupName=notify["log_group"], filterPattern=f'"{event["id"]}"'
        )
        return sum("sms was sent before" in line["message"] for line in found["events"]) >= 3

    eventually(refused, what="the third repeat")
    assert len(shop.texts(purchase["purchase_id"])) == 1


def test_a_purchase_that_cannot_be_told_is_told_after_the_repair(
    deployed: Deployed, shop: Shop, user: User, notify: Mapping[str, Any], queue: str
) -> None:
    with records_out_of_reach(deployed, notify):
        purchase = _buy(user)
        eventually(lambda: shop.lying_in(queue) >= 1, GIVEN_UP, "the dead letter")
        assert shop.texts(purchase["purchase_id"]) == []
        again = deployed.command("redrive", "local", check=False, YES="1")
        assert again.returncode == 1
        assert "failed again" in again.stderr
        assert shop.lying_in(queue) >= 1, "redrive lost a message"
    told = deployed.command("redrive", "local", YES="1")
    assert "0 failed" in told.stdout
    assert shop.lying_in(queue) == 0
    assert len(shop.texts(purchase["purchase_id"])) == 1


def test_an_undelivered_notification_is_brought_back(
    deployed: Deployed, shop: Shop, user: User, queue: str
) -> None:
    """As SNS itself puts one there when it cannot call the function: without attributes, having none."""
    purchase = _buy(user)
    shop.wait_until_announced(purchase["purchase_id"])
    other = events.purchase_paid({**purchase, "purchase_id": str(uuid.uuid4())}, user.identity_id)
    notification = {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": shop.names["topic_arn"],
        "Subject": events.SUBJECT,
        "Message": json.dumps(other),
    }
    deployed.root("dev", "sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(notification))
    deployed.command("redrive", "local", YES="1")
    assert shop.lying_in(queue) == 0
    assert len(shop.texts(other["purchase_id"])) == 1


def test_what_is_no_event_ends_in_the_dead_letter_queue(deployed: Deployed, shop: Shop, queue: str) -> None:
    nonsense = json.dumps({"version": 99, "id": uuid.uuid4().hex})
    deployed.root("dev", "sns").publish(
        TopicArn=shop.names["topic_arn"], Subject=events.SUBJECT, Message=nonsense
    )
    eventually(lambda: shop.lying_in(queue) == 1, GIVEN_UP, "the dead letter")
    [message] = deployed.root("dev", "sqs").receive_message(QueueUrl=queue, VisibilityTimeout=0)["Messages"]
    letter = json.loads(message["Body"])
    assert letter["requestPayload"]["Records"][0]["Sns"]["Message"] == nonsense
    finished = deployed.command("redrive", "local", check=False, YES="1")
    assert finished.returncode == 1
    assert "1 failed again" in finished.stdout
    assert "make logs" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert shop.lying_in(queue) == 1


def test_the_dead_letter_queue_has_an_alarm(deployed: Deployed, shop: Shop, queue: str) -> None:
    alarms = deployed.root("dev", "cloudwatch").describe_alarms()["MetricAlarms"]
    watched = {"Name": "QueueName", "Value": queue.rsplit("/", 1)[-1]}
    [alarm] = [alarm for alarm in alarms if watched in alarm["Dimensions"]]
    assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert alarm["AlarmActions"] == [shop.names["alarm_topic_arn"]]
    assert alarm["ActionsEnabled"]


def test_every_function_has_an_alarm_for_errors(
    deployed: Deployed, shop: Shop, stage_outputs: Mapping[str, Any]
) -> None:
    alarms = deployed.root("dev", "cloudwatch").describe_alarms()["MetricAlarms"]
    watched = {
        dimension["Value"]
        for alarm in alarms
        for dimension in alarm["Dimensions"]
        if alarm["MetricName"] == "Errors" and alarm["AlarmActions"] == [shop.names["alarm_topic_arn"]]
    }
    functions = {
        function["name"]
        for service in stage_outputs["services"].values()
        for function in service["functions"].values()
    }
    assert functions <= watched

"""Two subscribers that both fail: each message waits for, and goes back to, the function that failed on it.

They are in the stage `local`, in which an older deploy left the queue that all subscribers shared.
"""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from shared import events
from tests.end_to_end import second_subscriber
from tests.end_to_end.checkouts import Checkout
from tests.end_to_end.conftest import Deployed
from tests.end_to_end.outages import records_out_of_reach
from tests.end_to_end.shop import Shop
from tests.waiting import eventually
from tools import state_bucket

GIVEN_UP = 60  # seconds: three attempts, with pauses that the local cloud shortens
AUDIT = f"{second_subscriber.NAME}.{second_subscriber.FUNCTION}"
NOTIFY = "notify_job.notify"


@dataclass(frozen=True)
class Subscribers:
    """The two functions by name, and a checkout that has both."""

    shop: Shop
    checkout: Checkout
    functions: Mapping[str, Mapping[str, Any]]

    def waiting(self) -> dict[str, int]:
        """How many dead letters each has."""
        return {
            name: self.shop.lying_in(function["dead_letter_queue_url"])
            for name, function in self.functions.items()
        }

    def announce(self) -> str:
        """Tell both of a purchase, once; its id. Billing itself may tell of one twice."""
        purchase = {"purchase_id": str(uuid.uuid4()), "storage": 7, "amount": 2800, "currency": "usd"}
        event = events.purchase_paid({**purchase, "created_at": "2026-01-01T00:00:00.000Z"}, "somebody")
        self.shop.deployed.root("dev", "sns").publish(
            TopicArn=self.shop.names["topic_arn"], Subject=events.SUBJECT, Message=json.dumps(event)
        )
        return str(purchase["purchase_id"])

    def recorded(self, purchase: str) -> bool:
        """Whether the second one processed a purchase."""
        found = self.shop.deployed.root("dev", "dynamodb").get_item(
            TableName=self.shop.names["notifications_table_name"],
            Key=second_subscriber.record_of(purchase),
            ConsistentRead=True,
        )
        return "Item" in found

    def redrive(self, **variables: str) -> tuple[int, str]:
        """Run it without a terminal; exit status and what it said."""
        finished = self.checkout.command("redrive", "local", **variables)
        return finished.returncode, finished.stdout + finished.stderr


@pytest.fixture(scope="module")
def both(
    deployed: Deployed, stage_outputs: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Subscribers]:
    """The stage with a second subscriber and the old queue; both are gone afterwards."""
    checkout = Checkout.made(tmp_path_factory.mktemp("checkout"), deployed)
    second_subscriber.add_to(checkout.folder)
    old = checkout.folder / "terraform/stage/shared_dead_letters.tf"
    text = old.read_text()
    assert "var.shared_dead_letters ?" in text
    old.write_text(text.replace("var.shared_dead_letters ?", "true ?"))
    began = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    made = checkout.command("deploy", "local", SERVICE=second_subscriber.NAME)
    assert "no longer used: a deploy removes it" in made.stderr, made.stderr
    layers = deployed.layers("local")
    key = f"local/services/{second_subscriber.NAME}.tfstate"
    outputs = state_bucket.outputs(deployed.cloud, layers.stage.account, key)
    assert outputs is not None
    functions = {
        NOTIFY: stage_outputs["services"]["notify_job"]["functions"]["notify"],
        AUDIT: outputs["functions"][second_subscriber.FUNCTION],
    }
    subscribers = Subscribers(Shop(deployed), checkout, functions)
    # The journey that ends a deploy waits for the SMS, not for the second subscriber.
    subscribers.shop.wait_for_webhooks()
    journeys = subscribers.shop.paid_since(began)
    eventually(lambda: all(map(subscribers.recorded, journeys)), GIVEN_UP, "the journey's own message")
    yield subscribers
    gone = checkout.command("destroy", "local", SERVICE=second_subscriber.NAME, CONFIRM="local")
    assert gone.returncode == 0, gone.stderr
    deployed.command("deploy", "local")


def test_each_message_goes_back_to_the_function_that_failed_on_it(
    deployed: Deployed, both: Subscribers
) -> None:
    with records_out_of_reach(deployed, *both.functions.values()):
        purchase = both.announce()
        eventually(lambda: both.waiting() == {NOTIFY: 1, AUDIT: 1}, GIVEN_UP, "a dead letter of each")

        status, said = both.redrive(DRY="1")
        assert status == 0, said
        for name in (NOTIFY, AUDIT):
            assert [name, "1", "0"] in [line.split() for line in said.splitlines()]
        assert "AccessDenied" in said, "why it failed"
        assert purchase not in said, "what a message says is not shown"

        status, said = both.redrive()
        assert (status, "make redrive ENV=local" in said) == (2, True), said
        status, said = both.redrive(FUNCTION="audit")
        assert (status, "0 processed, 1 failed again" in said) == (1, True), said
        assert both.waiting() == {NOTIFY: 1, AUDIT: 1}
    assert not both.recorded(purchase)

    status, said = both.redrive(FUNCTION="audit")
    assert status == 0, said
    assert both.recorded(purchase)
    assert both.waiting() == {NOTIFY: 1, AUDIT: 0}
    assert both.shop.texts(purchase) == []

    status, said = both.redrive(YES="1")
    assert status == 0, said
    assert both.waiting() == {NOTIFY: 0, AUDIT: 0}
    assert len(both.shop.texts(purchase)) == 1


def test_going_over_from_the_shared_queue_loses_nothing(deployed: Deployed, both: Subscribers) -> None:
    sqs, url = deployed.root("dev", "sqs"), both.shop.names["notify_dead_letter_queue_url"]
    with records_out_of_reach(deployed, *both.functions.values()):
        purchase = both.announce()
        eventually(lambda: both.waiting() == {NOTIFY: 1, AUDIT: 1}, GIVEN_UP, "a dead letter of each")
    for function in both.functions.values():  # into the old queue, where an older deploy had sent them
        own = function["dead_letter_queue_url"]
        [message] = sqs.receive_message(QueueUrl=own)["Messages"]
        assert json.loads(message["Body"])["requestPayload"]
        sqs.send_message(QueueUrl=url, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=own, ReceiptHandle=message["ReceiptHandle"])

    for command in ("plan", "deploy"):
        refused = deployed.command(command, "local", check=False)
        assert refused.returncode == 1, refused.stderr
        assert "2 messages are in it" in refused.stderr
        assert "make redrive ENV=local" in refused.stderr
    assert both.shop.lying_in(url) == 2

    status, said = both.redrive(YES="1")
    assert status == 0, said
    assert "2 processed" in said
    assert both.recorded(purchase)
    assert len(both.shop.texts(purchase)) == 1

    removed = deployed.command("deploy", "local")
    assert "2 to delete" in removed.stderr
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_attributes(QueueUrl=url)


def test_dead_letters_are_not_destroyed_with_their_service_unasked(
    deployed: Deployed, both: Subscribers
) -> None:
    sqs, url = deployed.root("dev", "sqs"), both.functions[AUDIT]["dead_letter_queue_url"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    refused = both.checkout.command("destroy", "local", SERVICE=second_subscriber.NAME)
    assert refused.returncode == 1
    assert "1 of audit_job" in refused.stderr
    assert "make redrive ENV=local" in refused.stderr
    assert both.waiting()[AUDIT] == 1
    sqs.purge_queue(QueueUrl=url)

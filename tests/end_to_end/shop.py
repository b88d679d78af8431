"""What is known of purchases: at Stripe's mock, in the tables, on the admin's phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import requests

from shared import events
from tests.end_to_end.conftest import Deployed
from tests.waiting import eventually

SECONDS = 30


@dataclass(frozen=True)
class Shop:
    """A stage, `local` unless said otherwise, as its operator sees it."""

    deployed: Deployed
    env: str = "local"

    @cached_property
    def names(self) -> Mapping[str, Any]:
        """The outputs of the stage layer."""
        layers = self.deployed.layers(self.env)
        return layers.read(layers.stage_unit())

    @property
    def account(self) -> str:
        """The name of its account."""
        return self.deployed.organisation.stage(self.env).account.name

    def purchases(self, user_id: str) -> dict[str, Mapping[str, Any]]:
        """A user's purchases by id, as they are recorded."""
        pages = (
            self.deployed.root(self.account, "dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=self.names["purchases_table_name"],
                KeyConditionExpression="user_id = :user",
                ExpressionAttributeValues={":user": {"S": user_id}},
                ConsistentRead=True,
            )
        )
        return {item["purchase_id"]["S"]: item for page in pages for item in page["Items"]}

    def paid_since(self, moment: str) -> list[str]:
        """The ids of everybody's paid purchases since then (RFC 3339, UTC)."""
        pages = (
            self.deployed.root(self.account, "dynamodb")
            .get_paginator("scan")
            .paginate(TableName=self.names["purchases_table_name"], ConsistentRead=True)
        )
        items = [item for page in pages for item in page["Items"]]
        paid = [item for item in items if item["status"]["S"] == "paid" and item["created_at"]["S"] >= moment]
        return [item["purchase_id"]["S"] for item in paid]

    def charges(self, purchase_id: str) -> list[Mapping[str, Any]]:
        """The charges at Stripe that took money for a purchase."""
        found = self.stripe("/v1/payment_intents/search", query=f"metadata['purchase_id']:'{purchase_id}'")
        return [
            charge
            for intent in found
            for charge in self.stripe("/v1/charges", payment_intent=intent["id"])
            if charge["paid"]
        ]

    def stripe(self, path: str, **query: str) -> list[Mapping[str, Any]]:
        """A list at Stripe's mock, by the stage's own key."""
        url = self.deployed.layers(self.env).service_outputs()["stripe_mock"]["api_url"]
        answer = requests.get(
            f"{url}{path}",
            params={"limit": "100", **query},
            headers={"Authorization": f"Bearer {self.secret('stripe-key')}"},
            timeout=SECONDS,
        )
        assert answer.status_code == 200, answer.text
        assert not answer.json()["has_more"]
        data: list[Mapping[str, Any]] = answer.json()["data"]
        return data

    def secret(self, name: str) -> str:
        """The value of one of the stage's secrets."""
        store = self.deployed.root(self.account, "secretsmanager")
        value: str = store.get_secret_value(SecretId=self.names["secrets"][name]["name"])["SecretString"]
        return value

    def texts(self, purchase_id: str) -> list[str]:
        """The SMS about a purchase."""
        account = self.deployed.organisation.accounts[self.account].id
        url = f"{self.deployed.cloud.endpoint_url}/_ministack/sns/sms-messages?account={account}"
        sent = requests.get(url, timeout=SECONDS).json()["sms_messages"]
        return [
            message["Message"]
            for messages in sent.values()
            for message in messages
            if purchase_id in message["Message"]
        ]

    def wait_until_announced(self, purchase_id: str, seconds: float = SECONDS) -> None:
        """Until the SMS about a purchase is recorded as sent."""
        event_id = events.purchase_paid(
            {"purchase_id": purchase_id, "storage": 1, "amount": 1, "currency": "", "created_at": ""}, ""
        )["id"]
        dynamodb = self.deployed.root(self.account, "dynamodb")

        def sent() -> bool:
            found = dynamodb.get_item(
                TableName=self.names["notifications_table_name"],
                Key={"event_id": {"S": event_id}},
                ConsistentRead=True,
            )
            return "sent_at" in found.get("Item", {})

        eventually(sent, seconds, f"the SMS about {purchase_id}")

    def wait_for_webhooks(self) -> None:
        """Until Stripe's mock has delivered all it has to tell."""
        eventually(lambda: self.waiting("stripe_mock_queue") == 0, 60, "the last webhook")

    def waiting(self, queue: str) -> int:
        """How many messages a queue of the stage layer holds, those being worked on included."""
        return self.lying_in(self.names[f"{queue}_url"])

    def lying_in(self, url: str) -> int:
        """The same of any queue."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.deployed.root(self.account, "sqs").get_queue_attributes(
            QueueUrl=url, AttributeNames=names
        )["Attributes"]
        return sum(int(found[name]) for name in names)

"""Billing in this process, on moto, against the real Stripe mock, which runs here too."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import boto3.dynamodb.conditions
import botocore.client
import pytest
import requests
import stripe
from chalice.test import Client
from moto import mock_aws

SERVICE = Path(__file__).parents[1]
REPOSITORY = SERVICE.parent
REGION = "us-east-1"
STRIPE = "http://stripe.test/stripe"  # a base with a path, as on the local cloud


def pytest_configure(config: pytest.Config) -> None:
    """Chalice's test client has no IAM and says so each time."""
    config.addinivalue_line("filterwarnings", "ignore:IAMAuthorizer is not a supported:UserWarning")


class Stopped(BaseException):
    """The function was stopped here: nothing in the code catches this."""


@dataclass
class World:
    """The outside: every call that billing makes passes here, to be counted, stopped or spoiled."""

    effects: list[str] = field(default_factory=list)
    stop_at: tuple[int, str] | None = None
    spoil: list[Callable[[Callable[[], Any]], Any]] = field(default_factory=list)
    inside_stripe: bool = False
    headers: list[dict[str, str]] = field(default_factory=list)

    def call(self, name: str, make: Callable[[], Any]) -> Any:
        """Makes a call, or stops right before or after it."""
        number = len(self.effects)
        self.effects.append(name)
        if self.stop_at == (number, "before"):
            raise Stopped
        try:
            return make()
        finally:
            if self.stop_at == (number, "after"):
                raise Stopped

    @contextlib.contextmanager
    def stripe_works(self) -> Iterator[None]:
        """What the mock itself calls is not billing's doing."""
        self.inside_stripe = True
        try:
            yield
        finally:
            self.inside_stripe = False


@pytest.fixture(scope="session")
def cloud() -> Iterator[SimpleNamespace]:
    """Tables, topic and secrets as the stage makes them, and the apps of billing and of the mock."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        queue = boto3.client("sqs").create_queue(QueueName="listener")["QueueUrl"]
        topic = boto3.client("sns").create_topic(Name="purchases")["TopicArn"]
        queue_arn = f"arn:aws:sqs:{REGION}:123456789012:listener"
        boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
        for name, value in {
            "PURCHASES_TABLE": "purchases",
            "PURCHASES_DUE_INDEX": "due",
            "PURCHASE_TOPIC_ARN": topic,
            "STRIPE_API_BASE": STRIPE,
            "STRIPE_KEY_SECRET": "stripe-key",
            "STRIPE_WEBHOOK_SECRET": "webhook-secret",
            "MOCK_TABLE": "stripe-mock",
            "MOCK_QUEUE_URL": "unused: nobody registers a webhook endpoint here",
            "MOCK_QUEUE_ARN": queue_arn,
            "ALLOWED_ORIGINS": "https://app.example",
        }.items():
            patch.setenv(name, value)
        patch.syspath_prepend(str(REPOSITORY))
        mock = _load(patch, REPOSITORY / "stripe_mock")
        for module in [name for name in sys.modules if name == "app" or name.split(".")[0] == "chalicelib"]:
            del sys.modules[module]  # both services have packages of these names
        billing = _load(patch, SERVICE)
        with Client(mock.app) as stripe_client, Client(billing.app) as client:
            yield SimpleNamespace(queue=queue, topic=topic, stripe=stripe_client, client=client, app=billing)


@pytest.fixture
def world(cloud: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> World:
    """The seams where billing's calls to AWS and to Stripe pass."""
    world = World()
    make_api_call = botocore.client.BaseClient._make_api_call

    def api_call(client: Any, operation: str, parameters: Any) -> Any:
        if world.inside_stripe:
            return make_api_call(client, operation, parameters)
        return world.call(operation, lambda: make_api_call(client, operation, parameters))

    def send(_adapter: Any, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        spoil = world.spoil.pop(0) if world.spoil else _unspoilt
        answer: requests.Response = world.call(
            "stripe", lambda: spoil(lambda: _stripe_answer(cloud, world, request))
        )
        return answer

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", api_call)
    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.0)
    return world


@pytest.fixture
def shop(cloud: SimpleNamespace, world: World, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A user with an account of Stripe's that nobody else uses."""
    return Shop(cloud, world, monkeypatch)


class Shop:
    """What a test does and sees: a user's requests, Stripe's webhooks, the schedule; charges and events."""

    Stopped = Stopped

    def __init__(self, cloud: SimpleNamespace, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cloud, self.world, self.patch = cloud, world, monkeypatch
        self.key = f"sk_test_{uuid.uuid4().hex}"
        self.webhook_secret = f"whsec_{uuid.uuid4().hex}"
        self.write_secret("stripe-key", self.key)
        self.write_secret("webhook-secret", self.webhook_secret)
        self.start_afresh()

    def start_afresh(self) -> None:
        """A new user, empty tables (moto copies whole ones: small is fast), a function that has not run."""
        for table in boto3.client("dynamodb").list_tables()["TableNames"]:
            boto3.client("dynamodb").delete_table(TableName=table)
        make_tables()
        self.new_user()
        self.forget_secrets()
        self.world.effects.clear()

    def new_user(self) -> str:
        """From now on another user buys."""
        self.user = f"us-east-1:{uuid.uuid4()}"
        self.patch.setenv("DEVELOPMENT_IDENTITY_ID", self.user)
        return self.user

    def write_secret(self, name: str, value: str) -> None:
        """Writes a secret as `make secret` does."""
        client = boto3.client("secretsmanager")
        try:
            client.put_secret_value(SecretId=name, SecretString=value)
        except client.exceptions.ResourceNotFoundException:
            client.create_secret(Name=name, SecretString=value)

    def forget_secrets(self) -> None:
        """As a new instance of the function, which has read none yet."""
        from shared import secrets

        secrets._known.clear()

    def buy(
        self, key: str | None = "k", body: Any = None, headers: dict[str, str] | None = None, **order: Any
    ) -> Any:
        """POST / with an order; gives the answer."""
        sent = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key is not None else {})
        order = {"storage": 3, "payment_method": "pm_card_visa"} | order
        content = body if isinstance(body, bytes) else json.dumps(order if body is None else body).encode()
        return self.cloud.client.http.post("/", headers=sent | (headers or {}), body=content)

    def get(self, purchase_id: str) -> Any:
        """GET /{purchase_id}."""
        return self.cloud.client.http.get(f"/{purchase_id}")

    def webhook(self, event: Any, secret: str | None = None, at: int | None = None, **headers: str) -> Any:
        """POST /webhook with an event, signed as Stripe signs."""
        body = event if isinstance(event, str) else json.dumps(event)
        signed = stripe.WebhookSignature.generate_signature_header(
            body, secret or self.webhook_secret, at or int(time.time())
        )
        sent = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signed} | headers
        return self.cloud.client.http.post("/webhook", headers=sent, body=body.encode())

    def settle(self, later: timedelta = timedelta(minutes=10), seconds_left: float = 60) -> None:
        """The schedule's call, some time from now."""
        context = SimpleNamespace(
            get_remaining_time_in_millis=lambda: seconds_left * 1000, aws_request_id="r"
        )
        event = {"source": "aws.events", "detail-type": "", "detail": {}, "version": "0", "account": "",
                 "time": "", "region": "", "resources": [], "id": ""}  # fmt: skip
        with self.at(later):
            self.cloud.app.settle(event, context)

    @contextlib.contextmanager
    def at(self, later: timedelta) -> Iterator[None]:
        """Billing's clock runs ahead."""
        from chalicelib import times

        now = times.now
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(times, "now", lambda: now() + later)
            yield

    def item(self) -> dict[str, Any]:
        """The user's one purchase as it is recorded."""
        [item] = self.items()
        return item

    def items(self) -> list[dict[str, Any]]:
        """All purchases of the user as they are recorded."""
        condition = boto3.dynamodb.conditions.Key("user_id").eq(self.user)
        return list(_table().query(KeyConditionExpression=condition)["Items"])

    def change_item(self, **values: str) -> None:
        """Changes attributes of the user's one purchase."""
        item = self.item() | values
        _table().put_item(Item=item)

    def stripe(self, method: str, path: str, body: str = "") -> Any:
        """A request of the account's owner to the mock."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/x-www-form-urlencoded"}
        with self.world.stripe_works():
            answer = self.cloud.stripe.http.request(method, path, headers, body.encode())
        assert answer.status_code < 500, answer.body
        return answer.json_body

    def charges(self) -> list[dict[str, Any]]:
        """The user's charges that took money."""
        found = self.stripe("GET", "/v1/charges?limit=100")["data"]
        return [charge for charge in found if charge["paid"] and charge["metadata"]["user_id"] == self.user]

    def intents(self) -> list[dict[str, Any]]:
        """The user's PaymentIntents."""
        found = self.stripe("GET", "/v1/payment_intents?limit=100")["data"]
        return [intent for intent in found if intent["metadata"].get("user_id") == self.user]

    def stripe_events(self) -> list[dict[str, Any]]:
        """What Stripe would send about the user's purchases, oldest first."""
        found = self.stripe("GET", "/v1/events?limit=100")["data"]
        return [e for e in reversed(found) if e["data"]["object"]["metadata"].get("user_id") == self.user]

    def announcements(self) -> list[dict[str, Any]]:
        """The user's events that came over the topic since the last look."""
        sqs, found = boto3.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=self.cloud.queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                envelope = json.loads(message["Body"])
                assert envelope["Subject"]
                found.append(json.loads(envelope["Message"]))
                sqs.delete_message(QueueUrl=self.cloud.queue, ReceiptHandle=message["ReceiptHandle"])
        return [event for event in found if event["user_id"] == self.user]


def _unspoilt(answer: Callable[[], Any]) -> Any:
    return answer()


def _stripe_answer(
    cloud: SimpleNamespace, world: World, request: requests.PreparedRequest
) -> requests.Response:
    body = (request.body or "").encode() if isinstance(request.body, str) else request.body or b""
    world.headers.append(dict(request.headers))
    with world.stripe_works():
        path = str(request.url).removeprefix(STRIPE)
        answer = cloud.stripe.http.request(request.method, path, dict(request.headers), body)
    response = requests.Response()
    response.status_code, response._content, response.request = answer.status_code, answer.body, request
    response.headers.update(answer.headers)
    return response


def _load(patch: pytest.MonkeyPatch, service: Path) -> Any:
    patch.syspath_prepend(str(service))
    app = importlib.import_module("app")
    if service != SERVICE:
        sys.path.remove(str(service))
    return app


def make_tables() -> None:
    attributes = ("user_id", "purchase_id", "due", "due_at")
    boto3.client("dynamodb").create_table(
        TableName="purchases",
        KeySchema=_keys("user_id", "purchase_id"),
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in attributes],
        GlobalSecondaryIndexes=[
            {"IndexName": "due", "KeySchema": _keys("due", "due_at"), "Projection": {"ProjectionType": "ALL"}}
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    boto3.client("dynamodb").create_table(
        TableName="stripe-mock",
        KeySchema=_keys("pk", "sk"),
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )


def _keys(partition: str, sort: str) -> Any:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def _table() -> Any:
    return boto3.resource("dynamodb").Table(os.environ["PURCHASES_TABLE"])

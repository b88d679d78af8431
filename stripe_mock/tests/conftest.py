"""The mock in this process, on moto, called by Stripe's own client."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
import stripe
from chalice.test import Client
from moto import mock_aws

SERVICE = Path(__file__).parents[1]
sys.path[:0] = [str(SERVICE), str(SERVICE.parent)]

REGION = "us-east-1"
TABLE = "stripe-mock"

Create = Callable[..., stripe.PaymentIntent]
ClientFor = Callable[[str], stripe.StripeClient]


class InProcess(stripe.HTTPClient):
    """Stripe's client talks to the Chalice app without a network, and remembers the last answer's headers."""

    name = "in-process"

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.client = client
        self.last_headers: Mapping[str, str] = {}

    def request(  # type: ignore[override]  # as in Stripe's own clients
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        path, body = url.removeprefix("http://mock"), (post_data or "").encode()
        answer = self.client.http.request(method.upper(), path, dict(headers or {}), body)
        self.last_headers = answer.headers
        return answer.body, answer.status_code, {k.lower(): v for k, v in answer.headers.items()}


@pytest.fixture(autouse=True, scope="session")
def cloud() -> Iterator[str]:
    """A table and a queue as the stage makes them; gives the queue's URL. Each test has its account."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        boto3.client("dynamodb").create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        url = boto3.client("sqs").create_queue(QueueName="webhooks")["QueueUrl"]
        patch.setenv("MOCK_TABLE", TABLE)
        patch.setenv("MOCK_QUEUE_ARN", f"arn:aws:sqs:{REGION}:123456789012:webhooks")
        patch.setenv("MOCK_QUEUE_URL", url)
        yield url


@pytest.fixture
def queued(cloud: str) -> Callable[[], list[str]]:
    """Takes the messages from the queue, which starts empty."""
    sqs = boto3.client("sqs")

    def taken() -> list[str]:
        answer = sqs.receive_message(QueueUrl=cloud, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]

    while taken():
        """What another test left is received, and hidden by that for longer than this test lasts."""
    return taken


@pytest.fixture
def http() -> Iterator[InProcess]:
    """The app behind Stripe's HTTP client."""
    from app import app

    with Client(app) as client:
        yield InProcess(client)


@pytest.fixture
def client_for(http: InProcess) -> ClientFor:
    """Makes Stripe's client with the given key."""
    return lambda key: stripe.StripeClient(
        key, base_addresses={"api": "http://mock"}, http_client=http, max_network_retries=0
    )


@pytest.fixture
def api(client_for: ClientFor) -> stripe.StripeClient:
    """Stripe's client for one account of the mock."""
    return client_for(f"sk_test_{uuid.uuid4().hex}")


@pytest.fixture
def other_api(client_for: ClientFor) -> stripe.StripeClient:
    """Stripe's client for another account."""
    return client_for(f"sk_test_{uuid.uuid4().hex}")


@pytest.fixture
def create(api: stripe.StripeClient) -> Create:
    """Creates a confirmed PaymentIntent; takes what is to differ, and the idempotency key."""

    def created(
        key: str | None = None, client: stripe.StripeClient = api, **changed: Any
    ) -> stripe.PaymentIntent:
        params: Any = {
            "amount": 1200,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "metadata": {"purchase_id": "p-1"},
        }
        return client.v1.payment_intents.create(params | changed, {"idempotency_key": key} if key else None)

    return created


@pytest.fixture
def paid_charges() -> Callable[[stripe.StripeClient], list[stripe.Charge]]:
    """All charges of an account that took money."""

    def found(client: stripe.StripeClient) -> list[stripe.Charge]:
        return [charge for charge in client.v1.charges.list({"limit": 100}).auto_paging_iter() if charge.paid]

    return found

"""Webhook endpoints and signed, retried delivery."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import stripe

Create = Callable[..., stripe.PaymentIntent]
Queued = Callable[[], list[str]]


class Receiver:
    """An HTTP server that keeps what it is sent and answers ``status``."""

    def __init__(self) -> None:
        self.status = 200
        self.received: list[tuple[str, str]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.received.append((self.headers["Stripe-Signature"], body))
                self.send_response(receiver.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr("chalicelib.endpoints._schemes", lambda: {"http"})  # as on a local cloud
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join(10)


def endpoint(api: stripe.StripeClient, url: str, *events: str) -> stripe.WebhookEndpoint:
    params: Any = {"url": url, "enabled_events": list(events)}
    return api.v1.webhook_endpoints.create(params)


def test_event_arrives_signed(
    queued: Queued, api: stripe.StripeClient, receiver: Receiver, create: Create
) -> None:
    from chalicelib import delivery

    hook = endpoint(api, receiver.url, "payment_intent.succeeded")
    intent = create(metadata={"name": "Żółw"})
    [message] = queued()
    delivery.deliver(message)
    [(signature, body)] = receiver.received
    secret = hook.secret
    assert secret is not None
    event = stripe.Webhook.construct_event(body, signature, secret)
    assert event.type == "payment_intent.succeeded"
    assert json.loads(body)["data"]["object"]["id"] == intent.id
    assert json.loads(body)["data"]["object"]["metadata"] == {"name": "Żółw"}
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body.replace("succeeded", "canceled"), signature, secret)


@pytest.mark.parametrize("status", [500, 400, 302])
def test_refused_delivery_raises_so_that_the_queue_retries(
    api: stripe.StripeClient, receiver: Receiver, status: int, create: Create
) -> None:
    from chalicelib import delivery, store

    hook = endpoint(api, receiver.url, "*")
    intent = create()
    account = intent.id[-16:]
    [event, *_] = store.newest_first(account, "evt")
    message = json.dumps({"account": account, "event": event["id"], "endpoint": hook.id})
    receiver.status = status
    with pytest.raises(delivery.NotDeliveredError, match=str(status)):
        delivery.deliver(message)
    receiver.status = 200
    delivery.deliver(message)
    assert len(receiver.received) == 2
    api.v1.webhook_endpoints.delete(hook.id)
    delivery.deliver(message)
    assert len(receiver.received) == 2


def test_only_wanted_events_of_the_own_account_are_queued(
    queued: Queued, api: stripe.StripeClient, other_api: stripe.StripeClient, create: Create
) -> None:
    hook = endpoint(api, "https://example.com/hook", "payment_intent.payment_failed")
    create()
    create(client=other_api)
    assert queued() == []
    with pytest.raises(stripe.CardError):
        create(key="k", payment_method="pm_card_chargeDeclined")
    with pytest.raises(stripe.CardError):
        create(key="k", payment_method="pm_card_chargeDeclined")  # a replay is no event
    [message] = queued()
    assert json.loads(message)["endpoint"] == hook.id


def test_endpoints_are_listed_without_their_secret_and_deleted(api: stripe.StripeClient) -> None:
    hook = endpoint(api, "https://example.com/hook", "*")
    assert hook.secret is not None
    assert hook.secret.startswith("whsec_")
    [listed] = api.v1.webhook_endpoints.list().data
    assert listed.id == hook.id
    assert "secret" not in listed
    assert api.v1.webhook_endpoints.delete(hook.id).deleted is True
    assert api.v1.webhook_endpoints.list().data == []
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.webhook_endpoints.delete(hook.id)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9001/", "ftp://example.com", "https://", "https://[", "x"])
def test_bad_urls(api: stripe.StripeClient, url: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        endpoint(api, url, "*")
    assert caught.value.param == "url"


def test_plain_http_is_for_local_clouds_only(
    api: stripe.StripeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert api.v1.webhook_endpoints.list().data == []  # the clients exist before the variable changes
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert endpoint(api, "http://127.0.0.1:4566/_api/x/billing/webhook", "*").status == "enabled"

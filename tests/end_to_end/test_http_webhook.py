"""Stripe's webhook: public, so that the signature is all that counts."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
import requests

from tests.end_to_end.answers import expect, problem
from tests.end_to_end.conftest import Deployed
from tests.end_to_end.test_http_billing import buy
from tools.api_client import SECONDS, User


class Stripe:
    """Sends events to the stage's webhook, signed as Stripe signs: https://docs.stripe.com/webhooks#verify-manually"""

    def __init__(self, api_url: str, secret: str) -> None:
        self.url = f"{api_url}/billing/webhook"
        self.secret = secret

    def send(
        self, body: bytes, secret: str | None = None, at: float | None = None, signed: bytes | None = None
    ) -> requests.Response:
        moment = int(at if at is not None else time.time())
        text = f"{moment}.".encode() + (signed if signed is not None else body)
        digest = hmac.new((secret or self.secret).encode(), text, hashlib.sha256).hexdigest()
        headers = {"Stripe-Signature": f"t={moment},v1={digest}", "Content-Type": "application/json"}
        return requests.post(self.url, data=body, headers=headers, timeout=SECONDS)


@pytest.fixture(scope="module")
def stripe(deployed: Deployed, stage_outputs: Mapping[str, Any]) -> Stripe:
    """Stripe, with the stage's own webhook secret."""
    stage = deployed.layers("local")
    name = stage.read(stage.stage_unit())["secrets"]["stripe-webhook-secret"]["name"]
    store = deployed.root("dev", "secretsmanager")
    return Stripe(stage_outputs["api_url"], store.get_secret_value(SecretId=name)["SecretString"])


def event(user: User, purchase: Mapping[str, Any]) -> bytes:
    intent = {
        "id": "pi_of_nobody",
        "object": "payment_intent",
        "status": "succeeded",
        "metadata": {"user_id": user.identity_id, "purchase_id": purchase["purchase_id"]},
    }
    whole = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "data": {"object": intent}}
    return json.dumps(whole).encode()


def test_an_event_that_stripe_signed_is_taken_in(user: User, stripe: Stripe) -> None:
    open_ = expect(buy(user, card="pm_card_authenticationRequired"), 201)

    expect(stripe.send(event(user, open_)), 200)

    assert expect(user.call("GET", f"/billing/{open_['purchase_id']}"), 200)["status"] == "paid"


def test_events_of_no_concern_are_taken_in(user: User, stripe: Stripe) -> None:
    nobodys = {"purchase_id": "00000000-0000-0000-0000-000000000000"}

    expect(stripe.send(event(user, nobodys)), 200)
    expect(stripe.send(b'{"id": "evt_2", "object": "event", "type": "customer.created"}'), 200)


def test_an_event_that_stripe_did_not_sign_is_a_400_and_pays_nothing(user: User, stripe: Stripe) -> None:
    open_ = expect(buy(user, card="pm_card_authenticationRequired"), 201)
    body = event(user, open_)

    problem(stripe.send(body, secret="whsec_guessed"), 400)
    problem(stripe.send(body, at=time.time() - 3600), 400)
    problem(stripe.send(body, signed=body + b" "), 400)
    problem(requests.post(stripe.url, data=body, timeout=SECONDS), 400)
    for garbage in ("", "t=,v1=", "nonsense", "t=1,v1=" + "0" * 64):
        answer = requests.post(stripe.url, data=body, headers={"Stripe-Signature": garbage}, timeout=SECONDS)
        problem(answer, 400)

    assert expect(user.call("GET", f"/billing/{open_['purchase_id']}"), 200) == open_


@pytest.mark.parametrize(
    "body", [b"", b"not JSON", b"[]", b"\xff\xfe", b'{"type": "payment_intent.succeeded"}']
)
def test_a_signed_body_that_is_no_event_does_no_harm(stripe: Stripe, body: bytes) -> None:
    answer = stripe.send(body)

    if answer.status_code != 200:
        problem(answer, 400)

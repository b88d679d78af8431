"""Stripe's webhooks: signed, late, twice, out of order."""

from __future__ import annotations

import base64
import itertools
import json
import time
from typing import Any

import pytest


def authenticated(shop: Any) -> list[dict[str, Any]]:
    """Events of a purchase whose first card fails, which asks for authentication, and is paid in the end."""
    purchase = shop.buy(payment_method="pm_card_authenticationRequired").json_body
    intent = f"/v1/payment_intents/{purchase['client_secret'].partition('_secret_')[0]}"
    shop.stripe("POST", f"{intent}/confirm", "payment_method=pm_card_chargeDeclined")
    shop.stripe("POST", f"{intent}/confirm", "payment_method=pm_card_visa")
    kinds = ("payment_intent.payment_failed", "payment_intent.succeeded")
    events = [event for event in shop.stripe_events() if event["type"] in kinds]
    assert len(events) == 2
    processing = json.loads(json.dumps(events[1]))
    processing["type"], processing["data"]["object"]["status"] = "payment_intent.processing", "processing"
    return [*events, processing]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_any_order_and_twice(shop: Any, order: tuple[int, ...]) -> None:
    events = authenticated(shop)
    for number in [*order, *order]:
        assert shop.webhook(events[number]).status_code == 200
    assert shop.item()["status"] == "paid"
    assert "client_secret" not in shop.item()
    assert len(shop.announcements()) == 1


def test_failed_and_canceled(shop: Any) -> None:
    purchase = shop.buy(payment_method="pm_card_authenticationRequired").json_body
    intent = purchase["client_secret"].partition("_secret_")[0]
    shop.stripe("POST", f"/v1/payment_intents/{intent}/cancel")
    for event in shop.stripe_events():
        assert shop.webhook(event).status_code == 200
    assert shop.get(purchase["purchase_id"]).json_body["status"] == "failed"
    assert "due" not in shop.item()


def test_failed_purchase_may_be_paid_later_with_the_same_intent(shop: Any) -> None:
    declined = shop.buy(payment_method="pm_card_chargeDeclined")
    [intent] = shop.intents()
    shop.stripe("POST", f"/v1/payment_intents/{intent['id']}/confirm", "payment_method=pm_card_visa")
    for event in shop.stripe_events():
        shop.webhook(event)
    assert shop.get(declined.json_body["purchase_id"]).json_body["status"] == "paid"
    assert len(shop.announcements()) == 1
    assert shop.buy(payment_method="pm_card_chargeDeclined").body == declined.body


def test_of_no_concern(shop: Any) -> None:
    shop.buy()
    [event] = [event for event in shop.stripe_events() if event["type"] == "payment_intent.succeeded"]
    shop.announcements()
    before = shop.items()
    others = [
        event | {"type": "charge.refunded"},
        event | {"type": None},
        with_metadata(event, {}),
        with_metadata(event, {"user_id": shop.user, "purchase_id": "other"}),
        {},
    ]
    for other in others:
        assert shop.webhook(other).status_code == 200
    assert shop.items() == before
    assert shop.announcements() == []


def test_signature(shop: Any) -> None:
    shop.buy(payment_method="pm_card_authenticationRequired")
    event = json.loads(json.dumps(shop.stripe_events()[0]))
    event["type"], event["data"]["object"]["status"] = "payment_intent.succeeded", "succeeded"
    assert shop.webhook(event, secret="whsec_other").status_code == 400
    assert shop.webhook(event, at=int(time.time()) - 301).status_code == 400
    for header in ("", "t=1", "v1=abc", "t=x,v1=y", "t=1,v1=\u00e9", "t=" + "9" * 4000 + ",v1=a", "," * 5000):
        assert shop.webhook(event, **{"Stripe-Signature": header}).status_code == 400, header[:20]
    for body in ("[]", "null", "{", "", "\ud7ff"):
        assert shop.webhook(body).status_code == 400, body
    assert shop.item()["status"] == "requires_action"
    assert shop.webhook(event, at=int(time.time()) - 290).status_code == 200
    assert shop.item()["status"] == "paid"


def test_signature_is_over_the_bytes_as_sent(shop: Any) -> None:
    shop.buy(payment_method="pm_card_authenticationRequired")
    event = shop.stripe_events()[0] | {"type": "payment_intent.canceled"}
    assert shop.webhook(json.dumps(event, indent=2) + "\n").status_code == 200


def test_body_that_api_gateway_has_encoded(shop: Any) -> None:
    import stripe

    body = json.dumps({"type": "other", "name": "\u017b"}, ensure_ascii=False)
    signed = stripe.WebhookSignature.generate_signature_header(body, shop.webhook_secret)
    headers = {"content-type": "application/json", "stripe-signature": signed}
    event = {
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": base64.b64encode(body.encode()).decode(),
        "isBase64Encoded": True,
        "requestContext": {"httpMethod": "POST", "resourcePath": "/webhook", "identity": {}},
    }
    assert shop.cloud.app.app(event, None)["statusCode"] == 200


def with_metadata(event: dict[str, Any], metadata: dict[str, str]) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(event))
    changed["data"]["object"]["metadata"] = metadata
    return changed

"""What Stripe tells of its own accord. Events come late, twice and out of order; none of that does harm."""

from __future__ import annotations

import json
from typing import Any

from chalicelib import credentials, purchases, store, stripe_gateway
from shared import logs
from shared.problems import BadRequest

_TOLERANCE = 300  # seconds, https://docs.stripe.com/webhooks#replay-attacks
_HEARD = {
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "payment_intent.processing",
}


def receive(body: bytes, signature: str) -> None:
    """Takes a signed event in; what is not about a purchase of this stage is left alone.

    BadRequest unless Stripe signed these very bytes within the last five minutes.
    """
    event = _verified(body, signature)
    kind, intent = event.get("type"), (event.get("data") or {}).get("object") or {}
    extra = {"event_id": event.get("id"), "event_type": kind}
    if kind not in _HEARD:
        logs.logger().info("webhook ignored: not a type that matters here", extra=extra)
        return
    metadata = intent.get("metadata") or {}
    user_id, purchase_id = metadata.get("user_id"), metadata.get("purchase_id")
    if not (user_id and purchase_id):
        logs.logger().info("webhook ignored: not about a purchase", extra=extra)
        return
    purchase = store.record(user_id, purchase_id, stripe_gateway.outcome_of(intent))
    if purchase is None:
        logs.logger().info("webhook ignored: no such purchase in this stage", extra=extra)
        return
    purchases.announce_if_due(purchase)


def _verified(body: bytes, signature: str) -> dict[str, Any]:
    from stripe import SignatureVerificationError, WebhookSignature

    secret = credentials.read("STRIPE_WEBHOOK_SECRET")
    try:
        # A signature that is not ASCII cannot be compared, and a body that is not UTF-8 is not Stripe's.
        WebhookSignature.verify_header(body.decode(), signature.encode("ascii").decode(), secret, _TOLERANCE)
        event = json.loads(body)
    except SignatureVerificationError as error:
        raise BadRequest("Stripe's signature does not match the body, or is too old.") from error
    except ValueError as error:
        raise BadRequest("This is no event that Stripe signed.") from error
    if not isinstance(event, dict):
        raise BadRequest("This is no event that Stripe signed.")
    return event

"""Stripe: charge a purchase, or find out what became of it. Nothing else here knows Stripe's API.

Stripe's library takes a fifth of a second to import, so only what calls Stripe pays for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from chalicelib import credentials
from chalicelib.purchase import Failure, Outcome, Purchase, Status
from shared import logs, tracing
from shared.problems import Unavailable

if TYPE_CHECKING:
    import stripe

Answer = TypeVar("Answer")

_TIMEOUT = 8.0  # seconds; with two retries and their pauses still within the function's 29
_RETRIES = 2
_AT_ONCE: stripe.RequestOptions = {"max_network_retries": 0}  # `settle` asks again anyway
_KEY = "STRIPE_KEY_SECRET"

# https://docs.stripe.com/payments/paymentintents/lifecycle
_STATUSES: dict[str, Status] = {
    "succeeded": "paid",
    "requires_action": "requires_action",
    "requires_payment_method": "failed",
    "canceled": "failed",
}


def charge(purchase: Purchase) -> Outcome:
    """Charges a purchase; a repeat within a day charges nothing and gives the same outcome.

    Everything sent comes from the record: the same key with other parameters would be an error
    (https://docs.stripe.com/api/idempotent_requests). Problem 503 while Stripe gives no clear answer.
    """
    import stripe

    params: stripe.params.PaymentIntentCreateParams = {
        "amount": purchase.amount,
        "currency": purchase.currency,
        "payment_method": purchase.payment_method,
        "confirm": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "metadata": {"purchase_id": purchase.purchase_id, "user_id": purchase.user_id},
    }
    try:
        intent = _call(
            lambda client: client.v1.payment_intents.create(params, {"idempotency_key": purchase.purchase_id})
        )
    except stripe.CardError as error:
        return _declined(error)
    except stripe.InvalidRequestError as error:
        if error.param != "payment_method":
            raise _unavailable(error) from error
        failure = Failure("payment_method", error.code or "invalid", error.user_message or "It is not valid.")
        return Outcome("failed", failure=failure)
    return outcome_of(intent.to_dict())


def look_up(purchase: Purchase) -> Outcome | None:
    """What Stripe knows of a purchase, None for nothing; never charges. Problem 503 as in `charge`."""
    import stripe

    try:
        identifier = purchase.payment_intent_id or _search(purchase.purchase_id)
        if identifier is None:
            return None
        intent = _call(lambda client: client.v1.payment_intents.retrieve(identifier, options=_AT_ONCE))
        return outcome_of(intent.to_dict())
    except stripe.StripeError as error:
        raise _unavailable(error) from error


def outcome_of(intent: Mapping[str, Any]) -> Outcome:
    """The outcome that a PaymentIntent shows."""
    status = _STATUSES.get(intent["status"], "pending")
    return Outcome(
        status,
        payment_intent_id=intent["id"],
        client_secret=intent["client_secret"] if status == "requires_action" else None,
        failure=_failure(intent) if status == "failed" else None,
    )


def _search(purchase_id: str) -> str | None:
    """The id of the purchase's PaymentIntent; only the id, because what search shows may be an hour old.

    https://docs.stripe.com/api/payment_intents/search
    """
    query = f"metadata['purchase_id']:'{purchase_id}'"
    answer = _call(lambda client: client.v1.payment_intents.search({"query": query}, _AT_ONCE))
    intents = [intent.to_dict() for intent in answer.data]
    found = [intent for intent in intents if intent["metadata"].get("purchase_id") == purchase_id]
    if len(found) > 1:
        ids = [intent["id"] for intent in found]
        logs.logger().error("purchase has several PaymentIntents", extra={"payment_intents": ids})
    found.sort(key=lambda intent: intent["status"] != "succeeded")
    return found[0]["id"] if found else None


def _call(request: Callable[[stripe.StripeClient], Answer]) -> Answer:
    """Makes a request; a key that Stripe refuses is read anew once, for it may have been rotated."""
    import stripe

    try:
        try:
            return request(_client(credentials.read(_KEY)))
        except (stripe.AuthenticationError, stripe.PermissionError):
            credentials.forget(_KEY)
            return request(_client(credentials.read(_KEY)))
    except (stripe.CardError, stripe.InvalidRequestError):
        raise
    except stripe.StripeError as error:
        raise _unavailable(error) from error


@lru_cache(maxsize=1)
def _client(key: str) -> stripe.StripeClient:
    """Stripe's client, kept with its connections for as long as the key stays."""
    tracing.trace("requests")
    import stripe

    return stripe.StripeClient(
        key,
        base_addresses={"api": os.environ["STRIPE_API_BASE"].rstrip("/")},
        max_network_retries=_RETRIES,
        http_client=stripe.RequestsClient(timeout=_TIMEOUT),
    )


def _declined(error: stripe.CardError) -> Outcome:
    details: Any = error.error
    intent = getattr(details, "payment_intent", None)
    return Outcome(
        "failed",
        payment_intent_id=intent.id if intent else None,
        failure=Failure(
            "card",
            error.code or "card_declined",
            error.user_message or "The card was refused.",
            getattr(details, "decline_code", None),
        ),
    )


def _failure(intent: Mapping[str, Any]) -> Failure:
    error = intent.get("last_payment_error")
    if not error:
        return Failure("card", intent["status"], "The payment was not completed.")
    message = error.get("message") or "The card was refused."
    return Failure("card", error.get("code") or "card_declined", message, error.get("decline_code"))


def _unavailable(error: stripe.StripeError) -> Unavailable:
    """Stripe gave no answer to go by: the purchase stays as it is, and a repeat or `settle` finds out."""
    logs.logger().error(
        "Stripe call failed",
        extra={
            "error": type(error).__name__,
            "code": error.code,
            "http_status": error.http_status,
            "stripe_request_id": error.request_id,
        },
    )
    return Unavailable(
        "The payment's outcome is not known yet. Repeat the request with the same Idempotency-Key.",
        retry_after=5,
    )

"""What a buyer is told of a purchase."""

from typing import Any

from chalicelib.purchase import Outcome, Purchase
from shared.problems import BadRequest, PaymentRequired


def first(purchase: Purchase) -> dict[str, Any]:
    """The first answer to a purchase: its JSON, or the problem (402, 400) that kept it from being charged."""
    outcome = purchase.first_answer or purchase.outcome
    failure = outcome.failure
    if failure is None:
        return _document(purchase, outcome)
    if failure.kind == "payment_method":
        raise BadRequest(
            "The payment method cannot be used; nothing was charged.",
            errors=[{"pointer": "/payment_method", "detail": failure.message}],
        )
    members = {
        "purchase_id": purchase.purchase_id,
        "code": failure.code,
        "decline_code": failure.decline_code,
    }
    raise PaymentRequired(
        f"{failure.message} Nothing was charged. Use a new Idempotency-Key to try again.",
        members={name: value for name, value in members.items() if value is not None},
    )


def current(purchase: Purchase) -> dict[str, Any]:
    """A purchase as it is now."""
    return _document(purchase, purchase.outcome)


def _document(purchase: Purchase, outcome: Outcome) -> dict[str, Any]:
    document = {
        "purchase_id": purchase.purchase_id,
        "storage": purchase.storage,
        "amount": purchase.amount,
        "currency": purchase.currency,
        "status": outcome.status,
        "created_at": purchase.created_at,
    }
    if outcome.status == "requires_action" and outcome.client_secret:
        document["client_secret"] = outcome.client_secret
    return document

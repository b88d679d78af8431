"""Buying storage: charged once and announced at least once, whatever stops where.

The order of the steps is what makes it so. A purchase is recorded before Stripe hears of it; Stripe's
idempotency key is the purchase's id; the write that records the payment also marks it for announcing.
Whatever stops in between is taken up by a repeat of the request, by Stripe's webhook or by `settle`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chalicelib import announcements, store, stripe_gateway
from chalicelib.purchase import ANNOUNCE, Outcome, Purchase
from shared import logs
from shared.ids import is_id
from shared.problems import Conflict, NotFound, Unavailable

# Stripe may forget an idempotency key once it is 24 hours old, and would then charge again.
# https://docs.stripe.com/api/idempotent_requests
CHARGEABLE_FOR = timedelta(hours=23)


def buy(purchase: Purchase) -> Purchase:
    """Charges a purchase, or finds the one made before with the same key; the record has the first answer.

    Conflict if that one was another order; Unavailable while the outcome is not known.
    """
    known = store.create(purchase)
    if known.request_hash != purchase.request_hash:
        raise Conflict("This Idempotency-Key was used for another order. Use a new one for a new purchase.")
    if known.first_answer is None:
        known = _settled(known) if known.status == "pending" else _found(store.keep_answer(known), known)
    announce_if_due(known)
    return known


def get(user_id: str, purchase_id: str) -> Purchase:
    """The user's purchase as it is now. NotFound if there is none, or it is somebody else's."""
    purchase = store.get(user_id, purchase_id) if is_id(purchase_id) else None
    if purchase is None:
        raise NotFound("There is no such purchase.")
    return purchase


def announce_if_due(purchase: Purchase) -> None:
    """Announces a payment that nobody has announced; where that fails, `settle` does it within a minute."""
    if purchase.due != ANNOUNCE:
        return
    try:
        announcements.announce(purchase)
    except Exception:  # the payment is safely recorded, and so is that it is to be announced
        logs.logger().exception("purchase not announced yet", extra={"purchase_id": purchase.purchase_id})


def _settled(purchase: Purchase) -> Purchase:
    outcome = _outcome(purchase)
    recorded = store.record(purchase.user_id, purchase.purchase_id, outcome, answered=True)
    if recorded is not None and recorded.first_answer is None:
        # Somebody else knew more before: a webhook, or another request with this key.
        recorded = store.keep_answer(recorded)
    return _found(recorded, purchase)


def _outcome(purchase: Purchase) -> Outcome:
    if purchase.age < CHARGEABLE_FOR:
        return stripe_gateway.charge(purchase)
    outcome = stripe_gateway.look_up(purchase)
    if outcome is None:
        raise Unavailable("The payment's outcome is not known yet.", retry_after=60)
    return outcome


def _found(recorded: Purchase | None, purchase: Purchase) -> Purchase:
    if recorded is None:
        raise RuntimeError(f"purchase {purchase.purchase_id} has disappeared from the table")
    if recorded.first_answer is None:
        return replace(recorded, first_answer=recorded.outcome)
    return recorded

"""Finishes what was left: announces what is paid, and asks Stripe about what is open. Never charges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from chalicelib import announcements, purchases, store, stripe_gateway
from chalicelib.purchase import ANNOUNCE, SETTLE, SETTLE_AFTER, Failure, Outcome, Purchase
from shared import logs

# From then on no request charges a purchase (purchases.CHARGEABLE_FOR), and whatever one did an hour
# earlier is found by search: https://docs.stripe.com/api/payment_intents/search
_GIVEN_UP_AFTER = timedelta(hours=24)
_WATCHED_FOR = timedelta(days=7)  # an authentication that nobody completes; Stripe's webhook would still tell
_RARELY = timedelta(hours=6)
_ENOUGH = 30.0  # seconds: the longest that one purchase can take

_ABANDONED = Failure("abandoned", "not_started", "The payment could not be started within a day.")


class SettlementError(RuntimeError):
    """Some purchases could not be dealt with; the log has each. They are tried again."""


def settle(seconds_left: Callable[[], float]) -> None:
    """Deals with all that is due, as far as the time goes. SettlementError at the end if anything failed."""
    seen = failed = 0
    for purchase, step in _due():
        if seconds_left() < _ENOUGH:
            break
        seen += 1
        try:
            step(purchase)
        except Exception:  # one bad record must not stop the others
            failed += 1
            logs.logger().exception("purchase not settled", extra={"purchase_id": purchase.purchase_id})
            _step_back(purchase)
    if failed:
        raise SettlementError(f"{failed} of {seen} purchases failed; the log has each.")


def _due() -> Iterator[tuple[Purchase, Callable[[Purchase], None]]]:
    # Lists first: what is worked on moves within the index.
    for purchase in list(store.due(ANNOUNCE)):
        yield purchase, announcements.announce
    for purchase in list(store.due(SETTLE)):
        yield purchase, _ask


def _ask(purchase: Purchase) -> None:
    outcome = stripe_gateway.look_up(purchase)
    if outcome is None and purchase.age > _GIVEN_UP_AFTER:
        outcome = Outcome("failed", failure=_ABANDONED)
    if outcome is None or outcome == purchase.outcome:
        gone_quiet = purchase.age > _WATCHED_FOR
        store.postpone(purchase, None if gone_quiet else min(max(purchase.age / 4, SETTLE_AFTER), _RARELY))
        return
    recorded = store.record(purchase.user_id, purchase.purchase_id, outcome)
    if recorded is not None:
        purchases.announce_if_due(recorded)


def _step_back(purchase: Purchase) -> None:
    """Behind the others, so that what cannot be dealt with does not keep the rest waiting."""
    try:
        store.postpone(purchase, SETTLE_AFTER)
    except Exception:  # the table itself is out of reach; the purchase is found again where it was
        logs.logger().exception("purchase not postponed", extra={"purchase_id": purchase.purchase_id})

"""A purchase and what can become of it."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from chalicelib import times
from chalicelib.pricing import price

Status = Literal["pending", "requires_action", "paid", "failed"]

# What a purchase still waits for, which the table's sparse index lists: its event, or news from Stripe.
ANNOUNCE = "announce"
SETTLE = "settle"

SETTLE_AFTER = timedelta(minutes=5)

_NAMESPACE = uuid.UUID("0d5c6f0e-54d6-5d37-8f86-7f5dc1b8b1a6")


@dataclass(frozen=True)
class Failure:
    """Why nothing was charged: `kind` "card", "payment_method" or "abandoned", and Stripe's own words."""

    kind: str
    code: str
    message: str
    decline_code: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What Stripe says became of a purchase."""

    status: Status
    payment_intent_id: str | None = None
    client_secret: str | None = None
    failure: Failure | None = None


@dataclass(frozen=True)
class Purchase:
    """A purchase as it is recorded: amount in cents, times in RFC 3339.

    `first_answer` is what its buyer was told first, and is told again at each repeat.
    """

    user_id: str
    purchase_id: str
    request_hash: str
    storage: int
    payment_method: str
    amount: int
    currency: str
    status: Status
    created_at: str
    due: str | None = None
    due_at: str | None = None
    payment_intent_id: str | None = None
    client_secret: str | None = None
    failure: Failure | None = None
    first_answer: Outcome | None = None

    @property
    def age(self) -> timedelta:
        """The time since it was recorded."""
        return times.since(self.created_at)

    @property
    def outcome(self) -> Outcome:
        """What is known of it at present."""
        return Outcome(self.status, self.payment_intent_id, self.client_secret, self.failure)


def place(user_id: str, idempotency_key: str, storage: int, payment_method: str) -> Purchase:
    """The purchase that a request means, not yet recorded.

    Its id comes from the user and the key, so that a repeat finds the first one's record.
    """
    request = json.dumps({"storage": storage, "payment_method": payment_method}, sort_keys=True)
    return Purchase(
        user_id=user_id,
        purchase_id=str(uuid.uuid5(_NAMESPACE, f"{user_id}\n{idempotency_key}")),
        request_hash=hashlib.sha256(request.encode()).hexdigest(),
        storage=storage,
        payment_method=payment_method,
        amount=price(storage),
        currency="usd",
        status="pending",
        created_at=times.after(timedelta()),
        due=SETTLE,
        due_at=times.after(SETTLE_AFTER),
    )

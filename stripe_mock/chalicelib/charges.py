"""Charges: one for each attempt on a card, so that a test can count them."""

from __future__ import annotations

import time

from chalicelib.cards import Card
from chalicelib.change import Document
from chalicelib.ids import new_id


def charge(account: str, intent: Document, card: Card) -> Document:
    """What an attempt on a card left (https://docs.stripe.com/api/charges/object)."""
    paid = card.code is None
    return {
        "id": new_id("ch", account),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if paid else 0,
        "captured": paid,
        "created": int(time.time()),
        "currency": intent["currency"],
        "failure_code": card.code,
        "failure_message": card.message or None,
        "livemode": False,
        "metadata": intent["metadata"],
        "outcome": {
            "network_status": "approved_by_network" if paid else "declined_by_network",
            "reason": card.decline_code,
            "type": "authorized" if paid else "issuer_declined",
        },
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {"type": "card", "card": {"brand": card.brand}},
        "refunded": False,
        "status": "succeeded" if paid else "failed",
    }

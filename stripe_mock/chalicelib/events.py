"""Events and their signed delivery (https://docs.stripe.com/webhooks)."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

from chalicelib.change import Document
from chalicelib.ids import new_id

API_VERSION = "2026-10-28.endive"


def event(account: str, kind: str, subject: Document) -> Document:
    """An event about ``subject`` as it is now."""
    return {
        "id": new_id("evt", account),
        "object": "event",
        "api_version": API_VERSION,
        "created": int(time.time()),
        "data": {"object": subject},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def wanted(endpoint: Document, happened: Document) -> bool:
    """Whether an endpoint asked for this kind of event."""
    return endpoint["status"] == "enabled" and bool({"*", happened["type"]} & set(endpoint["enabled_events"]))


def payload(happened: Document) -> bytes:
    """The request body, with Stripe's indentation: a receiver must verify these very bytes."""
    return json.dumps(happened, indent=2, ensure_ascii=False).encode()


def signature(body: bytes, secret: str, timestamp: int | None = None) -> str:
    """The ``Stripe-Signature`` header: ``t=<epoch seconds>,v1=<HMAC-SHA256 of "t.body">``."""
    stamp = int(time.time()) if timestamp is None else timestamp
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"

"""Idempotency keys as Stripe documents them (https://docs.stripe.com/api/idempotent_requests)."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable

from chalicelib import store
from chalicelib.change import Change
from chalicelib.errors import StripeError, invalid
from chalicelib.forms import Params

KEPT = 24 * 3600
_LEASE = 60  # longer than a request can take: after it, a claim belongs to a function that died
_LONGEST = 255


def run(
    account: str, key: str | None, endpoint: str, params: Params, execute: Callable[[], Change]
) -> tuple[Change, bool]:
    """Executes once per key and gives the change, and whether it is an earlier one's answer.

    What fails before execution (validation, a concurrent request) leaves nothing behind.
    The answer and everything it changes are written in one transaction.
    """
    if key is None:
        change = execute()
        _commit(account, change, [])
        return change, False
    if len(key) > _LONGEST:
        raise invalid(f"Idempotency keys are up to {_LONGEST} characters long.")
    request = _digest(endpoint, params)
    now, claim = int(time.time()), str(uuid.uuid4())
    pending = {"id": key, "request": request, "claim": claim}
    if not store.claim(account, "idem", key, pending, now=now, expires_at=now + _LEASE):
        return _earlier(account, key, request), True
    try:
        change = execute()
        done = pending | {"status": change.status, "body": change.body}
        _commit(account, change, [store.claimed_operation(account, "idem", key, done, expires_at=now + KEPT)])
    except StripeError:  # known to have changed nothing; after any other failure the claim lapses by itself
        store.delete(account, "idem", key, claim=claim)
        raise
    return change, False


def _earlier(account: str, key: str, request: str) -> Change:
    found = store.get(account, "idem", key)
    if found is not None and found[0]["request"] != request:
        raise StripeError(
            400,
            "idempotency_error",
            "Keys for idempotent requests can only be used with the same parameters they were first used "
            f"with. Try using a key other than '{key}' if you meant to execute a different request.",
        )
    if found is None or "status" not in found[0]:
        raise invalid(
            "There is currently another in-progress request using this Stripe Idempotent Key (that probably "
            f"means you submitted twice, and the other request is still going through): {key}. "
            "If this error persists, contact support.",
            code="idempotency_key_in_use",
            status=409,
        )
    return Change(found[0]["status"], found[0]["body"])


def _commit(account: str, change: Change, operations: list[store.Item]) -> None:
    writes = [store.put_operation(account, w.kind, w.document, replaces=w.replaces) for w in change.writes]
    events = [store.put_operation(account, "evt", happened) for happened in change.events]
    try:
        store.write([*operations, *writes, *events])
    except store.ConflictError as error:
        raise invalid(
            "This object cannot be accessed right now because another API request or Stripe process is "
            "currently accessing it.",
            code="lock_timeout",
            status=429,
        ) from error


def _digest(endpoint: str, params: Params) -> str:
    return hashlib.sha256(json.dumps([endpoint, params], sort_keys=True).encode()).hexdigest()

"""The purchase event: billing publishes it, the topic's subscribers read it. Change it by a new version."""

import json
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any, TypedDict, cast

SUBJECT = "Purchase paid"  # always set: SNS leaves the key out of the record otherwise, and Chalice needs it
VERSION = 1
TYPE = "purchase.paid"

_NAMESPACE = uuid.UUID("5f2b0a4e-6b0c-5d0e-9c53-0d1f5c1c7a10")
_TEXT = {"type": "string", "minLength": 1, "maxLength": 256}

SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "required": [
        "version",
        "type",
        "id",
        "purchase_id",
        "user_id",
        "storage",
        "amount",
        "currency",
        "created_at",
    ],
    "properties": {
        "version": {"enum": [VERSION]},
        "type": {"enum": [TYPE]},
        "id": _TEXT,
        "purchase_id": _TEXT,
        "user_id": _TEXT,
        "storage": {"type": "integer", "minimum": 1},
        "amount": {"type": "integer", "minimum": 1},
        "currency": {"type": "string", "pattern": "^[a-z]{3}$"},
        "created_at": _TEXT,
    },
}


class PurchasePaid(TypedDict):
    """Version 1: amount in cents, storage in notes, created_at RFC 3339 UTC of the purchase."""

    version: int
    type: str
    id: str
    purchase_id: str
    user_id: str
    storage: int
    amount: int
    currency: str
    created_at: str


class UnreadableEvent(ValueError):
    """A message that is not a purchase event of a version known here. Its text is not repeated."""


def purchase_paid(purchase: Mapping[str, Any], user_id: str) -> PurchasePaid:
    """The event for a paid purchase; its id comes from the purchase's, so it is the same each time."""
    return {
        "version": VERSION,
        "type": TYPE,
        "id": str(uuid.uuid5(_NAMESPACE, purchase["purchase_id"])),
        "purchase_id": purchase["purchase_id"],
        "user_id": user_id,
        "storage": int(purchase["storage"]),
        "amount": int(purchase["amount"]),
        "currency": purchase["currency"],
        "created_at": purchase["created_at"],
    }


def parse(message: str) -> PurchasePaid:
    """The event in an SNS message's text; unknown members are let through. UnreadableEvent if it is none."""
    import fastjsonschema

    try:
        event = json.loads(message)
        _validator()(event)
    except (ValueError, RecursionError) as error:
        reason = error.message if isinstance(error, fastjsonschema.JsonSchemaValueException) else "not JSON"
        raise UnreadableEvent(f"not a purchase event of version {VERSION}: {reason}") from None
    return cast(PurchasePaid, event)


@cache
def _validator() -> Any:
    import fastjsonschema

    return fastjsonschema.compile(SCHEMA)

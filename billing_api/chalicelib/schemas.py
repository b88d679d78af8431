"""What goes in and out over HTTP: JSON Schema draft 4, as API Gateway's models have it."""

from typing import Any

from chalicelib.pricing import MAXIMUM_STORAGE
from shared.contract import Parameter
from shared.ids import ID_PATTERN

ORDER: dict[str, Any] = {
    "title": "Order",
    "type": "object",
    "required": ["storage", "payment_method"],
    "properties": {
        "storage": {"type": "integer", "minimum": 1, "maximum": MAXIMUM_STORAGE},
        "payment_method": {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "pattern": "^pm_[A-Za-z0-9_]+$",
        },
    },
    "additionalProperties": False,
}

PURCHASE: dict[str, Any] = {
    "title": "Purchase",
    "type": "object",
    "required": ["purchase_id", "storage", "amount", "currency", "status", "created_at"],
    "properties": {
        "purchase_id": {"type": "string", "pattern": ID_PATTERN},
        "storage": {"type": "integer"},
        "amount": {"type": "integer"},
        "currency": {"type": "string"},
        "status": {"type": "string", "enum": ["pending", "requires_action", "paid", "failed"]},
        "created_at": {"type": "string"},
        "client_secret": {"type": "string"},
    },
    "additionalProperties": False,
}

IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "header",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "1 to 255 printable ASCII characters, a new one for each purchase and the same for each repeat of it",
    required=True,
)

STRIPE_SIGNATURE = Parameter(
    "Stripe-Signature",
    "header",
    {"type": "string", "minLength": 1, "maxLength": 4096},
    "Stripe's signature over the body",
    required=True,
)

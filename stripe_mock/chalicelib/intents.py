"""PaymentIntents (https://docs.stripe.com/payments/paymentintents/lifecycle), free of HTTP and storage."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

from chalicelib import cards, charges, forms
from chalicelib.change import Change, Document, Write
from chalicelib.errors import StripeError, invalid, missing
from chalicelib.events import event
from chalicelib.forms import Params
from chalicelib.ids import account_of, new_id

_CREATE = {
    "amount",
    "automatic_payment_methods",
    "confirm",
    "currency",
    "description",
    "expand",
    "metadata",
    "off_session",
    "payment_method",
    "receipt_email",
    "return_url",
}
_CONFIRM = {"client_secret", "expand", "off_session", "payment_method", "return_url"}
_CANCEL = {"cancellation_reason", "expand"}
_MINIMUM, _MAXIMUM = 50, 99_999_999  # https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
_OPEN = {"requires_payment_method", "requires_confirmation", "requires_action"}


def create(account: str, params: Params) -> Change:
    """A new PaymentIntent, also confirmed when ``confirm`` is true."""
    forms.only(params, _CREATE)
    automatic = _automatic(params)
    intent: Document = {
        "id": new_id("pi", account),
        "object": "payment_intent",
        "amount": _amount(params),
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": automatic,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "created": int(time.time()),
        "currency": _currency(params),
        "customer": None,
        "description": forms.text(params, "description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": _metadata(params),
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    }
    intent["client_secret"] = f"{intent['id']}_secret_{secrets.token_hex(12)}"
    payment_method = forms.text(params, "payment_method")
    if payment_method:
        cards.card(payment_method)
        intent |= {"payment_method": payment_method, "status": "requires_confirmation"}
    created = event(account, "payment_intent.created", intent)
    if not forms.boolean(params, "confirm"):
        return Change(200, intent, [Write("pi", intent)], [created])
    change = _attempt(account, intent, params, authenticated=False)
    change.events.insert(0, created)
    return change


def confirm(account: str, intent: Document, version: int, params: Params) -> Change:
    """Confirms an intent; one that waits for authentication counts as authenticated by this call."""
    forms.only(params, _CONFIRM)
    if intent["status"] not in _OPEN:
        raise _unexpected(intent, "confirm")
    payment_method = forms.text(params, "payment_method")
    authenticated = intent["status"] == "requires_action" and payment_method is None
    if payment_method:
        cards.card(payment_method)
        intent = intent | {"payment_method": payment_method}
    return _attempt(account, intent, params, authenticated=authenticated, replaces=version)


def cancel(account: str, intent: Document, version: int, params: Params) -> Change:
    """Cancels an intent that is not finished."""
    forms.only(params, _CANCEL)
    if intent["status"] not in _OPEN:
        raise _unexpected(intent, "cancel")
    intent = intent | {
        "status": "canceled",
        "canceled_at": int(time.time()),
        "cancellation_reason": forms.text(params, "cancellation_reason"),
        "next_action": None,
    }
    return Change(
        200, intent, [Write("pi", intent, version)], [event(account, "payment_intent.canceled", intent)]
    )


def public(intent: Document) -> Document:
    """What a publishable key may see of an intent."""
    hidden = {"metadata", "latest_charge", "customer"}
    return {name: value for name, value in intent.items() if name not in hidden}


def check_secret(intent: Document, client_secret: str | None) -> None:
    """A caller without the secret key must know the intent's client secret."""
    given = (client_secret or "").encode()
    if not secrets.compare_digest(given, intent["client_secret"].encode()):
        raise missing("payment_intent", intent["id"], param="intent")


def owner(identifier: str) -> str:
    """The account that an intent's id names."""
    return account_of(identifier)


def _attempt(
    account: str, intent: Document, params: Params, *, authenticated: bool, replaces: int | None = None
) -> Change:
    if intent["payment_method"] is None:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either "
            "update the PaymentIntent with a payment method and then confirm it again, or confirm it again "
            "directly with a payment method or ConfirmationToken.",
            code="payment_intent_unexpected_state",
        )
    _check_redirects(intent, params)
    card = cards.card(intent["payment_method"])
    if card.authentication and not authenticated:
        if forms.boolean(params, "off_session"):
            card = cards.Card(
                code="authentication_required",
                decline_code="authentication_required",
                message="Your card was declined. This transaction requires authentication.",
            )
        else:
            return _ask(account, intent, replaces)
    charge = charges.charge(account, intent, card)
    if card.code:
        return _decline(account, intent, charge, card, replaces)
    intent = intent | {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "next_action": None,
        "last_payment_error": None,
    }
    happened = [
        event(account, "charge.succeeded", charge),
        event(account, "payment_intent.succeeded", intent),
    ]
    return Change(200, intent, [Write("pi", intent, replaces), Write("ch", charge)], happened)


def _ask(account: str, intent: Document, replaces: int | None) -> Change:
    intent = intent | {
        "status": "requires_action",
        "next_action": {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "source": new_id("src", account)},
        },
    }
    asked = event(account, "payment_intent.requires_action", intent)
    return Change(200, intent, [Write("pi", intent, replaces)], [asked])


def _decline(
    account: str, intent: Document, charge: Document, card: cards.Card, replaces: int | None
) -> Change:
    method = {
        "id": intent["payment_method"],
        "object": "payment_method",
        "type": "card",
        "card": {"brand": card.brand},
    }
    fault = StripeError(
        402,
        "card_error",
        card.message,
        charge=charge["id"],
        code=card.code,
        decline_code=card.decline_code,
        payment_method=method,
    )
    intent = intent | {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "latest_charge": charge["id"],
        "last_payment_error": dict(fault.error),
    }
    fault.error["payment_intent"] = intent
    happened = [
        event(account, "charge.failed", charge),
        event(account, "payment_intent.payment_failed", intent),
    ]
    return Change(402, fault.body, [Write("pi", intent, replaces), Write("ch", charge)], happened)


def _unexpected(intent: Document, verb: str) -> StripeError:
    fault = invalid(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
    )
    fault.error["payment_intent"] = intent
    return fault


def _amount(params: Params) -> int:
    amount = forms.integer(params, "amount")
    if amount is None:
        raise invalid("Missing required param: amount.", code="parameter_missing", param="amount")
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount < _MINIMUM:
        raise invalid("Amount must be at least $0.50 usd", code="amount_too_small", param="amount")
    if amount > _MAXIMUM:
        raise invalid("Amount must be no more than $999,999.99", code="amount_too_large", param="amount")
    return amount


def _currency(params: Params) -> str:
    currency = forms.text(params, "currency")
    if currency is None:
        raise invalid("Missing required param: currency.", code="parameter_missing", param="currency")
    if currency.lower() != "usd":
        raise invalid(f"Invalid currency: {currency}. This mock knows usd only.", param="currency")
    return currency.lower()


def _metadata(params: Params) -> dict[str, str]:
    """Up to 50 keys of 40 characters with values of 500 (https://docs.stripe.com/api/metadata)."""
    metadata = forms.table(params, "metadata")
    if len(metadata) > 50:
        raise invalid("You can have up to 50 metadata keys.", param="metadata")
    for name, value in metadata.items():
        if not isinstance(value, str) or len(name) > 40 or len(value) > 500 or re.search(r"[\[\]]", name):
            raise invalid(
                "Metadata keys have up to 40 characters, values are strings of up to 500.", param="metadata"
            )
    return metadata


def _automatic(params: Params) -> dict[str, Any] | None:
    if "automatic_payment_methods" not in params:
        return None
    given = forms.table(params, "automatic_payment_methods")
    forms.only(given, {"enabled", "allow_redirects"})
    redirects = given.get("allow_redirects", "always")
    if redirects not in ("always", "never"):
        raise invalid(
            "Invalid automatic_payment_methods[allow_redirects]: must be one of always or never",
            param="automatic_payment_methods[allow_redirects]",
        )
    return {"enabled": forms.boolean(given, "enabled"), "allow_redirects": redirects}


def _check_redirects(intent: Document, params: Params) -> None:
    automatic = intent["automatic_payment_methods"] or {"allow_redirects": "never"}
    if automatic["allow_redirects"] == "always" and "return_url" not in params:
        raise invalid(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because "
            "some of these payment methods might redirect your customer off of your page, you must provide a "
            "`return_url`. If you don't want to accept redirect-based payment methods, set "
            "`automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` "
            "to `never` when creating Setup Intents and Payment Intents.",
            param="return_url",
        )

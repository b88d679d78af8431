"""Stripe's documented test payment methods (https://docs.stripe.com/testing)."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.errors import missing


@dataclass(frozen=True)
class Card:
    """How a test payment method behaves: charged, declined with ``code``, or asking for authentication."""

    brand: str = "visa"
    code: str | None = None
    decline_code: str | None = None
    message: str = ""
    authentication: bool = False


def _declined(decline_code: str, message: str) -> Card:
    return Card(code="card_declined", decline_code=decline_code, message=message)


_GENERIC = _declined("generic_decline", "Your card was declined.")
_FUNDS = _declined("insufficient_funds", "Your card has insufficient funds.")
_LOST = _declined("lost_card", "Your card was declined.")
_STOLEN = _declined("stolen_card", "Your card was declined.")

_CARDS = {
    "pm_card_visa": Card(),
    "pm_card_visa_debit": Card(),
    "pm_card_mastercard": Card(brand="mastercard"),
    "pm_card_amex": Card(brand="amex"),
    "pm_card_authenticationRequired": Card(authentication=True),
    "pm_card_authenticationRequiredOnSetup": Card(authentication=True),
    "pm_card_chargeDeclined": _GENERIC,
    "pm_card_visa_chargeDeclined": _GENERIC,
    "pm_card_chargeDeclinedInsufficientFunds": _FUNDS,
    "pm_card_visa_chargeDeclinedInsufficientFunds": _FUNDS,
    "pm_card_visa_chargeDeclinedLostCard": _LOST,
    "pm_card_visa_chargeDeclinedStolenCard": _STOLEN,
    "pm_card_chargeDeclinedExpiredCard": Card(code="expired_card", message="Your card has expired."),
    "pm_card_chargeDeclinedIncorrectCvc": Card(
        code="incorrect_cvc", message="Your card's security code is incorrect."
    ),
    "pm_card_chargeDeclinedProcessingError": Card(
        code="processing_error",
        message="An error occurred while processing your card. Try again in a little bit.",
    ),
}


def card(payment_method: str) -> Card:
    """The test card behind a payment method id, or Stripe's ``resource_missing``."""
    try:
        return _CARDS[payment_method]
    except KeyError:
        raise missing("PaymentMethod", payment_method, param="payment_method", status=400) from None

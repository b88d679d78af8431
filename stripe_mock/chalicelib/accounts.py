"""Authentication as Stripe does it (https://docs.stripe.com/api/authentication)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.errors import StripeError, invalid
from chalicelib.ids import account_for

_KEY = re.compile(r"(sk|rk|pk)_test_([A-Za-z0-9_]{1,200})")


@dataclass(frozen=True)
class Caller:
    """Who calls: an account, by its secret key or by its publishable one."""

    account: str
    secret: bool


def caller(headers: Mapping[str, str]) -> Caller:
    """The caller by ``Authorization: Bearer <key>`` or Basic with the key as user name.

    Any well-formed test key is an account of its own. Raises Stripe's 401 for anything else.
    """
    key = _key(headers.get("authorization", ""))
    if not key:
        raise _unauthorised(
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    matched = _KEY.fullmatch(key)
    if not matched:
        raise _unauthorised(f"Invalid API Key provided: {_masked(key)}")
    return Caller(account_for(matched[2]), secret=matched[1] != "pk")


def secret_caller(headers: Mapping[str, str]) -> Caller:
    """The caller, who must hold a secret key."""
    found = caller(headers)
    if not found.secret:
        raise invalid(
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
            code="secret_key_required",
            status=403,
        )
    return found


def _key(header: str) -> str:
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return value
    return ""


def _masked(key: str) -> str:
    return key[:8] + "*" * 8 + key[-4:] if len(key) > 16 else "*" * len(key)


def _unauthorised(message: str) -> StripeError:
    return StripeError(401, "invalid_request_error", message)

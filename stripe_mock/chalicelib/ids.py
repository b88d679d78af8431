"""Identifiers: sorted by time, and carrying the account that owns them."""

from __future__ import annotations

import hashlib
import secrets
import time

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ACCOUNT_LENGTH = 16


def new_id(prefix: str, account: str) -> str:
    """``<prefix>_<microseconds, 11 digits of base 36><10 random><account>``, so that ids sort by creation."""
    stamp, left = "", time.time_ns() // 1000
    for _ in range(11):
        left, digit = divmod(left, 36)
        stamp = _DIGITS[digit] + stamp
    return f"{prefix}_{stamp}{''.join(secrets.choice(_DIGITS) for _ in range(10))}{account}"


def account_of(identifier: str) -> str:
    """The account in an id made by :func:`new_id`; no account has the answer for other strings."""
    return identifier[-_ACCOUNT_LENGTH:]


def account_for(key_tail: str) -> str:
    """The account that a key belongs to: ``sk_test_X`` and ``pk_test_X`` share one."""
    return hashlib.sha256(key_tail.encode()).hexdigest()[:_ACCOUNT_LENGTH]

"""Moments as records hold them."""

from datetime import UTC, datetime, timedelta

from shared.clock import rfc3339


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def since(moment: str) -> timedelta:
    """The time passed since an RFC 3339 moment."""
    return now() - datetime.fromisoformat(moment)


def after(delay: timedelta) -> str:
    """The RFC 3339 moment `delay` from now."""
    return rfc3339(now() + delay)

"""The time as every answer and record writes it."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """`moment` (aware) as RFC 3339 UTC with milliseconds: 2026-01-31T12:00:00.123Z. Sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now_rfc3339() -> str:
    """The present moment as `rfc3339` writes it."""
    return rfc3339(datetime.now(UTC))

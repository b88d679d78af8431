"""Ids, times, secrets, events."""

import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from shared import aws, clock, events, ids, secrets

PURCHASE = {
    "purchase_id": "0197f2a0-0000-7000-8000-000000000001",
    "storage": 10,
    "amount": 4000,
    "currency": "usd",
    "status": "paid",
    "created_at": "2026-01-31T12:00:00.000Z",
}


def test_ids_sort_by_time_and_are_version_7(monkeypatch: pytest.MonkeyPatch) -> None:
    times = [1_769_860_800_000_000_000 + step for step in (0, 500, 1_000_000, 10**12)]
    monkeypatch.setattr(time, "time_ns", iter(times).__next__)
    made = [ids.new_id() for _ in times]
    assert made == sorted(made)
    assert all(uuid.UUID(text).version == 7 for text in made)
    assert all(ids.is_id(text) for text in made)
    assert uuid.UUID(made[0]).int >> 80 == times[0] // 1_000_000


@pytest.mark.parametrize("text", ["", "x", "0197F2A0-0000-7000-8000-000000000001", f"{ids.new_id()}\n"])
def test_other_text_is_no_id(text: str) -> None:
    assert not ids.is_id(text)


def test_times_are_utc_with_milliseconds() -> None:
    noon = datetime(2026, 1, 31, 13, 0, 0, 1000, tzinfo=timezone(timedelta(hours=1)))
    assert clock.rfc3339(noon) == "2026-01-31T12:00:00.001Z"
    now = datetime.fromisoformat(clock.now_rfc3339())
    assert abs(datetime.now(UTC) - now) < timedelta(seconds=5)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        aws.client.cache_clear()
        yield
    aws.client.cache_clear()
    secrets.forget("a-secret")


@pytest.mark.usefixtures("cloud")
def test_a_secret_is_kept_until_forgotten() -> None:
    manager = aws.client("secretsmanager")
    manager.create_secret(Name="a-secret", SecretString="first")
    assert secrets.secret("a-secret") == "first"
    manager.put_secret_value(SecretId="a-secret", SecretString="second")
    assert secrets.secret("a-secret") == "first"
    secrets.forget("a-secret")
    assert secrets.secret("a-secret") == "second"


@pytest.mark.usefixtures("cloud")
def test_a_secret_is_read_anew_after_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = aws.client("secretsmanager")
    manager.create_secret(Name="a-secret", SecretString="first")
    assert secrets.secret("a-secret") == "first"
    manager.put_secret_value(SecretId="a-secret", SecretString="second")
    later = time.monotonic() + secrets.KEPT_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert secrets.secret("a-secret") == "second"


@pytest.mark.usefixtures("cloud")
def test_a_missing_secret_says_what_to_do() -> None:
    with pytest.raises(secrets.SecretMissing, match="make secret"):
        secrets.secret("a-secret")


def test_an_event_survives_the_topic() -> None:
    event = events.purchase_paid(PURCHASE, "us-east-1:somebody")
    assert (
        events.parse(json.dumps({**event, "new_in_the_future": 1}))["purchase_id"] == PURCHASE["purchase_id"]
    )


def test_announcing_twice_says_the_same() -> None:
    assert events.purchase_paid(PURCHASE, "u") == events.purchase_paid(PURCHASE, "u")
    other = {**PURCHASE, "purchase_id": "another"}
    assert events.purchase_paid(PURCHASE, "u")["id"] != events.purchase_paid(other, "u")["id"]


@given(st.text() | st.sampled_from(["null", "[]", "{}", '{"version": 2}', "[" * 100_000]))
def test_anything_else_is_unreadable(message: str) -> None:
    with pytest.raises(events.UnreadableEvent):
        events.parse(message)


@pytest.mark.parametrize("change", [{"version": 2}, {"amount": "10"}, {"currency": "dollars"}, {"id": ""}])
def test_an_event_with_a_fault_is_unreadable(change: dict[str, object]) -> None:
    with pytest.raises(events.UnreadableEvent):
        events.parse(json.dumps({**events.purchase_paid(PURCHASE, "u"), **change}))

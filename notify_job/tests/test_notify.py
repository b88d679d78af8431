"""One SMS per purchase, whatever happens."""

import json
import time
from typing import Any

import pytest
from app import app
from chalice.test import Client
from chalicelib import notifications, records, sms

from shared import aws, events

EVENT = events.purchase_paid(
    {
        "purchase_id": "0197f2a0-0000-7000-8000-000000000001",
        "storage": 100,
        "amount": 20_000,
        "currency": "usd",
        "created_at": "2026-01-31T12:00:00.000Z",
    },
    "us-east-1:somebody",
)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What SNS was told to send."""
    calls: list[dict[str, Any]] = []
    sns = aws.client("sns", attempts=1)
    publish = sns.publish

    def recorded(**arguments: Any) -> Any:
        calls.append(arguments)
        return publish(**arguments)

    monkeypatch.setattr(sns, "publish", recorded)
    return calls


def receive(message: str) -> None:
    """As SNS invokes the function."""
    with Client(app) as client:
        client.lambda_.invoke("notify", client.events.generate_sns_event(message, subject=events.SUBJECT))


def item(event_id: str) -> dict[str, Any]:
    answer = aws.client("dynamodb").get_item(
        TableName="notes-test-notifications", Key={"event_id": {"S": event_id}}
    )
    found: dict[str, Any] = answer.get("Item", {})
    return found


def test_a_purchase_is_one_sms(sent: list[dict[str, Any]]) -> None:
    receive(json.dumps(EVENT))
    (call,) = sent
    assert call["PhoneNumber"] == "+15550100"
    assert call["Message"] == f"Storage for 100 notes bought for 200.00 USD. Purchase {EVENT['purchase_id']}"
    assert "sent_at" in item(EVENT["id"])


def test_the_sms_says_nothing_about_the_person() -> None:
    assert EVENT["user_id"] not in notifications.text(EVENT)
    assert len(notifications.text(EVENT)) <= 160


def test_an_event_that_comes_twice_is_one_sms(sent: list[dict[str, Any]]) -> None:
    receive(json.dumps(EVENT))
    receive(json.dumps(EVENT))
    assert len(sent) == 1


def test_two_events_are_two_sms(sent: list[dict[str, Any]]) -> None:
    receive(json.dumps(EVENT))
    receive(json.dumps({**EVENT, "id": "another"}))
    assert len(sent) == 2


def test_while_another_holds_the_event_nothing_is_sent(sent: list[dict[str, Any]]) -> None:
    assert records.claim(EVENT["id"]) is records.Claim.OURS
    with pytest.raises(notifications.InProgress):
        receive(json.dumps(EVENT))
    assert sent == []


def test_what_died_before_sending_is_sent_after_the_lease(
    sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as stopped:
        stopped.setattr(sms, "send", _fail)
        with pytest.raises(OSError, match="stopped"):
            receive(json.dumps(EVENT))
    with pytest.raises(notifications.InProgress):
        receive(json.dumps(EVENT))
    later = time.time() + records.LEASE_SECONDS + 2
    monkeypatch.setattr(time, "time", lambda: later)
    receive(json.dumps(EVENT))
    receive(json.dumps(EVENT))
    assert len(sent) == 1


def test_a_sent_sms_stays_sent_after_the_lease(
    sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(json.dumps(EVENT))
    later = time.time() + records.LEASE_SECONDS + 2
    monkeypatch.setattr(time, "time", lambda: later)
    receive(json.dumps(EVENT))
    assert len(sent) == 1


@pytest.mark.parametrize("message", ["", "no json", "{}", json.dumps({**EVENT, "version": 2})])
def test_an_unreadable_event_fails_so_that_it_becomes_a_dead_letter(
    sent: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(events.UnreadableEvent):
        receive(message)
    assert sent == []


@pytest.mark.parametrize("phone", ["0555", "+0123456789", "+1555010a", "+" + "1" * 16, "(555) 0100"])
def test_a_wrong_phone_number_holds_no_lease(sent: list[dict[str, Any]], phone: str) -> None:
    manager = aws.client("secretsmanager")
    manager.put_secret_value(SecretId="notes-test-admin-phone", SecretString=phone)
    with pytest.raises(sms.BadPhoneNumber) as raised:
        receive(json.dumps(EVENT))
    assert phone not in str(raised.value)
    assert item(EVENT["id"]) == {}
    manager.put_secret_value(SecretId="notes-test-admin-phone", SecretString="+15550100")
    receive(json.dumps(EVENT))
    assert len(sent) == 1


def test_records_expire_after_any_dead_letter() -> None:
    records.claim(EVENT["id"])
    assert int(item(EVENT["id"])["expires_at"]["N"]) > time.time() + 14 * 24 * 3600


def _fail(*_arguments: object) -> None:
    raise OSError("stopped")

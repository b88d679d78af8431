"""Stripe is slow, down, at odds with the key, or answers after the connection is gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests

Spoil = Callable[[Callable[[], Any]], Any]


def down(_: Callable[[], Any]) -> Any:
    raise requests.ConnectionError("refused")


def lost(answer: Callable[[], Any]) -> Any:
    """Stripe did it, but nobody heard."""
    answer()
    raise requests.ReadTimeout("read timed out")


def status(code: int, kind: str = "api_error", error_code: str | None = None) -> Spoil:
    def spoilt(_: Callable[[], Any]) -> requests.Response:
        response = requests.Response()
        response.status_code = code
        error = {"type": kind, "code": error_code, "message": "no"}
        response._content = json.dumps({"error": error}).encode()
        return response

    return spoilt


@pytest.mark.parametrize(
    "spoil",
    [
        [down] * 3,
        [lost] * 3,
        [status(500)] * 3,
        [status(503)] * 3,
        [status(409, "invalid_request_error", "idempotency_key_in_use")] * 3,
        [status(429, "invalid_request_error", "lock_timeout")],
        [status(400, "idempotency_error")],
        [status(400, "invalid_request_error", "amount_too_small")],
        [status(401), status(401)],
    ],
)
def test_no_clear_answer_leaves_the_purchase_pending(shop: Any, spoil: list[Spoil]) -> None:
    shop.world.spoil = list(spoil)
    answer = shop.buy()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert shop.item()["status"] == "pending"
    assert shop.world.spoil == []
    again = shop.buy()
    assert (again.status_code, again.json_body["status"]) == (201, "paid")
    assert len(shop.charges()) == len(shop.announcements()) == 1


def test_short_trouble_is_retried_with_the_same_key(shop: Any) -> None:
    shop.world.spoil = [lost, status(500)]
    assert shop.buy().status_code == 201
    assert len(shop.charges()) == 1
    keys = {headers["Idempotency-Key"] for headers in shop.world.headers}
    assert keys == {shop.item()["purchase_id"]}


def test_rotated_key_is_read_anew(shop: Any) -> None:
    good = shop.key
    shop.write_secret("stripe-key", "no longer valid")
    assert shop.buy("first").status_code == 503
    shop.write_secret("stripe-key", good + "\n")  # as an editor leaves it
    assert shop.buy("first").status_code == 201
    assert shop.buy("second").status_code == 201
    assert len(shop.charges()) == 2


def test_key_that_nobody_has_written(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_KEY_SECRET", "not-there")
    assert shop.buy().status_code == 503
    monkeypatch.setenv("STRIPE_KEY_SECRET", "stripe-key")
    assert shop.buy().status_code == 201


def test_stripe_has_forgotten_the_key_but_not_the_charge(shop: Any) -> None:
    """After a day Stripe would charge again for the same idempotency key."""
    shop.world.spoil = [lost] * 3
    shop.buy()
    forget_idempotency_key(shop)
    with shop.at(timedelta(hours=25)):
        answer = shop.buy()
    assert (answer.status_code, answer.json_body["status"]) == (201, "paid")
    assert len(shop.charges()) == len(shop.intents()) == len(shop.announcements()) == 1


def test_old_order_that_stripe_knows_nothing_of_is_not_charged(shop: Any) -> None:
    shop.world.spoil = [down] * 3
    shop.buy()
    with shop.at(timedelta(hours=25)):
        assert shop.buy().status_code == 503
    assert shop.intents() == []
    shop.settle(timedelta(hours=25))
    answer = shop.buy()
    assert (answer.status_code, answer.json_body["code"]) == (402, "not_started")
    assert shop.intents() == []


def test_topic_out_of_reach_does_not_fail_the_purchase(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    topic = shop.cloud.topic
    monkeypatch.setenv("PURCHASE_TOPIC_ARN", topic + "-gone")
    assert shop.buy().status_code == 201
    assert shop.item()["due"] == "announce"
    monkeypatch.setenv("PURCHASE_TOPIC_ARN", topic)
    shop.settle(timedelta(minutes=1))
    assert len(shop.announcements()) == 1
    assert "due" not in shop.item()


def forget_idempotency_key(shop: Any) -> None:
    """What Stripe does a day later."""
    import boto3

    account = shop.intents()[0]["id"][-16:]
    key = {"pk": account, "sk": f"idem#{shop.item()['purchase_id']}"}
    removed = boto3.resource("dynamodb").Table("stripe-mock").delete_item(Key=key, ReturnValues="ALL_OLD")
    assert removed["Attributes"]

"""Buying over HTTP."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

MEMBERS = {"purchase_id", "storage", "amount", "currency", "status", "created_at"}


def test_paid_purchase(shop: Any) -> None:
    answer = shop.buy(storage=3)
    purchase = answer.json_body
    assert answer.status_code == 201
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert set(purchase) == MEMBERS
    assert (purchase["storage"], purchase["amount"], purchase["currency"]) == (3, 1200, "usd")
    assert purchase["status"] == "paid"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", purchase["created_at"])
    assert shop.get(purchase["purchase_id"]).json_body == purchase
    [charge] = shop.charges()
    assert charge["metadata"] == {"purchase_id": purchase["purchase_id"], "user_id": shop.user}
    [event] = shop.announcements()
    assert event["purchase_id"] == purchase["purchase_id"]
    assert "due" not in shop.item()


def test_repeat_gets_the_first_answer_and_charges_nothing(shop: Any) -> None:
    first, second = shop.buy(), shop.buy()
    assert (second.status_code, second.body) == (first.status_code, first.body)
    assert len(shop.charges()) == len(shop.items()) == len(shop.announcements()) == 1


def test_same_key_other_body(shop: Any) -> None:
    shop.buy()
    for other in ({"storage": 4}, {"payment_method": "pm_card_mastercard"}):
        assert shop.buy(**other).status_code == 409
    assert len(shop.charges()) == 1


def test_keys_of_two_users_do_not_meet(shop: Any) -> None:
    first = shop.buy().json_body["purchase_id"]
    shop.new_user()
    assert shop.get(first).status_code == 404
    assert shop.buy(storage=5).json_body["purchase_id"] != first


def test_other_key_is_another_purchase(shop: Any) -> None:
    assert shop.buy("a").json_body["purchase_id"] != shop.buy("b").json_body["purchase_id"]
    assert len(shop.charges()) == 2


def test_declined_card(shop: Any) -> None:
    first = shop.buy(payment_method="pm_card_chargeDeclinedInsufficientFunds")
    problem = first.json_body
    assert first.status_code == 402
    assert first.headers["Content-Type"] == "application/problem+json"
    assert (problem["code"], problem["decline_code"]) == ("card_declined", "insufficient_funds")
    assert "secret" not in json.dumps(problem)
    assert shop.get(problem["purchase_id"]).json_body["status"] == "failed"
    second = shop.buy(payment_method="pm_card_chargeDeclinedInsufficientFunds")
    assert (second.status_code, second.body) == (402, first.body)
    assert len(shop.intents()) == 1
    assert shop.charges() == shop.announcements() == []
    assert shop.buy("another").status_code == 201


def test_authentication(shop: Any) -> None:
    first = shop.buy(payment_method="pm_card_authenticationRequired")
    purchase = first.json_body
    assert (first.status_code, purchase["status"]) == (201, "requires_action")
    assert set(purchase) == MEMBERS | {"client_secret"}
    assert shop.get(purchase["purchase_id"]).json_body == purchase
    intent = purchase["client_secret"].partition("_secret_")[0]
    shop.stripe("POST", f"/v1/payment_intents/{intent}/confirm", f"client_secret={purchase['client_secret']}")
    for event in shop.stripe_events():
        shop.webhook(event)
    now = shop.get(purchase["purchase_id"]).json_body
    assert (now["status"], set(now)) == ("paid", MEMBERS)
    assert len(shop.announcements()) == 1
    assert shop.buy(payment_method="pm_card_authenticationRequired").body == first.body


def test_payment_method_that_does_not_exist(shop: Any) -> None:
    first = shop.buy(payment_method="pm_nobody")
    assert first.status_code == 400
    assert first.json_body["errors"][0]["pointer"] == "/payment_method"
    assert shop.buy(payment_method="pm_nobody").body == first.body
    assert shop.item()["status"] == "failed"
    assert shop.intents() == []


@pytest.mark.parametrize("key", [None, "", "k" * 256, "k" * 300, "cl\u00e9", "a\tb"])
def test_bad_idempotency_keys(shop: Any, key: str | None) -> None:
    answer = shop.buy(key)
    assert answer.status_code == 400
    assert answer.json_body["errors"][0]["header"] == "Idempotency-Key"
    assert shop.items() == []


@pytest.mark.parametrize("key", ["k" * 255, "a b~!", '"quoted"'])
def test_good_idempotency_keys(shop: Any, key: str) -> None:
    assert shop.buy(key).status_code == 201


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/storage"),
        ({"storage": 1}, "/payment_method"),
        ({"storage": 0, "payment_method": "pm_x"}, "/storage"),
        ({"storage": 100_001, "payment_method": "pm_x"}, "/storage"),
        ({"storage": -1, "payment_method": "pm_x"}, "/storage"),
        ({"storage": 1.5, "payment_method": "pm_x"}, "/storage"),
        ({"storage": True, "payment_method": "pm_x"}, "/storage"),
        ({"storage": "1", "payment_method": "pm_x"}, "/storage"),
        ({"storage": None, "payment_method": "pm_x"}, "/storage"),
        ({"storage": 1, "payment_method": ""}, "/payment_method"),
        ({"storage": 1, "payment_method": "card_x"}, "/payment_method"),
        ({"storage": 1, "payment_method": "pm_x\n"}, "/payment_method"),
        ({"storage": 1, "payment_method": "pm_" + "x" * 253}, "/payment_method"),
        ({"storage": 1, "payment_method": 7}, "/payment_method"),
        ({"storage": 1, "payment_method": "pm_x", "amount": 1}, "/amount"),
        ([], ""),
    ],
)
def test_bad_orders(shop: Any, body: Any, pointer: str) -> None:
    answer = shop.buy(body=body)
    assert answer.status_code == 400
    assert pointer in [error["pointer"] for error in answer.json_body["errors"]]
    assert shop.items() == shop.intents() == []


@pytest.mark.parametrize("body", [b"", b"{", b'{"storage": NaN}', b"\xff", b'"\\ud800"'])
def test_bodies_that_are_no_json(shop: Any, body: bytes) -> None:
    assert shop.buy(body=body).status_code == 400
    assert shop.items() == []


@pytest.mark.parametrize("purchase_id", ["x", "00000000-0000-0000-0000-000000000000", "A" * 36, "%00"])
def test_no_such_purchase(shop: Any, purchase_id: str) -> None:
    assert shop.get(purchase_id).status_code == 404


def test_get_needs_no_stripe(shop: Any) -> None:
    purchase = shop.buy().json_body
    shop.world.effects.clear()
    assert shop.get(purchase["purchase_id"]).status_code == 200
    assert shop.world.effects == ["GetItem"]

"""Purchases, as a client written from the HTTP contract alone sees them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests

from tests.end_to_end.answers import expect, problem
from tests.end_to_end.conftest import Deployed
from tests.waiting import eventually
from tools.api_client import SECONDS, User

SECONDS_TO_SMS = 60
CARD = "pm_card_visa"


def key() -> dict[str, str]:
    return {"Idempotency-Key": secrets.token_hex(16)}


def buy(
    user: User, storage: int = 3, card: str = CARD, headers: Mapping[str, str] | None = None
) -> requests.Response:
    return user.call("POST", "/billing", {"storage": storage, "payment_method": card}, headers or key())


@pytest.fixture(scope="module")
def texts(deployed: Deployed) -> Callable[[Mapping[str, Any]], list[str]]:
    """Finds the SMS that name a purchase."""

    def find(purchase: Mapping[str, Any]) -> list[str]:
        listed = requests.get(
            f"{deployed.cloud.endpoint_url}/_ministack/sns/sms-messages",
            params={"account": deployed.organisation.stage("local").account.id},
            timeout=SECONDS,
        ).json()
        return [line for line in _strings(listed) if purchase["purchase_id"] in line]

    return find


@pytest.fixture(scope="module")
def charges(deployed: Deployed) -> Callable[[str], list[Mapping[str, Any]]]:
    """Finds Stripe's intents for a user."""
    stage = deployed.layers("local")
    outputs = stage.read(stage.stage_unit())
    store = deployed.root("dev", "secretsmanager")
    secret = store.get_secret_value(SecretId=outputs["secrets"]["stripe-key"]["name"])["SecretString"]

    def find(user_id: str) -> list[Mapping[str, Any]]:
        answer = requests.get(
            f"{outputs['api_url']}/stripe/v1/payment_intents/search",
            params={"query": f"metadata['user_id']:'{user_id}'", "limit": "100"},
            headers={"Authorization": f"Bearer {secret}"},
            timeout=SECONDS,
        )
        found: list[Mapping[str, Any]] = expect(answer, 200)["data"]
        return found

    return find


def _strings(value: Any) -> list[str]:
    """Every text in a JSON document."""
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in _strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return [value] if isinstance(value, str) else []


def test_a_paid_purchase_has_the_members_of_the_contract_and_one_sms(
    user: User, texts: Callable[[Mapping[str, Any]], list[str]]
) -> None:
    purchase = expect(buy(user, 12), 201)

    assert purchase.keys() == {"purchase_id", "storage", "amount", "currency", "status", "created_at"}
    assert (purchase["storage"], purchase["amount"], purchase["status"]) == (12, 2400, "paid")
    assert expect(user.call("GET", f"/billing/{purchase['purchase_id']}"), 200) == purchase
    eventually(lambda: texts(purchase), SECONDS_TO_SMS, "the SMS")
    assert len(texts(purchase)) == 1


@pytest.mark.parametrize(
    ("storage", "amount"),
    [
        (1, 400),
        (10, 4_000),
        (11, 2_200),
        (100, 20_000),
        (101, 10_100),
        (100_000, 10_000_000),
    ],
)
def test_the_price_of_all_notes_is_that_of_their_tier(user: User, storage: int, amount: int) -> None:
    purchase = expect(buy(user, storage), 201)

    assert (purchase["amount"], purchase["status"]) == (amount, "paid")


def test_a_repeat_gets_the_first_answer_and_charges_nothing(
    new_user: Callable[[], User], charges: Callable[[str], list[Mapping[str, Any]]]
) -> None:
    buyer, same = new_user(), key()

    answers = [expect(buy(buyer, headers=same), 201) for _ in range(3)]

    assert answers[1:] == answers[:1] * 2
    assert [charge["amount_received"] for charge in charges(buyer.identity_id)] == [1200]


def test_the_key_of_another_order_is_a_409_and_charges_nothing(
    new_user: Callable[[], User], charges: Callable[[str], list[Mapping[str, Any]]]
) -> None:
    buyer, same = new_user(), key()
    first = expect(buy(buyer, 3, headers=same), 201)

    problem(buy(buyer, 4, headers=same), 409)
    problem(buy(buyer, 3, "pm_card_mastercard", headers=same), 409)

    assert len(charges(buyer.identity_id)) == 1
    assert expect(buy(buyer, 3, headers=same), 201) == first


def test_two_users_may_have_the_same_key(user: User, stranger: User) -> None:
    same = key()

    mine, theirs = (expect(buy(buyer, headers=same), 201) for buyer in (user, stranger))

    assert mine["purchase_id"] != theirs["purchase_id"]


@pytest.mark.parametrize("card", ["pm_card_chargeDeclined", "pm_card_chargeDeclinedInsufficientFunds"])
def test_a_refused_card_is_a_402_told_again_at_a_repeat(user: User, card: str) -> None:
    same = key()

    refused = problem(buy(user, card=card, headers=same), 402)

    assert problem(buy(user, card=card, headers=same), 402) == refused
    assert expect(user.call("GET", f"/billing/{refused['purchase_id']}"), 200)["status"] == "failed"


def test_an_unknown_card_is_a_400_that_names_the_field(user: User) -> None:
    refused = problem(buy(user, card="pm_card_nobody_has"), 400)

    assert refused["errors"][0]["pointer"] == "/payment_method"


def test_a_purchase_that_needs_its_buyer_is_paid_once_completed(
    user: User, stage_outputs: Mapping[str, Any], texts: Callable[[Mapping[str, Any]], list[str]]
) -> None:
    same = key()
    open_ = expect(buy(user, card="pm_card_authenticationRequired", headers=same), 201)
    assert open_["status"] == "requires_action"
    path = f"/billing/{open_['purchase_id']}"
    assert expect(user.call("GET", path), 200) == open_
    assert texts(open_) == []

    _complete(stage_outputs, open_["client_secret"])

    eventually(lambda: expect(user.call("GET", path), 200)["status"] == "paid", what="the payment")
    eventually(lambda: texts(open_), SECONDS_TO_SMS, "the SMS")
    assert len(texts(open_)) == 1
    paid = expect(user.call("GET", path), 200)
    assert "client_secret" not in paid
    assert expect(buy(user, card="pm_card_authenticationRequired", headers=same), 201) == open_


def _complete(outputs: Mapping[str, Any], client_secret: str) -> None:
    """What Stripe's own page does in the buyer's browser."""
    intent = client_secret.partition("_secret_")[0]
    answer = requests.post(
        f"{outputs['api_url']}/stripe/v1/payment_intents/{intent}/confirm",
        data={"client_secret": client_secret},
        timeout=SECONDS,
    )
    assert expect(answer, 200)["status"] == "succeeded"


def test_a_purchase_of_another_user_is_a_404(user: User, stranger: User) -> None:
    purchase = expect(buy(user), 201)

    problem(stranger.call("GET", f"/billing/{purchase['purchase_id']}"), 404)


def test_a_purchase_that_nobody_made_is_a_404(user: User) -> None:
    problem(user.call("GET", "/billing/00000000-0000-0000-0000-000000000000"), 404)
    problem(user.call("GET", "/billing/no-id"), 404)

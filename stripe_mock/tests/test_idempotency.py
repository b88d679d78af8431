"""Idempotency keys as Stripe documents them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import stripe

Create = Callable[..., stripe.PaymentIntent]
PaidCharges = Callable[[stripe.StripeClient], list[stripe.Charge]]


def test_same_key_same_parameters_same_answer(
    api: stripe.StripeClient, http: Any, create: Create, paid_charges: PaidCharges
) -> None:
    first = create(key="k")
    assert "Idempotent-Replayed" not in http.last_headers
    second = create(key="k")
    assert http.last_headers["Idempotent-Replayed"] == "true"
    assert first.to_dict() == second.to_dict()
    assert len(paid_charges(api)) == 1


def test_declines_are_replayed(api: stripe.StripeClient, http: Any, create: Create) -> None:
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            create(key="k", payment_method="pm_card_chargeDeclined")
    assert http.last_headers["Idempotent-Replayed"] == "true"
    assert len(api.v1.charges.list().data) == 1


def test_other_parameters_are_refused(
    api: stripe.StripeClient, create: Create, paid_charges: PaidCharges
) -> None:
    create(key="k")
    with pytest.raises(stripe.IdempotencyError) as caught:
        create(key="k", amount=1300)
    assert caught.value.http_status == 400
    assert len(paid_charges(api)) == 1


def test_same_key_for_another_endpoint_is_refused(api: stripe.StripeClient, create: Create) -> None:
    intent = create(key="k", payment_method="pm_card_authenticationRequired")
    with pytest.raises(stripe.IdempotencyError):
        api.v1.payment_intents.cancel(intent.id, {}, {"idempotency_key": "k"})


def test_failed_validation_is_not_stored(create: Create) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        create(key="k", payment_method="pm_nobody")
    assert create(key="k").status == "succeeded"


def test_keys_of_two_accounts_do_not_meet(
    api: stripe.StripeClient, create: Create, paid_charges: PaidCharges, other_api: stripe.StripeClient
) -> None:
    assert create("k").id != create("k", client=other_api).id
    assert len(paid_charges(api)) == len(paid_charges(other_api)) == 1


def test_key_may_be_255_characters_long(create: Create) -> None:
    assert create(key="k" * 255).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="255"):
        create(key="k" * 256)


def test_key_is_forgotten_after_a_day(
    api: stripe.StripeClient, monkeypatch: pytest.MonkeyPatch, create: Create, paid_charges: PaidCharges
) -> None:
    create(key="k")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 24 * 3600 + 1)
    create(key="k")
    assert len(paid_charges(api)) == 2


def test_concurrent_requests_with_one_key(
    api: stripe.StripeClient, monkeypatch: pytest.MonkeyPatch, create: Create, paid_charges: PaidCharges
) -> None:
    from chalicelib import idempotency

    entered, leave = threading.Event(), threading.Event()
    commit = idempotency._commit

    def slow(*args: Any) -> None:
        entered.set()
        assert leave.wait(10)
        commit(*args)

    monkeypatch.setattr(idempotency, "_commit", slow)
    first = threading.Thread(target=create, args=("k",))
    first.start()
    assert entered.wait(10)
    with pytest.raises(stripe.APIError) as caught:
        create(key="k")
    assert caught.value.http_status == 409
    error: Any = caught.value.error
    assert error.code == "idempotency_key_in_use"
    with pytest.raises(stripe.IdempotencyError):
        create(key="k", amount=1300)
    leave.set()
    first.join(10)
    assert create(key="k").status == "succeeded"
    assert len(paid_charges(api)) == 1


def test_two_confirmations_charge_once(
    api: stripe.StripeClient, monkeypatch: pytest.MonkeyPatch, create: Create, paid_charges: PaidCharges
) -> None:
    from chalicelib import store

    intent = create(payment_method="pm_card_authenticationRequired")
    stale = store.get(intent.id[-16:], "pi", intent.id)
    assert api.v1.payment_intents.confirm(intent.id).status == "succeeded"
    monkeypatch.setattr(store, "get", lambda *_: stale)
    with pytest.raises(stripe.RateLimitError) as caught:
        api.v1.payment_intents.confirm(intent.id)
    error: Any = caught.value.error
    assert error.code == "lock_timeout"
    assert len(paid_charges(api)) == 1

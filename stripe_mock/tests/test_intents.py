"""PaymentIntents as Stripe's own client sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe

Create = Callable[..., stripe.PaymentIntent]
ClientFor = Callable[[str], stripe.StripeClient]
PaidCharges = Callable[[stripe.StripeClient], list[stripe.Charge]]


def event_types(api: stripe.StripeClient) -> list[str]:
    return [event.type for event in reversed(api.v1.events.list({"limit": 100}).data)]


@pytest.mark.parametrize("card", ["pm_card_visa", "pm_card_mastercard"])
def test_good_card_is_charged_once(
    api: stripe.StripeClient, card: str, create: Create, paid_charges: PaidCharges
) -> None:
    intent = create(payment_method=card)
    assert (intent.status, intent.amount_received, intent.currency) == ("succeeded", 1200, "usd")
    [charge] = paid_charges(api)
    assert charge.id == intent.latest_charge
    assert charge.payment_intent == intent.id
    assert api.v1.payment_intents.retrieve(intent.id).to_dict() == intent.to_dict()
    assert event_types(api) == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
    ],
)
def test_declined_card(
    api: stripe.StripeClient,
    card: str,
    code: str,
    decline_code: str | None,
    create: Create,
    paid_charges: PaidCharges,
) -> None:
    with pytest.raises(stripe.CardError) as caught:
        create(payment_method=card)
    error: Any = caught.value.error
    assert (caught.value.http_status, error.type, error.code) == (402, "card_error", code)
    assert getattr(error, "decline_code", None) == decline_code
    assert error.payment_intent.status == "requires_payment_method"
    assert error.payment_intent.last_payment_error.code == code
    assert paid_charges(api) == []
    assert [charge.status for charge in api.v1.charges.list().data] == ["failed"]
    assert event_types(api)[-1] == "payment_intent.payment_failed"


def test_declined_intent_can_be_paid_with_another_card(
    api: stripe.StripeClient, create: Create, paid_charges: PaidCharges
) -> None:
    with pytest.raises(stripe.CardError):
        create(payment_method="pm_card_chargeDeclined")
    [failed] = api.v1.payment_intents.list().data
    paid = api.v1.payment_intents.confirm(failed.id, {"payment_method": "pm_card_visa"})
    assert paid.status == "succeeded"
    assert len(paid_charges(api)) == 1


def test_authentication_is_asked_for_and_completed_with_the_client_secret(
    client_for: ClientFor, http: Any, create: Create, paid_charges: PaidCharges
) -> None:
    api = client_for("sk_test_shared")
    intent = create(client=api, payment_method="pm_card_authenticationRequired")
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.client_secret is not None
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert paid_charges(api) == []

    def confirm(secret: str, headers: dict[str, str]) -> Any:
        return http.client.http.post(
            f"/v1/payment_intents/{intent.id}/confirm",
            headers={"Content-Type": "application/x-www-form-urlencoded", **headers},
            body=f"client_secret={secret}".encode(),
        )

    assert confirm("wrong", {}).status_code == 404
    assert confirm("wrong", {"Authorization": "Bearer pk_test_shared"}).status_code == 404
    answer = confirm(intent.client_secret, {"Authorization": "Bearer pk_test_shared"})
    assert (answer.status_code, answer.json_body["status"]) == (200, "succeeded")
    assert "metadata" not in answer.json_body
    assert len(paid_charges(api)) == 1
    again = confirm(intent.client_secret, {})
    assert (again.status_code, again.json_body["error"]["code"]) == (400, "payment_intent_unexpected_state")
    assert len(paid_charges(api)) == 1


def test_off_session_cannot_authenticate(create: Create) -> None:
    with pytest.raises(stripe.CardError) as caught:
        create(payment_method="pm_card_authenticationRequired", off_session=True)
    assert caught.value.code == "authentication_required"


def test_cancel(api: stripe.StripeClient, create: Create) -> None:
    intent = create(payment_method="pm_card_authenticationRequired")
    canceled = api.v1.payment_intents.cancel(intent.id)
    assert canceled.status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        api.v1.payment_intents.confirm(intent.id)
    assert event_types(api)[-1] == "payment_intent.canceled"


@pytest.mark.parametrize(
    ("changed", "param", "code"),
    [
        ({"payment_method": "pm_nobody"}, "payment_method", "resource_missing"),
        ({"amount": 49}, "amount", "amount_too_small"),
        ({"amount": 100_000_000}, "amount", "amount_too_large"),
        ({"amount": "12.5"}, "amount", "parameter_invalid_integer"),
        ({"currency": "xyz"}, "currency", None),
        ({"confirm": "maybe"}, "confirm", None),
        ({"colour": "red"}, "colour", "parameter_unknown"),
        ({"automatic_payment_methods": {"enabled": True}}, "return_url", None),
        ({"metadata": {"x" * 41: "1"}}, "metadata", None),
    ],
)
def test_bad_parameters(
    api: stripe.StripeClient, changed: dict[str, Any], param: str, code: str | None, create: Create
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        create(**changed)
    assert (caught.value.http_status, caught.value.param, caught.value.code) == (400, param, code)
    assert api.v1.payment_intents.list().data == []


def test_no_such_intent_and_intent_of_another_account(
    api: stripe.StripeClient, other_api: stripe.StripeClient, create: Create
) -> None:
    intent = create()
    for client, identifier in [(other_api, intent.id), (api, "pi_none")]:
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v1.payment_intents.retrieve(identifier)
        assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    assert other_api.v1.payment_intents.list().data == []


@pytest.mark.parametrize("key", ["sk_live_one", "nonsense", "sk_test_"])
def test_refused_keys(key: str, client_for: ClientFor) -> None:
    with pytest.raises(stripe.AuthenticationError):
        client_for(key).v1.payment_intents.list()


def test_no_key_and_publishable_key(http: Any, client_for: ClientFor) -> None:
    assert http.client.http.get("/v1/charges").status_code == 401
    with pytest.raises(stripe.PermissionError):
        client_for("pk_test_shared").v1.charges.list()


def test_lists_are_complete_newest_first_and_paged(api: stripe.StripeClient, create: Create) -> None:
    made = [create(metadata={"n": str(n)}).id for n in range(7)]
    assert [intent.id for intent in api.v1.payment_intents.list({"limit": 3}).auto_paging_iter()] == made[
        ::-1
    ]
    assert api.v1.payment_intents.list({"limit": 7}).has_more is False
    of_one = api.v1.charges.list({"payment_intent": made[2]}).data
    assert [charge.payment_intent for charge in of_one] == [made[2]]


def test_search_by_metadata(api: stripe.StripeClient, create: Create) -> None:
    wanted = create(metadata={"purchase_id": "it's"})
    create(metadata={"purchase_id": "other"})
    create(metadata={"user_id": "it's"})
    for query in [
        r"metadata['purchase_id']:'it\'s'",
        'metadata["purchase_id"]:"it\'s"',
        r"status:'succeeded' AND metadata['purchase_id']:'IT\'S'",
    ]:
        assert [intent.id for intent in api.v1.payment_intents.search({"query": query}).data] == [wanted.id]
    none = "status:'canceled' AND metadata['purchase_id']:'other'"
    assert api.v1.payment_intents.search({"query": none}).data == []
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.payment_intents.search({"query": "metadata purchase"})


def test_what_chalice_refuses_is_refused_in_stripes_words(http: Any) -> None:
    refused = http.client.http.post("/v1/payment_intents", headers={"Content-Type": "text/plain"}, body=b"x")
    assert (refused.status_code, refused.json_body["error"]["type"]) == (415, "invalid_request_error")


def test_a_fault_of_the_mock_is_stripes_api_error(
    api: stripe.StripeClient, create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.intents.create", lambda *_: 1 / 0)
    with pytest.raises(stripe.APIError) as caught:
        create()
    assert caught.value.http_status == 500
    assert api.v1.payment_intents.list().data == []

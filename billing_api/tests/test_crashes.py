"""Never charged twice, never paid and silent: the function is stopped around each thing that it does."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

CARDS = {
    "pm_card_visa": (201, "paid", 1),
    "pm_card_authenticationRequired": (201, "requires_action", 0),
    "pm_card_chargeDeclined": (402, "failed", 0),
}


def stops(shop: Any, run: Callable[[], Any], *prepare: Callable[[], Any]) -> Iterator[str]:
    """Stops `run` before and after each of its effects in turn, each time for a new user; yields where."""
    for number, side in ((number, side) for number in itertools.count() for side in ("before", "after")):
        shop.start_afresh()
        for step in prepare:
            step()
        shop.world.effects.clear()
        shop.world.stop_at = (number, side)
        stopped = False
        try:
            run()
        except shop.Stopped:
            stopped = True
        finally:
            shop.world.stop_at = None
        if not stopped:
            assert number >= 1, "nothing was stopped"
            return
        yield f"{side} effect {number} of {shop.world.effects}"


def check(shop: Any, where: str, status: str, paid: int) -> None:
    """One purchase, charged `paid` times, announced if it is paid, and nothing left to do for it."""
    assert len(shop.charges()) == paid, where
    assert len(shop.intents()) == 1, where
    item = shop.item()
    assert item["status"] == status, where
    assert len({event["id"] for event in shop.announcements()}) == paid, where
    assert item.get("due") == ("settle" if status == "requires_action" else None), where


def check_quiet(shop: Any, where: str, paid: int) -> None:
    """A repeat of what was answered does nothing more."""
    assert len(shop.charges()) == paid, where
    assert shop.announcements() == [], where


@pytest.mark.parametrize("card", CARDS)
def test_stopped_anywhere_then_repeated(shop: Any, card: str) -> None:
    code, status, paid = CARDS[card]
    for where in stops(shop, lambda: shop.buy(payment_method=card)):
        answer = shop.buy(payment_method=card)
        assert answer.status_code == code, where
        shop.settle()
        check(shop, where, status, paid)
        again = shop.buy(payment_method=card)
        assert (again.status_code, again.body) == (code, answer.body), where
        check_quiet(shop, where, paid)


@pytest.mark.parametrize("by", ["webhook", "settle"])
@pytest.mark.parametrize("card", CARDS)
def test_stopped_anywhere_and_never_repeated(shop: Any, card: str, by: str) -> None:
    _, status, paid = CARDS[card]
    reached = 0
    for where in stops(shop, lambda: shop.buy(payment_method=card)):
        if by == "webhook":
            for event in shop.stripe_events():
                assert shop.webhook(event).status_code == 200, where
        shop.settle()
        if shop.intents():
            reached += 1
            check(shop, where, status, paid)
        else:
            assert shop.charges() == shop.announcements() == [], where
            assert [item["status"] for item in shop.items()] in ([], ["pending"]), where
    assert reached >= 2, "Stripe was never reached"


@pytest.mark.parametrize("step", ["webhook", "settle"])
def test_stopped_in_recovery(shop: Any, step: str) -> None:
    """The buyer's request dies right after the charge; then what should find out dies too, at each point."""

    def charged_and_stopped() -> None:
        shop.world.effects.clear()
        charge = shop_effects.index("stripe")
        shop.world.stop_at = (charge, "after")
        with pytest.raises(shop.Stopped):
            shop.buy()
        shop.world.effects.clear()
        shop.world.stop_at = None
        shop.forget_secrets()

    def recover() -> None:
        if step == "settle":
            shop.settle()
            return
        for event in shop.stripe_events():
            shop.webhook(event)

    shop.world.effects.clear()
    shop.buy()
    shop_effects = list(shop.world.effects)
    for where in stops(shop, recover, charged_and_stopped):
        shop.settle(timedelta(minutes=30))
        check(shop, where, "paid", 1)
        assert shop.buy().status_code == 201, where
        assert len(shop.charges()) == 1, where


def test_what_is_stopped_is_everything_the_request_does(shop: Any) -> None:
    shop.buy()
    assert shop.world.effects[-6:] == [
        "PutItem",
        "GetSecretValue",
        "stripe",
        "UpdateItem",
        "Publish",
        "UpdateItem",
    ]

"""The schedule finishes what nobody else did."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest


def unannounced(shop: Any) -> str:
    """A paid purchase of a new user that nobody has announced; gives the user."""
    user: str = shop.new_user()
    shop.world.effects.clear()
    shop.world.stop_at = (steps(shop).index("Publish"), "before")
    shop.world.effects.clear()
    with pytest.raises(shop.Stopped):
        shop.buy()
    shop.world.stop_at = None
    return user


def steps(shop: Any) -> list[str]:
    """What buying does once the secret is known."""
    shop.buy("warm up")
    shop.world.effects.clear()
    shop.buy("measure")
    return list(shop.world.effects)


def test_what_is_paid_is_announced_soon(shop: Any) -> None:
    unannounced(shop)
    shop.announcements()
    shop.settle(timedelta(0))  # its maker may still be at it
    assert shop.announcements() == []
    shop.settle(timedelta(seconds=11))
    assert len(shop.announcements()) == 1
    shop.settle(timedelta(hours=1))
    assert shop.announcements() == []


def test_one_bad_record_does_not_stop_the_others(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib import announcements
    from chalicelib.settlement import SettlementError

    bad, good = unannounced(shop), unannounced(shop)
    announce = announcements.announce

    def fails_for_one(purchase: Any) -> None:
        if purchase.user_id == bad:
            raise RuntimeError("cannot be announced")
        announce(purchase)

    shop.announcements()
    monkeypatch.setattr(announcements, "announce", fails_for_one)
    with pytest.raises(SettlementError, match="1 of 2"):
        shop.settle(timedelta(seconds=11))
    shop.user = good
    assert len(shop.announcements()) == 1
    monkeypatch.setattr(announcements, "announce", announce)
    shop.user = bad
    shop.settle(timedelta(minutes=10))
    assert len(shop.announcements()) == 1


def test_authentication_that_stripe_could_not_report(shop: Any) -> None:
    purchase = shop.buy(payment_method="pm_card_authenticationRequired").json_body
    shop.settle(timedelta(minutes=10))
    assert shop.item()["status"] == "requires_action"
    intent = purchase["client_secret"].partition("_secret_")[0]
    shop.stripe("POST", f"/v1/payment_intents/{intent}/confirm")
    shop.settle(timedelta(minutes=30))
    assert shop.item()["status"] == "paid"
    assert len(shop.announcements()) == 1


def test_authentication_that_nobody_completes_is_asked_about_ever_less(shop: Any) -> None:
    shop.buy(payment_method="pm_card_authenticationRequired")
    asked = 0
    for hours in range(0, 200):
        shop.world.effects.clear()
        shop.settle(timedelta(hours=hours))
        asked += shop.world.effects.count("stripe")
    assert 20 <= asked <= 45
    assert "due" not in shop.item()
    assert shop.item()["status"] == "requires_action"


def test_nothing_at_stripe(shop: Any) -> None:
    shop.world.stop_at = (0, "after")
    with pytest.raises(shop.Stopped):
        shop.buy()
    shop.world.stop_at = None
    shop.settle(timedelta(hours=23))
    assert shop.item()["status"] == "pending"
    shop.settle(timedelta(hours=30))
    assert shop.item()["status"] == "failed"
    assert "due" not in shop.item()
    assert shop.intents() == []


def test_stops_in_time(shop: Any) -> None:
    unannounced(shop)
    shop.announcements()
    shop.settle(seconds_left=5)
    assert shop.announcements() == []
    shop.settle(seconds_left=50)
    assert len(shop.announcements()) == 1

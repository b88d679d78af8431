"""What storage costs."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("storage", "cents"),
    [(1, 400), (10, 4000), (11, 2200), (100, 20_000), (101, 10_100), (100_000, 10_000_000)],
)
def test_price(shop: Any, storage: int, cents: int) -> None:
    answer = shop.buy(storage=storage)
    assert (answer.json_body["amount"], answer.json_body["currency"]) == (cents, "usd")
    assert [charge["amount"] for charge in shop.charges()] == [cents]

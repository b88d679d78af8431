"""Stripe's form encoding."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("", {}),
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a[b]=1&a[c][d]=2", {"a": {"b": "1", "c": {"d": "2"}}}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[0]=1&a[1]=2", {"a": ["1", "2"]}),
        ("a%5Bb%5D=x+y%26z", {"a": {"b": "x y&z"}}),
        ("a=%C5%BB", {"a": "Ż"}),
    ],
)
def test_decode(text: str, decoded: object) -> None:
    from chalicelib.forms import decode

    assert decode(text) == decoded


@pytest.mark.parametrize("text", ["a=1&a[b]=2", "[b]=1", "a[b=1", "a=%FF"])
def test_malformed(text: str) -> None:
    from chalicelib.errors import StripeError
    from chalicelib.forms import decode

    with pytest.raises(StripeError) as caught:
        decode(text)
    assert caught.value.status == 400

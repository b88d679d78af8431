"""For whom a flag is on, in the words of users."""

from __future__ import annotations

import pytest

from shared.flags import Audience
from tools.audiences import parse, spoken
from tools.errors import UsageError

ANN, BOB = "us-east-1:aaaaaaaa-0000-4000-8000-000000000001", "us-east-1:bbbbbbbb-0000-4000-8000-000000000002"


@pytest.mark.parametrize(
    ("text", "audience", "words"),
    [
        ("all", Audience(100), "on for all"),
        ("100%", Audience(100), "on for all"),
        ("none", Audience(), "off"),
        ("0%", Audience(), "off"),
        ("25%", Audience(25), "on for 25%"),
        (ANN, Audience(0, (ANN,)), "on for 1 user"),
        (f"{BOB}, {ANN},{BOB}", Audience(0, (ANN, BOB)), "on for 2 users"),
        (f"{BOB},5%", Audience(5, (BOB,)), "on for 5% and 1 user"),
    ],
)
def test_what_is_written_and_said(text: str, audience: Audience, words: str) -> None:
    assert parse(text) == audience
    assert spoken(audience) == words
    for user in audience.users:
        assert user not in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "ON is missing"),
        (" ", "ON is missing"),
        ("ALL", "ALL is neither"),
        ("25", "25 is neither"),
        ("-5%", "-5% is neither"),
        ("٥%", "٥% is neither"),
        ("somebody", "somebody is neither"),
        ("5%,,6%", "nothing is neither"),
        ("none,5%", "none stands alone"),
        ("101%", "from 0% to 100%"),
        ("5%,6%", "one whole number"),
    ],
)
def test_what_is_nobody_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match="It takes all, none") as error:
        parse(text)
    assert words in str(error.value)

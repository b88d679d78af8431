"""What tests of properties rest on."""

from hypothesis import settings


def test_an_example_may_take_as_long_as_a_busy_machine_needs() -> None:
    assert settings.default is not None
    assert settings.default.deadline is None

"""A change is tried beside the release before it, and what cannot run there is told."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from tests.end_to_end import incompatible_change
from tests.end_to_end.checkouts import Checkout
from tests.end_to_end.conftest import Deployed
from tools import deployed as in_the_cloud


@pytest.fixture(scope="module")
def checkout(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone with one commit, the release that users have."""
    return incompatible_change.clone(tmp_path_factory.mktemp("checkout"), deployed)


def test_without_a_change_there_is_nothing_to_try(checkout: Checkout) -> None:
    finished = checkout.command("compatibility", "", BASE="HEAD")
    assert finished.returncode == 0, finished.stderr
    assert "Nothing that is deployed differs" in finished.stdout


def test_there_has_to_be_an_older_commit(checkout: Checkout) -> None:
    unknown = checkout.command("compatibility", "", BASE="no-such-branch")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "BASE=no-such-branch is no commit of this checkout" in unknown.stderr
    first = checkout.command("compatibility", "")
    assert first.returncode == 2
    assert "There is no older commit to try" in first.stderr


def test_a_change_that_older_code_cannot_live_with_is_told(
    deployed: Deployed, compatibility_trial: Future[str]
) -> None:
    said = compatibility_trial.result()

    tried = [line.strip() for line in said.splitlines() if line.startswith(("  ✓", "  ✗"))]
    assert tried == [
        "✓ the older code on the new storage",
        "✓ clients of the older release with the new code",
        "✗ the older notes_api beside the new rest",
        "✓ the new notes_api beside the older rest",
        "✗ the older code after the new one was taken back",
    ]
    assert "GET /notes/" in said
    assert "answered 500 instead of 200" in said
    assert "Make the change in two releases" in said
    assert in_the_cloud.states(deployed.layers("compatibility")) == []

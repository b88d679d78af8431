"""Providers that serve one terraform command after another."""

from __future__ import annotations

import itertools
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.tools.providers import began, stand_in
from tests.waiting import eventually
from tools import lent_providers
from tools.provider_process import ProviderProcess

Lend = Callable[[str], AbstractContextManager[ProviderProcess]]


@pytest.fixture
def lend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lend]:
    """Lends a provider to a command with an AWS profile."""
    folder, idle = stand_in(tmp_path), defaultdict[Any, list[ProviderProcess]](list)
    monkeypatch.setattr(lent_providers, "_idle", idle)
    yield lambda profile: lent_providers.lent(folder, os.environ | {"AWS_PROFILE": profile})
    for provider in itertools.chain(*idle.values()):
        provider.end()


def test_one_command_after_another_has_the_same(tmp_path: Path, lend: Lend) -> None:
    with lend("dev") as first:
        pass
    with lend("dev") as second:
        assert second is first
    assert len(began(tmp_path)) == 1


def test_two_at_once_have_one_each(lend: Lend) -> None:
    with lend("dev") as first, lend("dev") as second:
        assert second is not first


def test_none_has_one_with_the_credentials_of_another_account(tmp_path: Path, lend: Lend) -> None:
    with lend("dev"):
        pass
    with lend("prod"):
        pass
    assert [profile for _process, _argument, profile in began(tmp_path)] == ["dev", "prod"]


def test_one_that_broke_down_is_lent_to_nobody(tmp_path: Path, lend: Lend) -> None:
    with lend("dev") as broken:
        [[process, *_]] = began(tmp_path)
        os.kill(int(process), 9)
        eventually(lambda: not broken.runs, what="its end")
    with lend("dev") as another:
        assert another is not broken
        assert another.runs

"""AWS as moto plays it, in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tools.cloud import AwsCloud
from tools.stages import Account

MOTOS_ACCOUNT = "123456789012"


@pytest.fixture
def account() -> Account:
    """The account that moto's credentials belong to."""
    return Account("dev", MOTOS_ACCOUNT, "dev.notes.example")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsCloud]:
    """An empty AWS."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield AwsCloud("notes", "us-east-1")

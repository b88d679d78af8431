"""AWS as moto plays it, in this process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import MagicMock

import pytest
from moto import mock_aws

from tests.tools.bucket import Bucket
from tools import stages
from tools.cloud import AwsCloud
from tools.stages import Account

# moto checks imported API descriptions with it. None is imported, and it would bring fifteen packages.
for unused in ("", ".validation", ".validation.exceptions"):
    sys.modules.setdefault(f"openapi_spec_validator{unused}", MagicMock())

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


@pytest.fixture
def bucket(aws: AwsCloud, account: Account) -> Bucket:
    """The state bucket of the account dev of stages.toml, which is moto's here."""
    organisation = stages.load()
    accounts = {**organisation.accounts, "dev": account}
    made = Bucket(replace(organisation, accounts=accounts), aws, account)
    made.make()
    return made

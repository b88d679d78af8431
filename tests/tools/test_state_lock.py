"""Terraform's locks: whose they are, and which may go."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from tools import state_bucket, state_lock
from tools.cloud import AwsCloud
from tools.stages import Account

ACCOUNT = Account("dev", "123456789012", "dev.notes.example")
CLOUD = AwsCloud("notes", "us-east-1")
KEY = "dev/storage.tfstate"
WORK = Path("/checkout/.build/terraform/aws/dev/dev/storage/storage")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        name = state_bucket.name(CLOUD, ACCOUNT)
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=name)
        yield name


def lock(bucket: str, host: str) -> None:
    info = {
        "ID": "1",
        "Operation": "OperationTypeApply",
        "Who": f"ada@{host}",
        "Created": "2026-01-01T00:00:00Z",
    }
    boto3.client("s3", region_name="us-east-1").put_object(
        Bucket=bucket, Key=f"{KEY}.tflock", Body=json.dumps(info).encode()
    )


@pytest.mark.usefixtures("bucket")
def test_an_unlocked_state_has_no_holder() -> None:
    assert state_lock.holder(CLOUD, ACCOUNT, KEY) is None


def test_the_holder_is_named(bucket: str) -> None:
    lock(bucket, "elsewhere")
    held = state_lock.holder(CLOUD, ACCOUNT, KEY)
    assert str(held) == "ada@elsewhere (OperationTypeApply since 2026-01-01T00:00:00Z)"


def test_a_lock_of_this_machine_goes_when_nothing_runs(bucket: str) -> None:
    lock(bucket, socket.gethostname())
    assert state_lock.release_if_dead(CLOUD, ACCOUNT, KEY, WORK) is None
    assert state_lock.holder(CLOUD, ACCOUNT, KEY) is None


def test_a_lock_of_another_machine_stays(bucket: str) -> None:
    lock(bucket, "elsewhere")
    assert state_lock.release_if_dead(CLOUD, ACCOUNT, KEY, WORK) is not None
    assert state_lock.holder(CLOUD, ACCOUNT, KEY) is not None


def test_a_lock_stays_while_a_terraform_of_another_checkout_works_on_the_unit(bucket: str) -> None:
    lock(bucket, socket.gethostname())
    chdir = f"-chdir=/elsewhere{str(WORK).removeprefix('/checkout')}"
    waits = "import sys; sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", waits, "terraform", chdir, "apply"], stdin=subprocess.PIPE
    ) as process:
        assert state_lock.release_if_dead(CLOUD, ACCOUNT, KEY, WORK) is not None
        assert process.stdin
        process.stdin.close()
    assert state_lock.release_if_dead(CLOUD, ACCOUNT, KEY, WORK) is None

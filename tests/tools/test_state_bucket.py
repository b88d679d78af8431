"""The bucket of an account's states, and what is read from it and recorded in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools import applied, state_bucket
from tools.cloud import AwsCloud, LocalCloud, client
from tools.errors import ToolError
from tools.stages import Account

KEY = "dev/storage.tfstate"


def finished(s3: Any, bucket: str) -> bool:
    """Whether the bucket is all that it should be."""
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    (statement,) = policy["Statement"]
    return (
        s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled"
        and all(blocked.values())
        and len(blocked) == 4
        and rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        and statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        and statement["Resource"] == [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    )


def test_the_bucket_is_versioned_encrypted_and_closed(aws: AwsCloud, account: Account) -> None:
    state_bucket.ensure(aws, account)
    assert finished(client(aws, account, "s3"), "notes-dev-state-123456789012")


def test_in_another_region_too(aws: AwsCloud, account: Account) -> None:
    elsewhere = AwsCloud(aws.project, "eu-central-1")
    state_bucket.ensure(elsewhere, account)
    s3 = client(elsewhere, account, "s3")
    bucket = state_bucket.name(elsewhere, account)
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == "eu-central-1"


@pytest.mark.parametrize("step", ["put_public_access_block", "put_bucket_encryption", "put_bucket_policy"])
def test_a_half_made_bucket_is_finished(
    aws: AwsCloud, account: Account, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Interrupted(Exception):
        pass

    def interrupt(**_: object) -> None:
        raise Interrupted

    s3 = client(aws, account, "s3")
    with monkeypatch.context() as patched:
        patched.setattr(s3, step, interrupt)
        patched.setattr(state_bucket, "client", lambda *_: s3)
        with pytest.raises(Interrupted):
            state_bucket.ensure(aws, account)
    state_bucket.ensure(aws, account)
    assert finished(client(aws, account, "s3"), state_bucket.name(aws, account))


def test_a_finished_bucket_is_left_alone(aws: AwsCloud, account: Account) -> None:
    state_bucket.ensure(aws, account)
    s3, bucket = client(aws, account, "s3"), state_bucket.name(aws, account)
    s3.delete_bucket_policy(Bucket=bucket)
    state_bucket.ensure(aws, account)
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=bucket)


def test_two_local_clouds_are_told_apart() -> None:
    ids = {state_bucket.cloud_id(LocalCloud("notes", "us-east-1", port)) for port in (4566, 4600)}
    assert ids == {"local-4566", "local-4600"}
    assert state_bucket.cloud_id(AwsCloud("notes", "us-east-1")) == "aws"


def put_state(aws: AwsCloud, account: Account, state: Any) -> None:
    # Not made by ensure: moto takes the policy against plain HTTP for one against everything.
    s3, bucket = client(aws, account, "s3"), state_bucket.name(aws, account)
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=KEY, Body=json.dumps(state).encode())


def test_outputs_are_read_from_the_state(aws: AwsCloud, account: Account) -> None:
    put_state(aws, account, {"resources": [{}], "outputs": {"a": {"value": [1]}, "b": {"value": None}}})
    assert state_bucket.outputs(aws, account, KEY) == {"a": [1], "b": None}


def test_what_was_never_made_or_is_destroyed_has_no_outputs(aws: AwsCloud, account: Account) -> None:
    assert state_bucket.outputs(aws, account, KEY) is None, "no bucket"
    put_state(aws, account, {"resources": [], "outputs": {}})
    assert state_bucket.outputs(aws, account, KEY) is None, "an empty state"
    assert state_bucket.outputs(aws, account, "dev/stage.tfstate") is None, "no state"


def test_credentials_of_another_account_are_refused(aws: AwsCloud) -> None:
    with pytest.raises(ToolError, match="credentials are for account 123456789012; the stage lives in prod"):
        state_bucket.ensure(aws, Account("prod", "300000000003", ""))


def test_a_record_holds_until_fingerprint_or_state_differ(aws: AwsCloud, account: Account) -> None:
    put_state(aws, account, {"serial": 1})
    assert not applied.is_current(aws, account, KEY, "f")
    applied.record(aws, account, KEY, "f")
    assert applied.is_current(aws, account, KEY, "f")
    assert not applied.is_current(aws, account, KEY, "g"), "something else is wanted"
    put_state(aws, account, {"serial": 2})
    assert not applied.is_current(aws, account, KEY, "f"), "somebody else applied"


def test_what_is_forgotten_leaves_neither_record_nor_state(aws: AwsCloud, account: Account) -> None:
    put_state(aws, account, {"resources": [{}], "outputs": {}})
    applied.record(aws, account, KEY, "f")
    applied.forget(aws, account, KEY)
    assert applied.read(aws, account, KEY) is None
    assert state_bucket.outputs(aws, account, KEY) is None


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b"\xff"])
def test_a_broken_state_is_named_with_the_way_back(aws: AwsCloud, account: Account, broken: bytes) -> None:
    s3, bucket = client(aws, account, "s3"), state_bucket.name(aws, account)
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=KEY, Body=broken)
    with pytest.raises(ToolError, match=r"storage\.tfstate of account dev is broken") as told:
        state_bucket.outputs(aws, account, KEY)
    assert "list-object-versions --bucket notes-dev-state-123456789012" in told.value.next_step


def test_a_broken_record_counts_as_none(aws: AwsCloud, account: Account) -> None:
    s3, bucket = client(aws, account, "s3"), state_bucket.name(aws, account)
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="applied/dev/storage.json", Body=b"{")
    assert applied.read(aws, account, KEY) is None
    assert not applied.is_current(aws, account, KEY, "fingerprint")

"""The bucket that holds an account's Terraform states.

Terraform cannot make the place of its own state, so this one resource is made here: versioned,
encrypted, closed to the public and to plain HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from tools.cloud import Cloud, client
from tools.errors import ToolError
from tools.readings import Outputs
from tools.stages import Account


def name(cloud: Cloud, account: Account) -> str:
    """The account's state bucket; the number makes it unique among all of S3."""
    return f"{cloud.project}-{account.name}-state-{account.id}"


def cloud_id(cloud: Cloud) -> str:
    """A name for the cloud that tells two local ones apart."""
    return (
        cloud.name if cloud.endpoint_url is None else f"{cloud.name}-{cloud.endpoint_url.rsplit(':', 1)[-1]}"
    )


def ensure(cloud: Cloud, account: Account) -> None:
    """Make the state bucket, or finish one that was only half made."""
    s3 = client(cloud, account, "s3")
    bucket = name(cloud, account)
    location = {} if cloud.region == "us-east-1" else {"LocationConstraint": cloud.region}
    if not exists(cloud, account):
        with suppress(s3.exceptions.BucketAlreadyOwnedByYou):  # made by a task beside this one
            s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": location} if location else {}))
    if s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled":
        return
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [
                {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
            ]
        },
    )
    if cloud.endpoint_url is None or cloud.endpoint_url.startswith("https:"):
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(_tls_only(bucket)))
    # Last, because it is what the check above takes for "finished".
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def exists(cloud: Cloud, account: Account) -> bool:
    """Whether the account has its state bucket."""
    try:
        client(cloud, account, "s3").head_bucket(Bucket=name(cloud, account))
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise ToolError(
            f"The state bucket {name(cloud, account)} of account {account.name} is out of reach: {error}",
            "Another account may own that name, or these credentials may not read it.",
        ) from error
    return True


def require(cloud: Cloud, account: Account, next_step: str) -> None:
    """See that the state bucket is there and finished. Raises ToolError with `next_step` where it is not."""
    bucket = name(cloud, account)
    if not exists(cloud, account):
        raise ToolError(f"Account {account.name} is not built: it has no state bucket {bucket}.", next_step)
    if client(cloud, account, "s3").get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        raise ToolError(f"The state bucket {bucket} of account {account.name} is half made.", next_step)


def _tls_only(bucket: str) -> dict[str, Any]:
    statement = {
        "Sid": "DenyPlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def outputs(cloud: Cloud, account: Account, key: str) -> Outputs | None:
    """The outputs in the state under `key`, or None where nothing was deployed.

    Read from the state itself, as Terraform's remote state data source does: a terraform command
    would take seconds.
    """
    state = read(cloud, account, key)
    if state is None or not state.get("resources"):
        return None
    return Outputs(key, {name: output["value"] for name, output in state["outputs"].items()})


def read(cloud: Cloud, account: Account, key: str) -> dict[str, Any] | None:
    """The state under `key`, or None where there is none. Raises ToolError where it cannot be read."""
    try:
        found = client(cloud, account, "s3").get_object(Bucket=name(cloud, account), Key=key)
        body = found["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket", "404"):
            return None
        raise ToolError(f"The state {key} of account {account.name} cannot be read: {error}") from error
    try:
        state = json.loads(body)
    except ValueError:
        state = None
    if not isinstance(state, dict):
        bucket = name(cloud, account)
        raise ToolError(
            f"The state {key} of account {account.name} is broken: in {bucket} lies no JSON object.",
            "The bucket keeps every version: delete the broken one (aws s3api list-object-versions "
            f"--bucket {bucket} --prefix {key}, then delete-object with its version id).",
        )
    return state


def states(cloud: Cloud, account: Account) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state of the account with its key."""
    pages = (
        client(cloud, account, "s3").get_paginator("list_objects_v2").paginate(Bucket=name(cloud, account))
    )
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    for key in keys:
        state = read(cloud, account, key) if key.endswith(".tfstate") else None
        if state is not None:
            yield key, state

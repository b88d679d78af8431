"""Bring a unit up to date, and do nothing where nothing changed since the last time.

What was applied is recorded beside the state in the account's bucket, so that a colleague's machine
knows it too.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tools import state_bucket, terraform
from tools.cloud import Cloud, client
from tools.terraform import Unit


def bring_up_to_date(cloud: Cloud, unit: Unit, force: bool = False) -> str:
    """Plan and apply the unit unless it is as it was applied last; returns the words for the user.

    A state that was changed by anybody else since counts as changed.
    """
    wanted = fingerprint(unit)
    if not force and _recorded(cloud, unit) == {"fingerprint": wanted, "state": _state_tag(cloud, unit)}:
        return "unchanged"
    planned = terraform.plan(cloud, unit)
    if planned:
        terraform.apply(cloud, unit, planned)
    _record(cloud, unit, {"fingerprint": wanted, "state": _state_tag(cloud, unit)})
    return str(planned)


def forget(cloud: Cloud, unit: Unit) -> None:
    """Remove the state and the record of a unit that was destroyed; the bucket keeps old versions."""
    for key in (unit.key, _key(unit)):
        client(cloud, unit.account, "s3").delete_object(
            Bucket=state_bucket.name(cloud, unit.account), Key=key
        )


def fingerprint(unit: Unit) -> str:
    """A digest of all that decides what the unit builds: its Terraform, its variables, its package."""
    digest = hashlib.sha256(terraform.sources_digest(unit.root).encode())
    variables = dict(unit.variables)
    folder = variables.pop("package_dir", None)
    if folder is not None:
        digest.update((Path(folder) / "chalice.tf.json").read_bytes())
    digest.update(json.dumps(variables, sort_keys=True).encode())
    return digest.hexdigest()


def _key(unit: Unit) -> str:
    return f"applied/{unit.key.removesuffix('.tfstate')}.json"


def _recorded(cloud: Cloud, unit: Unit) -> dict[str, Any] | None:
    try:
        found = client(cloud, unit.account, "s3").get_object(
            Bucket=state_bucket.name(cloud, unit.account), Key=_key(unit)
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise
    recorded: dict[str, Any] = json.loads(found["Body"].read())
    return recorded


def _record(cloud: Cloud, unit: Unit, record: dict[str, str | None]) -> None:
    client(cloud, unit.account, "s3").put_object(
        Bucket=state_bucket.name(cloud, unit.account),
        Key=_key(unit),
        Body=json.dumps(record).encode(),
        ContentType="application/json",
    )


def _state_tag(cloud: Cloud, unit: Unit) -> str | None:
    try:
        found = client(cloud, unit.account, "s3").head_object(
            Bucket=state_bucket.name(cloud, unit.account), Key=unit.key
        )
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise
    tag: str = found["ETag"]
    return tag

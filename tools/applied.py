"""What was applied last: recorded beside the states in the account's bucket, where every machine sees it."""

from __future__ import annotations

import datetime
import getpass
import json
import socket
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tools import state_bucket, unfinished
from tools.cloud import Cloud, client
from tools.names import STATE_SUFFIX, Folder
from tools.stages import Account


def is_current(
    cloud: Cloud, account: Account, key: str, fingerprint: str, having: Collection[str] = ("reads",)
) -> bool:
    """Whether the state under `key` is as it was left by a deploy with this very fingerprint.

    Not if one since then began to change what the state is of, and could not save it. A record that is not
    `having` these members is from before they were kept: it is made anew.
    """
    recorded = read(cloud, account, key)
    return (
        recorded is not None
        and recorded.keys() >= set(having)
        and recorded["fingerprint"] == fingerprint
        and recorded["state"] == _state_tag(cloud, account, key)
        and not unfinished.is_noted(cloud, account, key)
    )


def read(cloud: Cloud, account: Account, key: str) -> dict[str, Any] | None:
    """The record of `key`, or None.

    It has fingerprint, state (its ETag), at (RFC 3339), by (user@host) and reads (see tools/readings.py);
    that of a service also what was `built` (see tools/manifests.py) and `published` (see
    tools/publication.py).
    """
    try:
        found = client(cloud, account, "s3").get_object(
            Bucket=state_bucket.name(cloud, account), Key=_object(key)
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket", "404"):
            return None
        raise
    try:
        recorded = json.loads(found["Body"].read())
    except ValueError:
        return None  # broken: what it says is found out anew by the next deploy
    return recorded if isinstance(recorded, dict) else None


def record(
    cloud: Cloud,
    account: Account,
    key: str,
    fingerprint: str,
    reads: Iterable[str] = (),
    service: Mapping[str, Any] | None = None,
) -> None:
    """Note that the state under `key` is now what `fingerprint` stands for, made with the outputs `reads`.

    `service` has what is kept of a service only: built and published.
    """
    entry = {
        "fingerprint": fingerprint,
        "state": _state_tag(cloud, account, key),
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "by": f"{getpass.getuser()}@{socket.gethostname()}",
        "reads": sorted(reads),
        **(service or {}),
    }
    client(cloud, account, "s3").put_object(
        Bucket=state_bucket.name(cloud, account),
        Key=_object(key),
        Body=json.dumps(entry).encode(),
        ContentType="application/json",
    )


def forget(cloud: Cloud, account: Account, key: str) -> None:
    """Remove the state and the record of what was destroyed; the bucket keeps old versions."""
    for name in (key, _object(key)):
        client(cloud, account, "s3").delete_object(Bucket=state_bucket.name(cloud, account), Key=name)


def _object(key: str) -> str:
    return Folder.APPLIED.key(f"{key.removesuffix(STATE_SUFFIX)}.json")


def _state_tag(cloud: Cloud, account: Account, key: str) -> str | None:
    try:
        found = client(cloud, account, "s3").head_object(Bucket=state_bucket.name(cloud, account), Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise
    tag: str = found["ETag"]
    return tag

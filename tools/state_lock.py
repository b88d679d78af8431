"""Terraform's lock on a unit's state: who holds it, and removing what a killed deploy left.

The lock is an object beside the state: https://developer.hashicorp.com/terraform/language/backend/s3#state-locking
"""

from __future__ import annotations

import json
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from tools import environments, state_bucket
from tools.cloud import Cloud, client
from tools.stages import Account


@dataclass(frozen=True)
class Holder:
    """Who holds a lock (user@host), and since when (RFC 3339)."""

    who: str
    since: str
    operation: str

    def __str__(self) -> str:
        return f"{self.who} ({self.operation} since {self.since})"


def holder(cloud: Cloud, account: Account, key: str) -> Holder | None:
    """Who holds the lock of the state under `key`; None when nobody does."""
    try:
        found = client(cloud, account, "s3").get_object(
            Bucket=state_bucket.name(cloud, account), Key=_object(key)
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket", "404"):
            return None
        raise
    try:
        info = json.loads(found["Body"].read())
        return Holder(info["Who"], info["Created"], info["Operation"])
    except (ValueError, KeyError, TypeError):
        return Holder("somebody whose lock cannot be read", str(found["LastModified"]), "unknown")


def release_if_dead(cloud: Cloud, account: Account, key: str, work: Path) -> Holder | None:
    """Remove the lock if its holder was on this machine and runs no more; returns who holds it still.

    `work` is the unit's working copy. Copies of other checkouts end in the same folders, so a process of any
    of them counts as alive.
    """
    found = holder(cloud, account, key)
    if found is None:
        return None
    if found.who.rpartition("@")[2] != socket.gethostname() or _runs(work):
        return found
    release(cloud, account, key)
    return None


def release(cloud: Cloud, account: Account, key: str) -> None:
    """Remove the lock, whoever holds it."""
    client(cloud, account, "s3").delete_object(Bucket=state_bucket.name(cloud, account), Key=_object(key))


def _object(key: str) -> str:
    return f"{key}.tflock"


def _runs(work: Path) -> bool:
    """Whether a terraform works on the same unit of the same cloud, in whichever checkout of this machine."""
    parts = work.parts
    unit = "/".join(parts[parts.index("terraform", parts.index(".build")) :])
    processes = subprocess.run(
        ["ps", "-axww", "-o", "args="],
        env=environments.programs(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return any(f"/.build/{unit} " in line and "terraform" in line for line in processes.splitlines())

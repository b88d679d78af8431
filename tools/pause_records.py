"""Which services of a stage are paused: `paused/<stage>/<service>.json` in its account's state bucket.

The record is written before the service is silenced, and removed after it is called again. So every command
sees a pause, and one that was interrupted is finished by running it again.
"""

from __future__ import annotations

import getpass
import json
import socket
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal

from botocore.exceptions import ClientError

from tools import state_bucket
from tools.cloud import Cloud, client
from tools.names import Folder
from tools.stages import Account

# Which command paused it: what a rollback paused, rolling forward resumes.
Doing = Literal["pause", "rollback"]


@dataclass(frozen=True)
class Pause:
    """When (RFC 3339), by whom (user@host), by which command and why a service was paused.

    `tag` is the record's ETag, which tells whether somebody paused the service anew since it was read.
    """

    at: str
    by: str
    why: str = ""
    doing: Doing = "pause"
    tag: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"paused since {self.at} by {self.by}{f': {self.why}' if self.why else ''}"

    def described(self) -> dict[str, str]:
        """As JSON."""
        return {"at": self.at, "by": self.by, "why": self.why, "doing": self.doing}


def here() -> str:
    """Who runs this command, as records name people."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def key(stage: str, service: str) -> str:
    """Where the record of a service lies."""
    return f"{_folder(stage)}{service}.json"


def read(cloud: Cloud, account: Account, stage: str, service: str) -> Pause | None:
    """The record of a service, or None while it is not paused."""
    s3 = client(cloud, account, "s3")
    try:
        found = s3.get_object(Bucket=state_bucket.name(cloud, account), Key=key(stage, service))
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket", "404"):
            return None
        raise
    return parsed(found["Body"].read(), found["ETag"])


def read_all(cloud: Cloud, account: Account, stage: str) -> dict[str, Pause]:
    """The records of all paused services of a stage, by service."""
    found = {name: read(cloud, account, stage, name) for name in _services(cloud, account, stage)}
    return {name: pause for name, pause in found.items() if pause is not None}


def write(cloud: Cloud, account: Account, stage: str, service: str, pause: Pause) -> None:
    """Write a record, or write it anew: a resume that began before leaves it in place then."""
    body = json.dumps(pause.described() | {"write": uuid.uuid4().hex}, indent=1).encode()
    client(cloud, account, "s3").put_object(
        Bucket=state_bucket.name(cloud, account),
        Key=key(stage, service),
        Body=body,
        ContentType="application/json",
    )


def remove(cloud: Cloud, account: Account, stage: str, service: str, tag: str) -> bool:
    """Remove the record that has this tag; False where somebody wrote it anew.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    """
    where = {"Bucket": state_bucket.name(cloud, account), "Key": key(stage, service)}
    try:
        client(cloud, account, "s3").delete_object(**where, IfMatch=tag)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return True
        if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
            return False
        raise
    return True


def forget(cloud: Cloud, account: Account, stage: str, services: Collection[str] | None = None) -> None:
    """Remove the records of services that are gone, or of the whole stage; the bucket keeps old versions."""
    for name in _services(cloud, account, stage) if services is None else services:
        client(cloud, account, "s3").delete_object(
            Bucket=state_bucket.name(cloud, account), Key=key(stage, name)
        )


def parsed(body: bytes, tag: str = "") -> Pause:
    """A record; one that cannot be read still pauses its service, and can be written anew or removed."""
    try:
        document: dict[str, Any] = json.loads(body)
        document.pop("write", None)
        return Pause(**document, tag=tag)
    except (ValueError, TypeError, AttributeError):
        return Pause("?", "?", "its record cannot be read", tag=tag)


def _services(cloud: Cloud, account: Account, stage: str) -> list[str]:
    s3 = client(cloud, account, "s3")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=state_bucket.name(cloud, account), Prefix=_folder(stage)
    )
    try:
        keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
    except s3.exceptions.NoSuchBucket:
        return []
    return [name.removeprefix(_folder(stage)).removesuffix(".json") for name in keys]


def _folder(stage: str) -> str:
    return Folder.PAUSED.key(f"{stage}/")

"""The release that is meant to be live in a stage: `live/<stage>.json` in its account's state bucket.

It names the release that was brought to users last, by a deploy, a promotion or a rollback, with what each
function runs and each API serves with it. tools/verification.py compares that with what callers get.
"""

from __future__ import annotations

import datetime
import getpass
import json
import socket
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from tools import state_bucket
from tools.cloud import client
from tools.errors import ToolError
from tools.layers import Layers
from tools.names import Folder
from tools.versions import Content


@dataclass(frozen=True)
class Served:
    """What a stage of an API serves: by its number, and a digest of it (tools/api_exports.py)."""

    deployment: str
    digest: str


@dataclass(frozen=True)
class Service:
    """A service as callers get it: by function what it runs, by API (`<id>/<stage>`) what it serves."""

    functions: Mapping[str, Content] = field(default_factory=dict)
    apis: Mapping[str, Served] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """The release that was brought to users last, when (RFC 3339) and by whom, and what it is by service."""

    release: str
    at: str
    by: str
    services: Mapping[str, Service]


def read(layers: Layers) -> Record | None:
    """The stage's record, or None where no release was brought to users since there are records.

    Raises ToolError for a broken one.
    """
    where = _where(layers)
    try:
        body = client(layers.cloud, layers.stage.account, "s3").get_object(**where)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket", "404"):
            return None
        raise
    try:
        return _parsed(json.loads(body))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ToolError(
            f"The record {where['Key']} in the bucket {where['Bucket']} is broken: {error}",
            "The bucket keeps its older versions: restore the last good one.",
        ) from error


def note(layers: Layers, release: str, services: Mapping[str, Service]) -> None:
    """Note that the release was brought to users now, who get `services` with it."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    write(layers, Record(release, now, f"{getpass.getuser()}@{socket.gethostname()}", services))


def write(layers: Layers, record: Record) -> None:
    """Write the stage's record, or write it anew."""
    body = json.dumps(asdict(record), indent=1).encode()
    s3 = client(layers.cloud, layers.stage.account, "s3")
    s3.put_object(**_where(layers), Body=body, ContentType="application/json")


def drop(layers: Layers, services: Collection[str]) -> None:
    """Take services that were destroyed out of the record: the live release goes on without them."""
    record = read(layers)
    if record is not None and not record.services.keys().isdisjoint(services):
        left = {name: found for name, found in record.services.items() if name not in services}
        write(layers, replace(record, services=left))


def forget(layers: Layers) -> None:
    """Remove the record of a stage that is gone; the bucket keeps old versions."""
    client(layers.cloud, layers.stage.account, "s3").delete_object(**_where(layers))


def _parsed(document: dict[str, Any]) -> Record:
    services = {
        name: Service(
            {function: Content(**content) for function, content in service["functions"].items()},
            {api: Served(**served) for api, served in service["apis"].items()},
        )
        for name, service in document["services"].items()
    }
    return Record(document["release"], document["at"], document["by"], services)


def _where(layers: Layers) -> dict[str, str]:
    return {
        "Bucket": state_bucket.name(layers.cloud, layers.stage.account),
        "Key": Folder.LIVE.key(f"{layers.stage.name}.json"),
    }

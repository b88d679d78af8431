"""Which stages are deployed in which account, read from the cloud alone."""

from __future__ import annotations

import concurrent.futures
import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tools import deployed, names, pause_records, state_bucket
from tools.cloud import Cloud, client
from tools.errors import ToolError
from tools.names import Folder, StageUnit
from tools.pause_records import Pause
from tools.stage_records import AT_ONCE, Record, read_all
from tools.stages import Account, Organisation


@dataclass(frozen=True)
class Deployment:
    """A stage in the cloud: its record, its services with their versions, and whether all of it is made.

    `changed_at` and `changed_by` are of the last unit that a deploy changed.
    """

    stage: str
    account: str
    record: Record | None
    services: Mapping[str, str | None]
    own_storage: bool
    whole: bool
    changed_at: str | None
    changed_by: str | None
    paused: Mapping[str, Pause] = field(default_factory=dict)

    @property
    def storage(self) -> str:
        """own, none, or whose it uses; a question mark where only states tell of the stage."""
        if self.record is None:
            return "own" if self.own_storage else "?"
        return self.record.storage

    @property
    def last(self) -> tuple[str | None, str | None]:
        """When and by whom it was last deployed, whether or not that changed anything."""
        return (
            (self.record.deployed_at, self.record.deployed_by)
            if self.record
            else (self.changed_at, self.changed_by)
        )

    def described(self) -> dict[str, Any]:
        """As JSON."""
        at, by = self.last
        return {
            "stage": self.stage,
            "account": self.account,
            "services": dict(self.services),
            "paused": {name: pause.described() for name, pause in self.paused.items()},
            "storage": self.storage,
            "created_at": self.record.created_at if self.record else None,
            "deployed_at": at,
            "deployed_by": by,
            "whole": self.whole,
        }


@dataclass(frozen=True)
class Inventory:
    """What was found, and by account why it could not be read."""

    deployments: list[Deployment] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)


def take(organisation: Organisation, cloud: Cloud) -> Inventory:
    """Look into every account that stages live in, side by side."""
    accounts = [account for account in organisation.accounts.values() if account.subdomain]
    inventory = Inventory()
    with concurrent.futures.ThreadPoolExecutor(len(accounts)) as pool:
        looks = {account.name: pool.submit(of_account, cloud, account) for account in accounts}
        for name, look in looks.items():
            try:
                inventory.deployments.extend(look.result())
            except (ToolError, ClientError, BotoCoreError) as error:
                inventory.unread[name] = " ".join(str(error).split())
    return inventory


def of_account(cloud: Cloud, account: Account) -> list[Deployment]:
    """The stages of an account, by name. Raises ToolError, or botocore's own, where it cannot be read."""
    tags = deployed.tags(cloud, account)
    keys = list(tags)
    stages = deployed.stage_names(keys)
    states = [key for key in keys if key.endswith(names.STATE_SUFFIX) and key.split("/")[0] in stages]
    marks = [key for key in map(_mark, states) if key in tags]
    services = [key for key in states if "/services/" in key]
    records = read_all(cloud, account, stages)
    pauses = {pause_records.key(key.split("/")[0], deployed.service_of(key)): key for key in services}
    pauses = {record: key for record, key in pauses.items() if record in tags}
    read = _bodies(cloud, account, [*marks, *services, *pauses])

    def one(name: str) -> Deployment:
        own = [key for key in states if key.startswith(f"{name}/")]
        changes = [
            json.loads(read[key])
            for key in marks
            if key.startswith(Folder.APPLIED.key(f"{name}/")) and key in read
        ]
        latest: dict[str, str] = max(changes, key=lambda change: change["at"], default={})
        return Deployment(
            name,
            account.name,
            records[name],
            {deployed.service_of(key): _version(read[key]) for key in own if key in read},
            StageUnit.STORAGE.key(name) in own,
            # A state that changed since was left so by a deploy or a destroy that did not end.
            StageUnit.STAGE.key(name) in own
            and {change["state"] for change in changes} == {tags[key] for key in own},
            latest.get("at"),
            latest.get("by"),
            {
                deployed.service_of(key): pause_records.parsed(read[record])
                for record, key in pauses.items()
                if key in own and record in read
            },
        )

    return [one(name) for name in stages]


def _mark(key: str) -> str:
    """Where the record of what was applied last to a state lies."""
    return Folder.APPLIED.key(f"{key.removesuffix(names.STATE_SUFFIX)}.json")


def _bodies(cloud: Cloud, account: Account, keys: list[str]) -> dict[str, bytes]:
    s3, bucket = client(cloud, account, "s3", max_pool_connections=AT_ONCE), state_bucket.name(cloud, account)

    def body(key: str) -> bytes | None:
        try:
            found: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:  # destroyed meanwhile
            return None
        return found

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return {
            key: found for key, found in zip(keys, pool.map(body, keys), strict=True) if found is not None
        }


def _version(state: bytes) -> str | None:
    """The version that was published last; who gets it is only known from each function's alias."""
    functions = json.loads(state).get("outputs", {}).get("functions", {}).get("value", {})
    return max((function["version"] for function in functions.values()), key=int, default=None)


def age(since: str, now: datetime.datetime) -> datetime.timedelta:
    """How long ago an RFC 3339 time was."""
    return now - datetime.datetime.fromisoformat(since)


def spoken(duration: datetime.timedelta) -> str:
    """A duration in the greatest unit that it has one of: 5 min, 3 h, 12 d."""
    minutes = max(0, int(duration.total_seconds() // 60))
    for unit, length in (("d", 24 * 60), ("h", 60)):
        if minutes >= length:
            return f"{minutes // length} {unit}"
    return f"{minutes} min"

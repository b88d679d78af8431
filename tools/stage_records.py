"""What is known of a deployed stage beside its states: `stages/<stage>.json` in its account's state bucket.

Written before anything else of a stage is made, and removed when nothing of it is left: a stage that is half
made or half destroyed is known too. It remembers which storage a stage that stages.toml does not list chose
(STORAGE=), so that every later command finds the same one.
"""

from __future__ import annotations

import concurrent.futures
import datetime
import getpass
import json
import socket
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from botocore.exceptions import ClientError

from tools import names, stages_file, state_bucket
from tools.cloud import Cloud, client
from tools.errors import ToolError, UsageError
from tools.layers import Layers
from tools.names import Folder
from tools.stages import Account, Organisation, Stage

AT_ONCE = 24  # requests to S3 side by side


@dataclass(frozen=True)
class Record:
    """A stage's storage ("own", "none" or whose it shares), and when and by whom it was made and deployed.

    Times are RFC 3339, people user@host. `listed` says whether stages.toml ever had it.
    """

    storage: str
    listed: bool
    created_at: str
    created_by: str
    deployed_at: str
    deployed_by: str

    def lender(self, stage: str) -> str | None:
        """The stage whose storage it uses: its own name, another's, or None for no storage."""
        return None if self.storage == "none" else stage if self.storage == "own" else self.storage


def read(cloud: Cloud, account: Account, stage: str) -> Record | None:
    """The stage's record, or None where it was never deployed. Raises ToolError for a spoilt one."""
    return read_all(cloud, account, [stage])[stage]


def read_all(cloud: Cloud, account: Account, stages: Iterable[str]) -> dict[str, Record | None]:
    """The records of several stages by name."""
    names, bucket = list(stages), state_bucket.name(cloud, account)
    s3 = client(cloud, account, "s3", max_pool_connections=AT_ONCE)

    def one(stage: str) -> Record | None:
        try:
            body = s3.get_object(Bucket=bucket, Key=_key(stage))["Body"].read()
            return Record(**json.loads(body))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket", "404"):
                return None
            raise
        except (TypeError, ValueError) as error:
            raise ToolError(
                f"The record {_key(stage)} in the bucket {bucket} makes no sense: {error}",
                "The bucket keeps its older versions: restore the last good one.",
            ) from error

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(names, pool.map(one, names), strict=True))


def stage_of(organisation: Organisation, cloud: Cloud, name: str, wanted: str = "") -> Stage:
    """The stage called `name` with the storage that it has, or that is `wanted` (STORAGE=) for a new one.

    Raises UsageError for a choice that the stage does not have, ToolError for another than it made.
    """
    stage = organisation.stage(name)
    if stage.listed:
        if wanted:
            raise UsageError(
                f"STORAGE={wanted} cannot be chosen for {name}: stages.toml lists that stage, "
                f'with storage = "{stage.settings.storage}".',
                "Leave STORAGE out.",
            )
        return stage
    wanted = "own" if wanted == name else wanted
    record = read(cloud, stage.account, name)
    if record is not None:
        if wanted not in ("", record.storage):
            raise _other_storage(organisation, cloud, name, record.storage, f"STORAGE={wanted}")
        return organisation.stage(name, record.storage)
    if wanted not in ("", "own"):
        _check_lender(organisation, cloud, stage.account, wanted)
    return organisation.stage(name, wanted)


def remember(layers: Layers) -> None:
    """Note that the stage is being deployed now, by this user.

    Raises ToolError when it was deployed with another storage than it is to have now.
    """
    stage, now, user = layers.stage, _now(), f"{getpass.getuser()}@{socket.gethostname()}"
    storage = stage.settings.storage
    record = read(layers.cloud, stage.account, stage.name)
    if record is None:
        record = Record(storage, stage.listed, now, user, now, user)
    elif record.storage != storage:
        wanted = f'storage = "{storage}" in stages.toml' if stage.listed else f"STORAGE={storage}"
        raise _other_storage(layers.organisation, layers.cloud, stage.name, record.storage, wanted)
    record = replace(record, listed=record.listed or stage.listed, deployed_at=now, deployed_by=user)
    client(layers.cloud, stage.account, "s3").put_object(
        Bucket=state_bucket.name(layers.cloud, stage.account),
        Key=_key(stage.name),
        Body=json.dumps(asdict(record)).encode(),
        ContentType="application/json",
    )


def forget(cloud: Cloud, account: Account, stage: str) -> None:
    """Remove the record of a stage of which nothing is left; the bucket keeps old versions."""
    client(cloud, account, "s3").delete_object(Bucket=state_bucket.name(cloud, account), Key=_key(stage))


def _other_storage(
    organisation: Organisation, cloud: Cloud, name: str, storage: str, wanted: str
) -> ToolError:
    had = {"own": "storage of its own", "none": "no storage"}.get(storage, f"the storage of {storage}")
    command = Layers(organisation, cloud, organisation.stage(name)).command("destroy")
    return ToolError(
        f"{name} was deployed with {had}; {wanted} would put its notes and users out of its sight.",
        f"Leave it as it is, or destroy the stage first: {command}",
    )


def _check_lender(organisation: Organisation, cloud: Cloud, account: Account, lender: str) -> None:
    if lender in organisation.stages:
        fault = stages_file.storage_fault(organisation.stages, organisation.defaults, account.name, lender)
    else:
        record = None if names.stage_fault(lender) else read(cloud, account, lender)
        if record is None:
            fault = f"no stage called {lender!r} is deployed in account {account.name}."
        else:
            fault = "" if record.storage == "own" else f"stage {lender} has no storage of its own to share."
    if fault:
        raise UsageError(f"STORAGE={lender}: {fault}", "Give STORAGE=own, or a stage that has its own.")


def _key(stage: str) -> str:
    return Folder.STAGES.key(f"{stage}.json")


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")

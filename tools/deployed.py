"""What is deployed in an account, as its state bucket tells: a record and a folder of states."""

from __future__ import annotations

from tools import names, stage_records, state_bucket
from tools.cloud import Cloud, client
from tools.errors import NotBuiltError
from tools.layers import Layers
from tools.names import STATE_SUFFIX, Folder
from tools.stage_records import Record
from tools.stages import Account


def keys(cloud: Cloud, account: Account, prefix: str = "") -> list[str]:
    """The keys in the state bucket that begin with `prefix`; none where the account is not built."""
    return list(tags(cloud, account, prefix))


def tags(cloud: Cloud, account: Account, prefix: str = "") -> dict[str, str]:
    """The same keys, each with the tag (ETag) of what lies under it."""
    s3 = client(cloud, account, "s3")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=state_bucket.name(cloud, account), Prefix=prefix
    )
    try:
        return {found["Key"]: found["ETag"] for page in pages for found in page.get("Contents", [])}
    except (s3.exceptions.NoSuchBucket, NotBuiltError):
        return {}


def stage_names(found: list[str]) -> list[str]:
    """The stages that the keys of a state bucket tell of, by name."""
    folder = Folder.STAGES.key("")
    records = {key.removeprefix(folder).removesuffix(".json") for key in found if key.startswith(folder)}
    states = {key.split("/")[0] for key in found if "/" in key and key.endswith(STATE_SUFFIX)}
    return sorted(name for name in records | states if not names.stage_fault(name))


def records(cloud: Cloud, account: Account) -> dict[str, Record | None]:
    """The stages of the account with their records; None where there are states alone."""
    return stage_records.read_all(cloud, account, stage_names(keys(cloud, account)))


def borrowers(layers: Layers) -> list[str]:
    """The other stages of the account that use this stage's storage."""
    stage = layers.stage
    found = records(layers.cloud, stage.account)
    return [
        name
        for name, record in found.items()
        if name != stage.name and _lender(layers, name, record) == stage.name
    ]


def _lender(layers: Layers, name: str, record: Record | None) -> str | None:
    return record.lender(name) if record else layers.organisation.stage(name).storage_stage


def states(layers: Layers) -> list[str]:
    """The keys of the stage's states."""
    found = keys(layers.cloud, layers.stage.account, f"{layers.stage.name}/")
    return [key for key in found if key.endswith(STATE_SUFFIX)]


def services(layers: Layers) -> list[str]:
    """The services that are deployed in the stage, those that it no longer has among them."""
    folder = names.services_folder(layers.stage.name)
    return [service_of(key) for key in states(layers) if key.startswith(folder)]


def service_of(key: str) -> str:
    """The service whose state lies under `key`."""
    return key.rsplit("/", 1)[-1].removesuffix(STATE_SUFFIX)


def removed_services(layers: Layers) -> list[str]:
    """The services that are deployed in the stage although it no longer has them."""
    own = {service.name for service in layers.services}
    return [
        name
        for name in services(layers)
        if name not in own
        and state_bucket.outputs(
            layers.cloud, layers.stage.account, names.service_key(layers.stage.name, name)
        )
        is not None
    ]

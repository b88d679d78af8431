"""Who reads an output: found in the records of the deploys of all stages of the account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from tools import applied, state_bucket
from tools.cloud import client
from tools.layers import Layers
from tools.readings import reading
from tools.stages import Account
from tools.terraform_unit import Unit


@dataclass(frozen=True)
class Readers:
    """By output the deployed units that read it, and those of which nobody knows what they read.

    A unit is named as its state is: `pr-1/services/notes_api`.
    """

    by_output: Mapping[str, tuple[str, ...]]
    unknown: tuple[str, ...]

    def of(self, output: str) -> list[str]:
        """All that may read an output."""
        return sorted({*self.by_output.get(output, ()), *self.unknown})


def of_outputs(layers: Layers, unit: Unit, outputs: Iterable[str]) -> Readers:
    """Who reads `outputs` of `unit`, other than itself."""
    wanted = {reading(unit.key, output): output for output in outputs}
    found: dict[str, list[str]] = defaultdict(list)
    unknown = []
    for account in _accounts(layers, unit):
        for name, reads in _deployed(layers, account, partial(_could_read, layers, unit)):
            if reads is None and _shares(layers, unit, name):
                unknown.append(name)
            for known in wanted.keys() & (reads or ()):
                found[wanted[known]].append(name)
    return Readers({output: tuple(names) for output, names in found.items()}, tuple(unknown))


def _accounts(layers: Layers, unit: Unit) -> list[Account]:
    """Where readers may be: the parent zone's outputs are read by every account's layer."""
    return list(layers.organisation.accounts.values()) if unit.root == "dns" else [unit.account]


def _deployed(
    layers: Layers, account: Account, readable: Callable[[str], bool]
) -> Iterator[tuple[str, list[str] | None]]:
    """The states of the account by name, with what each reads; None where no record fits the state."""
    s3 = client(layers.cloud, account, "s3")
    bucket = state_bucket.name(layers.cloud, account)
    try:
        pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=bucket))
    except s3.exceptions.NoSuchBucket:
        return
    tags = {entry["Key"]: entry["ETag"] for page in pages for entry in page.get("Contents", [])}
    for key, tag in tags.items():
        name = key.removesuffix(".tfstate")
        if name == key or not readable(name):
            continue
        record = applied.read(layers.cloud, account, key) or {}
        fits = record.get("state") == tag
        if fits or _stands(layers, account, key):
            yield name, record.get("reads") if fits else None


def _shares(layers: Layers, unit: Unit, name: str) -> bool:
    """Whether a unit of which nobody knows what it reads belongs to a stage on this storage, if it is one."""
    owner, stage = (PurePosixPath(key).parts[0] for key in (unit.key, name))
    return unit.root != "storage" or layers.organisation.stage(stage).storage_stage == owner


def _stands(layers: Layers, account: Account, key: str) -> bool:
    return state_bucket.outputs(layers.cloud, account, key) is not None


def _could_read(layers: Layers, unit: Unit, name: str) -> bool:
    """Whether the deployed unit of that name is above `unit`, so that it may read its outputs."""
    stage, _, above = name.partition("/services/")
    match unit.root:
        case "dns":
            return name == "account"
        case "roles":
            return False  # their names are known before they are made, so that nothing reads them
        case "account":
            return "/" in name
        case "storage":
            return bool(above)
        case _:
            own, *_, last = PurePosixPath(unit.key).with_suffix("").parts
            itself = name == unit.key.removesuffix(".tfstate")
            return bool(above) and not itself and (stage == own or last in layers.organisation.mocks)

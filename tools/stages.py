"""The stages and accounts of terraform/stages.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tools import names, stages_file
from tools.errors import UsageError
from tools.names import StorageWord
from tools.paths import STAGES_FILE


@dataclass(frozen=True)
class Account:
    """An AWS account; `subdomain` is empty for the one that holds the parent zone.

    `github_subjects` are the tokens with which a pipeline may deploy to it, `github_reader_subjects` those
    with which it may look.
    """

    name: str
    id: str
    subdomain: str
    github_subjects: tuple[str, ...] = ()
    github_reader_subjects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """What stages.toml says of a stage. `storage` is "own", "none" or the stage whose storage it shares.

    In a canary `canary_share` percent of the calls go to new versions until `canary_looks` looks at the
    alarms, `canary_wait` seconds apart, found nothing. `releases_kept` of the last releases can be
    rolled back to.
    """

    account: str
    storage: str
    protected: bool
    mocks: bool
    canary: bool
    canary_share: int
    canary_wait: int
    canary_looks: int
    canary_error_percent: float
    canary_p99_ms: int
    releases_kept: int
    log_level: str
    log_retention_days: int
    throttle_rate: float
    throttle_burst: int
    flags_kept_seconds: int
    allowed_origins: list[str]
    services: list[str]
    api_domain: str
    testers: list[str]
    chat: Mapping[str, str]


@dataclass(frozen=True)
class Stage:
    """A stage with its settings and the account that it lives in."""

    name: str
    account: Account
    settings: Settings
    listed: bool

    @property
    def storage_stage(self) -> str | None:
        """The stage whose storage this one uses: its own name, another's, or None for no storage at all."""
        storage = self.settings.storage
        return None if storage == StorageWord.NONE else self.name if storage == StorageWord.OWN else storage


@dataclass(frozen=True)
class Mock:
    """A mock service: what stages without mocks call instead, and who plays that on the local cloud."""

    service: str
    api_url: str
    local_stage: str


@dataclass(frozen=True)
class Organisation:
    """All of stages.toml, checked."""

    project: str
    region: str
    root_domain: str
    dns_account: Account
    accounts: Mapping[str, Account]
    mocks: Mapping[str, Mock]
    defaults: Mapping[str, Any]
    feature: Mapping[str, Any]
    stages: Mapping[str, Mapping[str, Any]]

    @property
    def ephemeral_account(self) -> Account:
        """Where the stages live that are not listed."""
        return self.accounts[{**self.defaults, **self.feature}["account"]]

    def stage(self, name: str, storage: str = "") -> Stage:
        """The stage called `name`; one that is not listed is an ephemeral one with the `feature` settings.

        `storage` overrides what the settings say of it. Raises UsageError for a name that no stage may have.
        """
        if fault := names.stage_fault(name):
            shown = name if name in names.RESERVED_FOR_STAGES else repr(name)
            raise UsageError(
                f"ENV={shown} is not a stage name: {fault}.", "Examples: ENV=local, ENV=dev, ENV=pr-42."
            )
        listed = name in self.stages
        settings = Settings(**{**self.defaults, **(self.stages[name] if listed else self.feature)})
        settings = replace(settings, storage=storage or settings.storage)
        return Stage(name, self.accounts[settings.account], settings, listed)


def load(path: Path = STAGES_FILE) -> Organisation:
    """Read and check the stages file. Raises ToolError with the line of each fault."""
    document = stages_file.read(path)
    accounts = {
        name: Account(
            name,
            entry["id"],
            entry.get("subdomain", ""),
            tuple(entry.get("github_subjects", ())),
            tuple(entry.get("github_reader_subjects", ())),
        )
        for name, entry in document["accounts"].items()
    }
    return Organisation(
        project=document["project"],
        region=document["region"],
        root_domain=document["root_domain"],
        dns_account=accounts[document["dns_account"]],
        accounts=accounts,
        mocks={
            name: Mock(name, entry["api_url"], entry["local_stage"])
            for name, entry in document.get("mocks", {}).items()
        },
        defaults=document.get("defaults", {}),
        feature=document.get("feature", {}),
        stages=document["stages"],
    )

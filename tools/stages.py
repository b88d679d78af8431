"""The stages and accounts of terraform/stages.toml, validated."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tools.errors import ToolError, UsageError
from tools.paths import REPOSITORY, STAGES_FILE

STAGE_NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")


@dataclass(frozen=True)
class Account:
    """An AWS account; `subdomain` is empty for the one that holds the parent zone."""

    name: str
    id: str
    subdomain: str


@dataclass(frozen=True)
class Settings:
    """What stages.toml says of a stage. `storage` is "own", "none" or the stage whose storage it shares."""

    account: str
    storage: str
    protected: bool
    mocks: bool
    canary: bool
    log_level: str
    log_retention_days: int
    throttle_rate: float
    throttle_burst: int
    allowed_origins: list[str]
    services: list[str]
    api_domain: str


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
        return None if storage == "none" else self.name if storage == "own" else storage


@dataclass(frozen=True)
class Mock:
    """A mock service: what stages without mocks call instead, and who plays that on the local cloud."""

    service: str
    api_url: str
    local_stage: str


@dataclass(frozen=True)
class Organisation:
    """All of stages.toml."""

    project: str
    region: str
    root_domain: str
    dns_account: Account
    accounts: Mapping[str, Account]
    mocks: Mapping[str, Mock]
    defaults: Mapping[str, Any]
    feature: Mapping[str, Any]
    stages: Mapping[str, Mapping[str, Any]]

    def stage(self, name: str) -> Stage:
        """The stage called `name`; one that is not listed is an ephemeral one with the `feature` settings.

        Raises UsageError for a name that no stage may have.
        """
        if not STAGE_NAME.fullmatch(name):
            raise UsageError(
                f"ENV={name!r} is not a stage name: a letter, then lower-case letters, digits and hyphens, "
                "at most 20 characters.",
                "Examples: ENV=local, ENV=dev, ENV=pr-42.",
            )
        listed = name in self.stages
        values = {**self.defaults, **(self.stages[name] if listed else self.feature)}
        settings = _settings(values, f"stages.{name}" if listed else "feature")
        if settings.account not in self.accounts:
            raise ToolError(
                f"stages.toml: stage {name} is in account {settings.account!r}, which is not listed; "
                f"there are {', '.join(self.accounts)}."
            )
        return Stage(name, self.accounts[settings.account], settings, listed)


def _settings(values: Mapping[str, Any], where: str) -> Settings:
    kinds: dict[str, tuple[type, ...]] = {
        "account": (str,),
        "storage": (str,),
        "protected": (bool,),
        "mocks": (bool,),
        "canary": (bool,),
        "log_level": (str,),
        "log_retention_days": (int,),
        "throttle_rate": (int, float),
        "throttle_burst": (int,),
        "allowed_origins": (list,),
        "services": (list,),
        "api_domain": (str,),
    }
    for key, value in values.items():
        if key not in kinds:
            raise ToolError(f"stages.toml: {where} has the key {key!r}, which does not exist.", _known(kinds))
        if not isinstance(value, kinds[key]) or (isinstance(value, bool) and bool not in kinds[key]):
            expected = " or ".join(kind.__name__ for kind in kinds[key])
            raise ToolError(f"stages.toml: {where}.{key} is {value!r}; it takes {expected}.")
    missing = [field.name for field in fields(Settings) if field.name not in values]
    if missing:
        raise ToolError(
            f"stages.toml: {where} lacks {', '.join(missing)}.", "Set them there or in [defaults]."
        )
    return Settings(**values)


def _known(kinds: Mapping[str, object]) -> str:
    return f"Known keys: {', '.join(kinds)}."


def load(path: Path = STAGES_FILE) -> Organisation:
    """Read and check the stages file. Raises ToolError that names the key at fault."""
    try:
        document = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ToolError(f"{_shown(path)} cannot be read: {error}.") from error
    try:
        accounts = {
            name: Account(name, str(entry["id"]), str(entry.get("subdomain", "")))
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
    except KeyError as error:
        raise ToolError(f"{_shown(path)}: the key {error} is missing.") from error


def _shown(path: Path) -> str:
    return str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)

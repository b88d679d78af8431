"""The names that the tools use for themselves, each stated once: no stage and no service may have one.

Keys of the state bucket, folders of working copies and steps of a deploy are built from these constants, so a
new one is reserved as soon as it exists.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal, get_args

STATE_SUFFIX = ".tfstate"

# A stage is a label of its API's domain name: https://www.rfc-editor.org/rfc/rfc1123#section-2.1, and none of
# those that are kept for encoded names: https://www.rfc-editor.org/rfc/rfc5891#section-4.2.3.1
_LABEL = re.compile(r"(?!..--)[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?")
_ACCOUNT = re.compile(r"[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?")
# Underscores become hyphens in AWS names.
_SERVICE = re.compile(r"(?=.{1,20}\Z)[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


class Folder(StrEnum):
    """The tools' own folders in an account's state bucket, beside a folder for each stage."""

    APPLIED = "applied"
    LIVE = "live"
    LOCKS = "locks"
    PAUSED = "paused"
    RELEASES = "releases"
    STAGES = "stages"
    UNFINISHED = "locks/unfinished"

    def key(self, name: str) -> str:
        """The key of an object in the folder; a prefix for all of them where `name` is empty."""
        return f"{self}/{name}"


class AccountUnit(StrEnum):
    """What an account has once: its state, and the working copy of it, lie beside the folders of stages."""

    ACCOUNT = "account"
    DNS = "dns"
    DRIFT = "drift"
    ROLES = "roles"

    @property
    def key(self) -> str:
        """Where its state lies."""
        return f"{self}{STATE_SUFFIX}"


class StageUnit(StrEnum):
    """What a stage has beside its services: `<stage>/<unit>.tfstate`, and a step of its deploy."""

    STAGE = "stage"
    STORAGE = "storage"

    def key(self, stage: str) -> str:
        """Where its state lies."""
        return f"{stage}/{self}{STATE_SUFFIX}"


class StorageWord(StrEnum):
    """What STORAGE= takes beside the name of a stage."""

    OWN = "own"
    NONE = "none"


# With whose rights a command works in an account. The administrator builds the account's own layers; the
# deployer builds stages, without reading what users store; the reader changes nothing.
Role = Literal["administrator", "deployer", "reader"]
ROLES: tuple[Role, ...] = get_args(Role)


class Repository(StrEnum):
    """Folders beside those of the services, and the packages that a service's zip has."""

    CHALICELIB = "chalicelib"
    DOCS = "docs"
    SHARED = "shared"
    TERRAFORM = "terraform"
    TESTS = "tests"
    TOOLS = "tools"


class Trial(StrEnum):
    """Stages that commands deploy and destroy by themselves."""

    BENCH = "bench"
    BENCH_SERIAL = "bench-serial"
    COMPATIBILITY = "compatibility"


LIBRARIES = "libraries"  # the step of a deploy that installs what a service needs
TRIAL_VARIABLE = "TRIAL"  # set to the stage's name in what a command starts for a trial

RESERVED_FOR_STAGES = frozenset(map(str, (*Folder, *AccountUnit, *StorageWord)))
RESERVED_FOR_SERVICES = frozenset(map(str, (*Repository, *StageUnit, LIBRARIES, "app")))


def stage_fault(name: str) -> str:
    """Why no stage may have this name; empty where one may."""
    if not _LABEL.fullmatch(name):
        return (
            "a letter, then lower-case letters, digits and hyphens; at most 20 characters; no hyphen at the "
            'end, and no "--" as third and fourth character'
        )
    return "the tools use that word themselves" if name in RESERVED_FOR_STAGES else ""


def account_fault(name: str) -> str:
    """Why no account may have this name; empty where one may."""
    if _ACCOUNT.fullmatch(name):
        return ""
    return (
        "a letter, then lower-case letters, digits and hyphens; at most 20 characters; no hyphen at the end"
    )


def service_fault(name: str) -> str:
    """Why no service may have this name; empty where one may."""
    if not _SERVICE.fullmatch(name):
        return "a letter, then lower-case letters, digits and single underscores; at most 20 characters"
    return "the project uses that word itself" if name in RESERVED_FOR_SERVICES else ""


def aws_name(service: str) -> str:
    """What a service's directory is called in AWS names."""
    return service.replace("_", "-")


def service_key(stage: str, service: str) -> str:
    """Where a service's state lies."""
    return f"{services_folder(stage)}{service}{STATE_SUFFIX}"


def services_folder(stage: str) -> str:
    """Where the states of a stage's services lie."""
    return f"{stage}/services/"

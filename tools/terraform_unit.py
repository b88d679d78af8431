"""A unit: one Terraform root for one stage, with a state of its own; and the files that a root is made of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.paths import TERRAFORM
from tools.stages import Account

_LOCAL_MODULE = re.compile(r'source\s*=\s*"(\.{1,2}/[^"]+)"')


@dataclass(frozen=True)
class Unit:
    """A Terraform root (a folder of terraform/) applied with `variables`; its state lies under `key`.

    `reads`: the outputs of units below it that `variables` come from, see tools/readings.py.
    """

    root: str
    key: str
    account: Account
    variables: Mapping[str, Any]
    reads: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.key


def sources_digest(root: str) -> str:
    """A digest of every file that can change what the root builds."""
    digest = hashlib.sha256()
    for path in files_of(root):
        digest.update(str(path.relative_to(TERRAFORM)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def files_of(root: str) -> list[Path]:
    """The root's files and those of the modules that it uses, directly or through others."""
    folders, waiting = set(), [TERRAFORM / root]
    while waiting:
        folder = waiting.pop()
        if folder not in folders:
            folders.add(folder)
            text = "".join(path.read_text() for path in folder.glob("*.tf"))
            waiting += [(folder / source).resolve() for source in _LOCAL_MODULE.findall(text)]
    return sorted(path for folder in folders for path in folder.glob("*.tf"))


def provider_configurations(root: str) -> int:
    """How often a root configures the provider; in one that runs already the last would hold for all."""
    return sum(path.read_text().count('provider "aws" {') for path in (TERRAFORM / root).glob("*.tf"))

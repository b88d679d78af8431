"""What the user lets through although it loses data: ALLOW_DESTROY and, where protected, CONFIRM."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import click

from tools.stages import Stage
from tools.terraform_unit import Unit


@dataclass(frozen=True)
class Permission:
    """The entries of ALLOW_DESTROY, and the name that was typed; `used` collects the entries needed."""

    entries: frozenset[str] = frozenset()
    confirmed: str = ""
    used: set[str] = field(default_factory=set, compare=False)

    @staticmethod
    def given(stage: Stage) -> Permission:
        """From the environment of the command; on a terminal a protected stage's name is asked for."""
        listed = os.environ.get("ALLOW_DESTROY", "").split(",")
        entries = frozenset(entry.strip() for entry in listed if entry.strip())
        confirmed = os.environ.get("CONFIRM", "")
        if entries and stage.settings.protected and not confirmed and sys.stdin.isatty():
            click.echo(
                f"{stage.name} is protected. These could be lost for ever: {', '.join(sorted(entries))}",
                err=True,
            )
            confirmed = click.prompt(
                "Type the stage's name to let that happen", default="", show_default=False, err=True
            )
        return Permission(entries, confirmed)

    def covers(self, entry: str, stage: Stage) -> bool:
        """Whether exactly this may happen; in a protected stage that takes its name as well."""
        if entry not in self.entries:
            return False
        self.used.add(entry)
        return not stage.settings.protected or self.confirmed == stage.name

    def unused(self) -> str:
        """A line about the entries that nothing planned needed; empty without any."""
        spare = sorted(self.entries - self.used)
        return f"ALLOW_DESTROY: nothing planned needs {', '.join(spare)}." if spare else ""


NOTHING = Permission()


def entry(unit: Unit, address: str) -> str:
    """How ALLOW_DESTROY names something: addresses of storage and stage alone, the others with their unit.

    The same address is there once in each service and in each account.
    """
    if unit.root in ("storage", "stage"):
        return address
    return f"{PurePosixPath(unit.key).stem}:{address}"

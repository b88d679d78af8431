"""make releases"""

from __future__ import annotations

import json
import os
from dataclasses import asdict

import click

from tools import canary, histories, pausing, verification
from tools.context import Context
from tools.errors import UsageError
from tools.histories import Entry
from tools.layers import Layers
from tools.tables import show

_HEADINGS = ("", "release", "came", "by", "made of", "journey", "what became of it")


@click.command("releases")
@click.pass_obj
def command(context: Context) -> None:
    """List the releases of a stage, the newest first, with the live one marked; or as FORMAT=json."""
    wanted = os.environ.get("FORMAT", "")
    if wanted not in ("", "json"):
        raise UsageError(f"FORMAT={wanted} is unknown.", "Leave it out for a table, or give FORMAT=json.")
    layers = context.layers_as("reader")
    entries = [canary.as_it_ended(layers, entry) for entry in histories.read(layers)]
    found = verification.look(layers, entries)
    current = found.entry
    newest_first = list(reversed(entries))
    for line in pausing.told(layers, pausing.paused(layers)):
        click.echo(line, err=True)
    if wanted == "json":
        described = [
            {**asdict(entry), "live": entry == current, "became": _became(entry)} for entry in newest_first
        ]
        click.echo(json.dumps(described, indent=2))
    elif entries:
        show(_HEADINGS, [_cells(entry, entry == current) for entry in newest_first])
    else:
        click.echo(f"{layers.stage.name} has no releases yet: {layers.command('deploy')} makes one.")
    if entries and current is None:
        _say_what_differs(layers, found)


def _say_what_differs(layers: Layers, found: verification.Live) -> None:
    click.echo(f"Callers of {layers.stage.name} get no release as a whole.", err=True)
    if found.meant is not None and found.words:
        click.echo(f"Release {found.meant.release.id} is meant to be live, but:", err=True)
        for line in found.words:
            click.echo(f"  {line}", err=True)
        click.echo(f"Repair it: {layers.command('deploy')}", err=True)


def _cells(entry: Entry, live: bool) -> tuple[str, ...]:
    journey = "passed" if entry.passed_at else "-"
    mark = "live" if live else ""
    return (mark, entry.release.id, entry.at, entry.by, entry.release.origin, journey, _became(entry))


def _became(entry: Entry) -> str:
    told = {"moving": f"on its way: {entry.execution}", "failed": f"failed: {entry.why}"}
    return told.get(entry.status, "released")

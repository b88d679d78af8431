"""make releases"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace

import click

from tools import canary, histories, pausing
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
    entries = [_as_it_ended(layers, entry) for entry in histories.read(layers)]
    current = histories.current(layers, entries)
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
        if current is None:
            click.echo(f"Callers of {layers.stage.name} get no release as a whole.", err=True)
    else:
        click.echo(f"{layers.stage.name} has no releases yet: {layers.command('deploy')} makes one.")


def _cells(entry: Entry, live: bool) -> tuple[str, ...]:
    journey = "passed" if entry.passed_at else "-"
    mark = "live" if live else ""
    return (mark, entry.release.id, entry.at, entry.by, entry.release.origin, journey, _became(entry))


def _as_it_ended(layers: Layers, entry: Entry) -> Entry:
    """The entry with its end, where the deploy that would have noted it is gone."""
    end = canary.ended(layers, entry.execution) if entry.status == "moving" else None
    if end is None:
        return entry
    return replace(entry, status="released" if end.status == "SUCCEEDED" else "failed", why=end.why)


def _became(entry: Entry) -> str:
    told = {"moving": f"on its way: {entry.execution}", "failed": f"failed: {entry.why}"}
    return told.get(entry.status, "released")

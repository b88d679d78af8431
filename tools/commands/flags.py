"""make flags"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import Any

import click

from shared.flags import FLAGS, Audience
from tools import audiences, flag_store
from tools.context import Context
from tools.errors import UsageError
from tools.flag_store import Values

_HEADINGS = ("FLAG", "STATE", "DEFAULT", "WHAT IT IS FOR")


@click.command("flags")
@click.pass_obj
def command(context: Context) -> None:
    """List a stage's feature flags: for whom each is on, and what holds where nobody has set it."""
    wanted = os.environ.get("FORMAT", "")
    if wanted not in ("", "json"):
        raise UsageError(f"FORMAT={wanted} is unknown.", "Leave it out for a table, or give FORMAT=json.")
    layers = context.layers_as("reader")
    values = flag_store.read(layers)
    if wanted == "json":
        click.echo(json.dumps({"stage": layers.stage.name, "flags": _described(values)}, indent=2))
    else:
        _show(values)
    if not values.in_use:
        click.echo("A change was stored but is not in use: run its make flag again.", err=True)


def _described(values: Values) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "set": name in values.audiences,
            **asdict(values.audiences.get(name) or Audience(share=100 if flag.default else 0)),
            "default": flag.default,
            "description": flag.description,
        }
        for name, flag in FLAGS.items()
    ]


def _show(values: Values) -> None:
    rows = [_HEADINGS]
    for name, flag in FLAGS.items():
        default = "on" if flag.default else "off"
        found = values.audiences.get(name)
        state = f"{default}, not set" if found is None else audiences.spoken(found)
        rows.append((name, state, default, flag.description))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for *cells, description in rows:
        shown = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        click.echo(f"{shown}  {description}")

"""make pause"""

from __future__ import annotations

import os
import sys
import time

import click

from tools import deployed, pausing, stage_lock
from tools.context import Context
from tools.errors import ToolError, UsageError
from tools.layers import Layers


@click.command("pause")
@click.pass_obj
def command(context: Context) -> None:
    """Stop SERVICE=a,b from being called, within seconds and also while a deploy runs; MESSAGE= says why."""
    began = time.monotonic()
    layers = context.layers_as("deployer")
    services = named(layers)
    confirm(layers, services, "Pause")
    for line in pausing.pause(layers, services, os.environ.get("MESSAGE", "")):
        click.echo(line)
    holder = stage_lock.find(layers)
    if holder is not None and not holder.dead:
        click.echo(f"{layers.stage.name} is locked by {holder}. That leaves paused what is paused.")
    click.echo(
        f"Calls that run now end by themselves ({time.monotonic() - began:.1f} s). "
        f"A deploy leaves it paused. To undo: {layers.command('resume', SERVICE=','.join(services))}"
    )


def named(layers: Layers) -> list[str]:
    """The deployed services that SERVICE names. Raises UsageError for none, or for another."""
    services = sorted({name.strip() for name in os.environ.get("SERVICE", "").split(",")} - {""})
    if not services:
        there = deployed.services(layers)
        raise UsageError(
            "Which service? SERVICE is missing.",
            f"Deployed in {layers.stage.name} are: {', '.join(there) or 'none'}.",
        )
    pausing.check(layers, services)
    return services


def confirm(layers: Layers, services: list[str], doing: str) -> None:
    """Ask before users of a protected stage feel it. Raises ToolError where nobody can be asked."""
    stage = layers.stage
    if not stage.settings.protected or os.environ.get("YES") or os.environ.get("CONFIRM") == stage.name:
        return
    if not sys.stdin.isatty():
        raise ToolError(
            f"{stage.name} is protected, and nobody can be asked here. Nothing was changed.",
            f"Without a terminal: {layers.command(doing.lower(), SERVICE=','.join(services), YES='1')}",
        )
    click.confirm(f"{doing} {', '.join(services)} of {stage.name}, which is protected?", abort=True)

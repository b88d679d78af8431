"""make resume"""

from __future__ import annotations

import click

from tools import pausing, stage_lock
from tools.commands.pause import confirm, named
from tools.context import Context
from tools.progress import Progress


@click.command("resume")
@click.pass_obj
def command(context: Context) -> None:
    """Let SERVICE=a,b be called again, as it is configured. Waits for a deploy that runs."""
    layers = context.layers_as("deployer")
    services = named(layers)
    confirm(layers, services, "Resume")
    with Progress() as progress, stage_lock.held(layers, "resume", progress.say):
        words = pausing.resume(layers, services)
    for line in words:
        click.echo(line)

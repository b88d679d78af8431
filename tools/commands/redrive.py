"""make redrive"""

from __future__ import annotations

import click

from tools import pausing
from tools.context import Context
from tools.errors import ToolError
from tools.redrive import redrive


@click.command("redrive")
@click.pass_obj
def command(context: Context) -> None:
    """Process what ended in a stage's dead-letter queue once more."""
    layers = context.layers_as("deployer")
    pausing.refuse(layers, ["notify_job"], "It would process no message.")
    processed, failed = redrive(layers)
    click.echo(f"{processed} processed, {failed} failed again and stay in the queue.")
    if failed:
        raise ToolError(
            f"{failed} messages failed again.",
            f"See why: {layers.command('logs', SERVICE='notify_job')}",
        )

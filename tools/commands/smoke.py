"""make smoke"""

from __future__ import annotations

import click

from tools import pausing, rollout
from tools.context import Context
from tools.journey import travel
from tools.progress import Progress


@click.command("smoke")
@click.pass_obj
def command(context: Context) -> None:
    """Send a real user through a deployed stage: sign up, notes, attachment, purchase, SMS."""
    layers = context.layers_as("deployer")
    pausing.refuse(layers, pausing.paused(layers), "A user's journey would fail.")
    with Progress() as progress:
        travel(layers, progress)
    rollout.note_journey(layers)
    click.echo(f"The journey through {layers.stage.name} passed.")

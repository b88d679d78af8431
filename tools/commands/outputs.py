"""make outputs"""

from __future__ import annotations

import json

import click

from tools.context import Context
from tools.outputs import collect


@click.command("outputs")
@click.pass_obj
def command(context: Context) -> None:
    """Print every name and address of a stage as one JSON object."""
    click.echo(json.dumps(collect(context.layers_as("reader")), indent=2))

"""make secret"""

from __future__ import annotations

import getpass
import os
import sys

import click

from tools import secret_store
from tools.context import Context
from tools.errors import UsageError


@click.command("secret")
@click.pass_obj
def command(context: Context) -> None:
    """Set the secret NAME of a stage, read without echo or from a pipe; in use within five minutes."""
    name = os.environ.get("NAME", "")
    if name not in secret_store.OUTPUTS:
        raise UsageError(f"NAME={name} is no secret.", f"There are: {', '.join(secret_store.OUTPUTS)}.")
    layers = context.layers_as("deployer")
    if sys.stdin.isatty():
        value = getpass.getpass(f"Value of {name} for {layers.stage.name} (not shown): ")
    else:
        value = sys.stdin.read().rstrip("\n")
    if not value.strip():
        raise UsageError("The value is empty; nothing was changed.")
    secret_store.put(layers, name, value)
    click.echo(f"{name} of {layers.stage.name} is set; functions use it within five minutes.")

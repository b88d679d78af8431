"""make secret"""

from __future__ import annotations

import getpass
import os
import sys

import click

from tools import secret_store
from tools.context import Context
from tools.errors import UsageError
from tools.services import all_services


@click.command("secret")
@click.pass_obj
def command(context: Context) -> None:
    """Set the secret NAME of a stage, read without echo or from a pipe; in use within five minutes."""
    name = os.environ.get("NAME", "")
    known = secret_store.needed(all_services())
    if name not in known:
        raise UsageError(f"NAME={name} is no secret.", f"There are: {', '.join(known)}.")
    layers = context.layers_as("deployer")
    value = _value(f"Value of {name} for {layers.stage.name} (not shown): ")
    if not value.strip():
        raise UsageError("The value is empty; nothing was changed.")
    secret_store.put(layers, name, value)
    click.echo(f"{name} of {layers.stage.name} is set; functions use it within five minutes.")


def _value(prompt: str) -> str:
    """What was typed or piped, without the end of its last line: every other character may matter."""
    try:
        text = getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.read()
    except UnicodeDecodeError as error:
        raise UsageError("The value is no text in UTF-8; nothing was changed.") from error
    return text.rstrip("\r\n")

"""make local"""

from __future__ import annotations

import os
import re
import signal
from dataclasses import replace

import click

from tools import collisions
from tools.context import Context
from tools.errors import UsageError
from tools.local_api.session import serve
from tools.services import all_services

_DEFAULT_PORT = "8000"
_DEFAULT_IDENTITY = "us-east-1:00000000-0000-4000-8000-000000000000"
# https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetId.html
_IDENTITY = re.compile(r"[\w-]+:[0-9a-f-]+", re.ASCII)


@click.command("local")
@click.pass_obj
def command(context: Context) -> None:
    """Run the APIs on this machine with a stage's storage (PORT, IDENTITY), reloading as files change."""
    here = context if context.env else replace(context, env="local")
    port = os.environ.get("PORT") or _DEFAULT_PORT
    if not port.isdigit() or not 1024 <= int(port) <= 65535:
        raise UsageError(f"PORT={port} is no port: give a number from 1024 to 65535.")
    identity = os.environ.get("IDENTITY") or _DEFAULT_IDENTITY
    if not _IDENTITY.fullmatch(identity):
        raise UsageError(f"IDENTITY={identity} is no identity id.", f"For example: {_DEFAULT_IDENTITY}")
    collisions.check_services(all_services())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        serve(here.layers_as("administrator"), int(port), identity, click.echo)
    except KeyboardInterrupt:
        click.echo("\nStopped.")

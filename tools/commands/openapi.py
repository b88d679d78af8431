"""make openapi"""

from __future__ import annotations

import json
import os

import click

from tools import collisions, openapi, stages
from tools.context import Context
from tools.outputs import collect
from tools.paths import REPOSITORY
from tools.services import all_services


@click.command("openapi")
@click.pass_obj
def command(context: Context) -> None:
    """Write the API description to openapi.json; with ENV= its server is that stage's API."""
    organisation = stages.load()
    url = collect(context.layers_as("reader"))["api_url"] if context.env else "https://api.example"
    collisions.check_services(all_services())
    services = [service for service in all_services() if service.name not in organisation.mocks]
    path = REPOSITORY / os.environ.get("OPENAPI", "openapi.json")
    path.write_text(json.dumps(openapi.describe(url, services), indent=2) + "\n")
    click.echo(f"{path.name} is written.")

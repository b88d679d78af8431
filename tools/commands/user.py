"""make user"""

from __future__ import annotations

import shlex

import click

from tools import outputs
from tools.api_client import BrokenCallError, new_account, sign_in
from tools.cloud import client
from tools.context import Context
from tools.errors import ToolError


@click.command("user")
@click.pass_obj
def command(context: Context) -> None:
    """Sign a new user up and in; prints shell assignments for eval: API_URL, region and credentials."""
    layers = context.layers_as("deployer")
    found = outputs.collect(layers)
    try:
        email, password = new_account(found, client(layers.cloud, layers.stage.account, "cognito-idp"))
        user = sign_in(found, email, password)
    except BrokenCallError as fault:
        raise ToolError(f"No user of {layers.stage.name} was made: {fault}.") from fault
    assignments = {
        "API_URL": found["api_url"],
        "AWS_REGION": found["region"],
        "AWS_DEFAULT_REGION": found["region"],
        "IDENTITY_ID": user.identity_id,
        "AWS_ACCESS_KEY_ID": user.credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": user.credentials.secret_key,
        "AWS_SESSION_TOKEN": user.credentials.token,
    }
    for name, value in assignments.items():
        click.echo(f"export {name}={shlex.quote(value)}")

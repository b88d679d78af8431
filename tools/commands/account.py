"""make account"""

from __future__ import annotations

import os
from dataclasses import replace

import click

from tools import accounts, caller, deployment_summary, terraform_cli
from tools.context import Context
from tools.errors import ToolError
from tools.permission import Permission
from tools.progress import Progress


@click.command("account")
@click.pass_obj
def command(context: Context) -> None:
    """Build what a stage's account has once, as its administrator: zone, delegation, certificate, roles."""
    layers = context.listed_as("administrator")
    layers = replace(layers, permission=Permission.given(layers.stage))
    terraform_cli.executable()  # told once, before every unit misses it
    with Progress() as progress:
        progress.say(caller.describe(layers.cloud, layers.stage.account))
        outcome = accounts.ensure(layers, progress, force=bool(os.environ.get("FORCE")))
        if spare := layers.permission.unused():
            progress.say(spare)
    if outcome.failed or outcome.not_tried:
        raise ToolError(deployment_summary.failures(outcome, layers.command("account")))
    click.echo(f"Account {layers.stage.account.name} is ready. Next: {layers.command('deploy')}")

"""make deploy"""

from __future__ import annotations

import os
import time

import click

from tools import deployment_summary, stage_lock, terraform_cli
from tools.context import Context
from tools.deploy import deploy
from tools.errors import ToolError
from tools.journey import travel
from tools.progress import Progress


@click.command("deploy")
@click.pass_obj
def command(context: Context) -> None:
    """Deploy a stage: all layers, then a user's journey through it. Runs again where it stopped."""
    began = time.monotonic()
    layers = context.layers_as("deployer")
    terraform_cli.executable()  # told once, before every unit misses it
    with Progress() as progress:
        progress.say(
            f"Deploying {layers.stage.name} to {layers.cloud.name}, account {layers.stage.account.name}"
        )
        with stage_lock.held(layers, "deploy", progress.say, layers.players) as still_held:
            force = bool(os.environ.get("FORCE"))
            outcome = deploy(layers, progress, force, before_each=still_held)
        if outcome.failed or outcome.not_tried:
            raise ToolError(deployment_summary.failures(outcome, layers.command("deploy")))
        if layers.stage.storage_stage is not None:
            travel(layers, progress)
    click.echo(deployment_summary.success(layers, time.monotonic() - began))

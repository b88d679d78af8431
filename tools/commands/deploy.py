"""make deploy"""

from __future__ import annotations

import os
import time
from dataclasses import replace

import click

from tools import (
    accounts,
    caller,
    checkout,
    collisions,
    deployment_summary,
    references,
    rollout,
    selection,
    terraform_cli,
)
from tools.context import Context
from tools.permission import Permission
from tools.progress import Progress
from tools.services import all_services


@click.command("deploy")
@click.pass_obj
def command(context: Context) -> None:
    """Deploy a stage: all layers, then a user's journey through it. Runs again where it stopped."""
    began = time.monotonic()
    services = os.environ.get("SERVICE", "")
    terraform_cli.executable()  # told once, before every unit misses it
    references.check_circles(all_services())
    checkout.git("rev-parse", "HEAD")  # Fail early if git refuses the checkout.
    with Progress() as progress:
        listed = context.listed_as("deployer")
        progress.say(caller.describe(listed.cloud, listed.stage.account))
        collisions.check(listed)
        accounts.prepare(listed, progress)
        layers = context.layers_as("deployer")
        layers = replace(layers, permission=Permission.given(layers.stage))
        progress.say(
            f"Deploying {layers.stage.name} to {layers.cloud.name}, account {layers.stage.account.name}"
        )
        again = layers.command("deploy", **({"SERVICE": services} if services else {}))
        rollout.roll_out(layers, progress, selection.of(layers, services), "deploy", again)
    click.echo(deployment_summary.success(layers, time.monotonic() - began))

"""make destroy"""

from __future__ import annotations

import os
import sys

import click

from tools import caller, deployment_summary, destroy, stage_lock, terraform_cli
from tools.context import Context
from tools.errors import ToolError
from tools.layers import Layers
from tools.progress import Progress


@click.command("destroy")
@click.pass_obj
def command(context: Context) -> None:
    """Destroy a stage with all its data, or its services SERVICE=a,b; never a protected one."""
    layers = context.layers_as("deployer")
    stage = layers.stage
    services = sorted(filter(None, os.environ.get("SERVICE", "").split(",")))
    terraform_cli.executable()  # told once, before every unit misses it
    destroy.refuse(layers, services)
    if not destroy.stands(layers):
        click.echo(f"{stage.name} was not there: nothing of it is deployed in account {stage.account.name}.")
        return
    click.echo(caller.describe(layers.cloud, stage.account), err=True)
    _confirm(layers, destroy.stake(layers, services))
    with Progress() as progress, stage_lock.held(layers, "destroy", progress.say) as still_held:
        outcome = destroy.destroy(layers, progress, services, before_each=still_held)
        progress.say(deployment_summary.of(outcome))
    if outcome.failed or outcome.not_tried:
        more = {"SERVICE": ",".join(services)} if services else {}
        raise ToolError(deployment_summary.failures(outcome, layers.command("destroy", **more)))
    click.echo(_farewell(layers, services))


def _confirm(layers: Layers, stake: str) -> None:
    """Have the stage's name typed where something is at stake. Raises ToolError where it was not."""
    typed = os.environ.get("CONFIRM", "")
    if not stake or typed == layers.stage.name:
        return
    if not typed and sys.stdin.isatty():
        click.echo(stake)
        typed = click.prompt("Type its name to go on")
    if typed != layers.stage.name:
        raise ToolError(
            stake, f"Its name has to be typed: CONFIRM={layers.stage.name}. Nothing was destroyed."
        )


def _farewell(layers: Layers, services: list[str]) -> str:
    stage = layers.stage
    if services:
        return f"Gone from {stage.name}: {', '.join(services)}."
    lender = stage.storage_stage
    kept = f" The storage of {lender}, which it used, stays." if lender not in (None, stage.name) else ""
    return f"{stage.name} is gone.{kept}"

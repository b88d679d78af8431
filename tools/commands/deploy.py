"""make deploy"""

from __future__ import annotations

import os
import re
import time
from dataclasses import replace

import click

from tools import accounts, deployed, deployment_summary, references, selection, stage_lock, terraform_cli
from tools.context import Context
from tools.deploy import deploy
from tools.errors import ToolError, UsageError
from tools.graph import AT_ONCE
from tools.journey import travel
from tools.permission import Permission
from tools.progress import Progress
from tools.services import all_services


@click.command("deploy")
@click.pass_obj
def command(context: Context) -> None:
    """Deploy a stage: all layers, then a user's journey through it. Runs again where it stopped."""
    began = time.monotonic()
    services = os.environ.get("SERVICE", "")
    jobs = _jobs()
    terraform_cli.executable()  # told once, before every unit misses it
    references.check_circles(all_services())
    with Progress() as progress:
        accounts.prepare(context.listed_as("deployer"), progress)
        layers = context.layers_as("deployer")
        layers = replace(layers, permission=Permission.given(layers.stage))
        progress.say(
            f"Deploying {layers.stage.name} to {layers.cloud.name}, account {layers.stage.account.name}"
        )
        selected = selection.of(layers, services)
        players = layers.players(selected.services)
        with stage_lock.held(layers, "deploy", progress.say, players) as still_held:
            force = bool(os.environ.get("FORCE"))
            outcome = deploy(layers, progress, selected, force, jobs, before_each=still_held)
        progress.say(deployment_summary.of(outcome))
        if spare := layers.permission.unused():
            progress.say(spare)
        if removed := deployed.removed_services(layers):
            progress.say(deployment_summary.removed(layers, removed))
        if outcome.failed or outcome.not_tried:
            again = layers.command("deploy", **({"SERVICE": services} if services else {}))
            raise ToolError(deployment_summary.failures(outcome, again))
        if layers.stage.storage_stage is not None and len(layers.service_outputs()) == len(layers.services):
            travel(layers, progress)
    click.echo(deployment_summary.success(layers, time.monotonic() - began))


def _jobs() -> int:
    given = os.environ.get("JOBS", "") or str(AT_ONCE)
    if not re.fullmatch("[1-9][0-9]?", given):
        raise UsageError(f"JOBS={given} is no number of tasks to run at once: give one from 1 to 99.")
    return int(given)

"""make destroy"""

from __future__ import annotations

import click

from tools import deployment_summary, stage_lock, terraform_cli
from tools.context import Context
from tools.destroy import destroy
from tools.errors import ToolError
from tools.progress import Progress


@click.command("destroy")
@click.pass_obj
def command(context: Context) -> None:
    """Destroy a stage with all its data; never a protected one, and never the account."""
    layers = context.layers_as("deployer")
    terraform_cli.executable()  # told once, before every unit misses it
    with Progress() as progress, stage_lock.held(layers, "destroy", progress.say) as still_held:
        outcome = destroy(layers, progress, before_each=still_held)
        progress.say(deployment_summary.of(outcome))
    if outcome.failed or outcome.not_tried:
        raise ToolError(deployment_summary.failures(outcome, layers.command("destroy")))
    click.echo(f"{layers.stage.name} is gone.")

"""make plan"""

from __future__ import annotations

import sys

import click

from tools import deployment_summary, terraform_cli
from tools.context import Context
from tools.errors import ToolError
from tools.planning import plan
from tools.progress import Progress


@click.command("plan")
@click.pass_obj
def command(context: Context) -> None:
    """Show what a deploy would change in each layer. Exit status 2 when anything would, 0 when nothing."""
    layers = context.layers_as("reader")
    terraform_cli.executable()  # told once, before every unit misses it
    with Progress() as progress:
        plans, outcome = plan(layers, progress)
    if outcome.failed:
        raise ToolError(deployment_summary.failures(outcome, layers.command("plan")))
    for planned in plans:
        if planned.plan is None:
            click.echo(f"{planned.name}: new, planned once what is below it is deployed")
            continue
        click.echo(f"{planned.name}: {planned.plan}")
        for change in planned.plan.changes:
            click.echo(f"  {change.action:<8} {change.address}")
    if any(planned.plan is None or planned.plan for planned in plans):
        sys.exit(2)

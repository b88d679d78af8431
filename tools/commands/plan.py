"""make plan"""

from __future__ import annotations

import sys

import click

from tools.context import Context
from tools.planning import plan


@click.command("plan")
@click.pass_obj
def command(context: Context) -> None:
    """Show what a deploy would change in each layer. Exit status 2 when anything would, 0 when nothing."""
    changing = False
    for planned in plan(context.layers):
        changing |= planned.plan is None or bool(planned.plan)
        if planned.plan is None:
            click.echo(f"{planned.name}: new, planned once what is below it is deployed")
            continue
        click.echo(f"{planned.name}: {planned.plan}")
        for change in planned.plan.changes:
            click.echo(f"  {change.action:<8} {change.address}")
    if changing:
        sys.exit(2)

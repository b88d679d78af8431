"""make plan"""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import click

from tools import (
    collisions,
    deployment_summary,
    guard,
    pausing,
    plan_markdown,
    plan_text,
    reports,
    selection,
    shared_dead_letters,
    terraform_cli,
)
from tools.context import Context
from tools.errors import ToolError, UsageError
from tools.permission import Permission
from tools.planning import Planned, plan
from tools.progress import Progress


@click.command("plan")
@click.pass_obj
def command(context: Context) -> None:
    """Show what a deploy would change. Exit status 0: nothing, 2: something, 1: refused or failed.

    CHANGES=ok makes it 0 for something, too, as a pipeline wants that only shows it.
    """
    try:
        layers = context.layers_as("reader")
        selected = selection.of(layers, os.environ.get("SERVICE", ""))
    except UsageError as error:  # whose 2 would say that something changes
        raise ToolError(error.what, error.next_step) from error
    terraform_cli.executable()  # told once, before every unit misses it
    collisions.check(layers)
    layers = replace(layers, permission=Permission.given(layers.stage))
    stage = layers.stage.name
    with Progress() as progress:
        plans, outcome = plan(layers, progress, selected.services)
    plan_text.show(stage, plans)
    paused = pausing.told(layers, pausing.paused(layers))
    for line in paused:
        click.echo(line)
    markdown = plan_markdown.render(stage, plans, list(outcome.failed), outcome.not_tried, paused)
    click.echo(f"For a comment on a pull request: {reports.write(f'plan-{stage}', markdown)}", err=True)
    if spare := layers.permission.unused():
        click.echo(spare, err=True)
    refused = [refusal for planned in plans for refusal in planned.refused]
    if outcome.failed:
        words = [*([_refused(plans)] if refused else [])]
        raise ToolError("\n".join([*words, deployment_summary.failures(outcome, layers.command("plan"))]))
    if refused:
        raise ToolError(_refused(plans), guard.let_through(layers, refused))
    if kept := shared_dead_letters.check(layers):
        click.echo(kept, err=True)
    if any(plans) and os.environ.get("CHANGES") != "ok":
        sys.exit(2)


def _refused(plans: list[Planned]) -> str:
    lines = ["Refused: a deploy would stop here and change nothing of it."]
    for planned in plans:
        if planned.refused:
            lines += [f"{planned.name}:", *guard.told(planned.refused)]
    return "\n".join(lines)

"""make drift"""

from __future__ import annotations

import os
import sys

import click

from tools import deployment_summary, drift, drift_report, reports, terraform_cli
from tools.context import Context
from tools.errors import ToolError, UsageError
from tools.progress import Progress

# 2 is what a command called wrongly ends with, and 1 one that failed.
DRIFTED = 3


@click.command("drift")
@click.pass_obj
def command(context: Context) -> None:
    """Show what somebody changed by hand in the stages, or in ENV. Exit status 0: nothing, 3: something."""
    stage = context.stage.name if os.environ.get("ENV") else ""
    cloud = context.cloud_as("reader")
    terraform_cli.executable()  # told once, before every unit misses it
    with Progress() as progress:
        found = drift.look(context.organisation, cloud, progress, stage)
    if stage and not found.outcome.done and not found.outcome.failed and not found.unread | found.busy:
        raise UsageError(f"{stage} is not deployed.", "See what is: make stages")
    for line in drift_report.lines(found):
        click.echo(line)
    click.echo(f"For a run's summary: {reports.write('drift', drift_report.markdown(found))}", err=True)
    faults = [f"Account {name} cannot be read: {why}" for name, why in found.unread.items()]
    if found.outcome.failed:
        faults.append(deployment_summary.failures(found.outcome, "make drift"))
    if faults:
        raise ToolError("\n".join(faults), "Of the rest, the table tells. One stage alone: make drift ENV=")
    if found.drifted:
        click.echo("Bring it into terraform/, or undo it. From the checkout that is deployed, make deploy")
        click.echo("with FORCE=1 undoes it, but for what was added: that goes by hand.")
    if found.callers:
        click.echo("What callers get is repaired by make deploy of the checkout that is deployed.")
    if found.drifted or found.callers:
        sys.exit(DRIFTED)

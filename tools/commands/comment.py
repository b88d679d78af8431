"""make comment"""

from __future__ import annotations

import os

import click

from tools import reports
from tools.cloud import LocalCloud
from tools.context import Context
from tools.pull_request import PullRequest


@click.command("comment")
@click.pass_obj
def command(context: Context) -> None:
    """Write the report REPORT=plan-dev and the like as a comment on PULL_REQUEST=, or renew it."""
    name = os.environ.get("REPORT", "")
    markdown = reports.read(name)
    if isinstance(context.cloud, LocalCloud):
        click.echo(markdown)
        click.echo("The local cloud has no pull requests: the comment is only shown.", err=True)
        return
    click.echo(f"The comment {name} was {PullRequest.of_job().comment(name, markdown)}.")

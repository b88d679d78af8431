"""make summary"""

from __future__ import annotations

import os

import click

from tools import github, reports


@click.command("summary")
def command() -> None:
    """Show the report REPORT=drift and the like on the page of a pipeline's run; elsewhere print it."""
    name = os.environ.get("REPORT", "")
    markdown = reports.read(name)
    if github.summarise(markdown):
        click.echo(f"{name} is on the page of this run.")
    else:
        click.echo(markdown)

"""make compatibility"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

import click

from tools import checkout, compatibility, terraform_cli
from tools.cloud import LocalCloud
from tools.compatibility import Trial
from tools.context import Context
from tools.errors import ToolError, UsageError


@click.command("compatibility")
@click.pass_obj
def command(context: Context) -> None:
    """Try this checkout beside the release before it (BASE=commit) on the local cloud; takes minutes."""
    here = replace(context, env=compatibility.STAGE, trial=compatibility.STAGE)
    if not isinstance(here.cloud, LocalCloud):
        raise UsageError("Releases are tried on the local cloud only.", "Run: make compatibility CLOUD=local")
    terraform_cli.executable()
    commit = compatibility.base(os.environ.get("BASE", ""))
    before, say = checkout.of_commit(commit), partial(click.echo, err=True)
    if checkout.digest(before) == checkout.digest():
        click.echo(f"Nothing that is deployed differs from {commit[:7]}.")
        return
    say(f"Trying this checkout beside {commit[:7]}, in a stage of their own ({compatibility.STAGE}).")
    here.cloud_as("deployer")  # starts it where needed
    trial = Trial(here.cloud, before, lambda: replace(here).layers_as("deployer"), say)
    try:
        faults = list(trial.faults())
    finally:
        trial.end()
    if faults:
        raise ToolError(
            "\n".join(
                [f"This checkout cannot run beside {commit[:7]}:", *(f"  {fault}" for fault in faults)]
            ),
            "Make the change in two releases: docs/releases.md says how.",
        )
    click.echo(f"This checkout runs beside {commit[:7]}.")

"""make promote"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace

import click

from tools import (
    accounts,
    caller,
    deployment_summary,
    promotion,
    promotion_preview,
    release_checkout,
    rollout,
    selection,
    terraform_cli,
)
from tools.context import Context
from tools.errors import ToolError, UsageError
from tools.permission import Permission
from tools.progress import Progress
from tools.promotion import Promotion
from tools.promotion_context import asked


@click.command("promote")
@click.pass_obj
def command(context: Context) -> None:
    """Deploy the very release that stage FROM has proven to stage TO, after showing what changes."""
    terraform_cli.executable()  # told once, before every unit misses it
    found = asked(context, "deployer")
    approved = os.environ.get("APPROVED", "")
    if approved and approved != found.release.id:
        raise UsageError(
            f"APPROVED={approved} is not what would be promoted: that is {found.release.id}.",
            "Look at it (make preview) and approve that, or name the approved one with RELEASE= too.",
        )
    stage = found.target.stage.name
    if found.done:
        click.echo(f"{stage} has release {found.release.id} already: nothing to promote.")
        return
    if (status := release_checkout.elsewhere(found.release, "promote")) is not None:
        sys.exit(status)
    with Progress() as progress:
        progress.say(caller.describe(found.target.cloud, found.target.stage.account))
        accounts.prepare(found.target, progress)
        target = replace(found.target, permission=Permission.given(found.target.stage))
        found = replace(found, target=target)
        promotion_preview.make(found, progress).show()
        _approve(found, approved)
        began = time.monotonic()  # an hour of thinking it over is no time that it took
        promotion.hand_over(found)
        layers = found.layers
        progress.say(f"Promoting {found.release.id} to {stage}, account {target.stage.account.name}")
        rollout.roll_out(layers, progress, selection.of(layers, ""), "promote", found.command("promote"))
    click.echo(deployment_summary.success(layers, time.monotonic() - began))


def _approve(found: Promotion, approved: str) -> None:
    """Have the stage's name typed, unless the release was approved by its id. Raises ToolError otherwise."""
    stage = found.target.stage.name
    if approved:
        return
    if not sys.stdin.isatty():
        raise ToolError(
            f"Nobody approved release {found.release.id} for {stage}; nothing was changed.",
            f"Approve it: {found.command('promote', APPROVED=found.release.id)}",
        )
    if click.prompt("Type the stage's name to promote it", err=True) != stage:
        raise ToolError(f"That was not {stage}; nothing was changed.")

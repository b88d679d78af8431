"""make sweep"""

from __future__ import annotations

import datetime
import os
import sys
from functools import partial

import click

from tools import deployment_summary, destroy, inventory, stage_lock, stage_records, sweep, terraform_cli
from tools.cloud import Cloud
from tools.context import Context
from tools.errors import ToolError
from tools.inventory import Deployment
from tools.layers import Layers
from tools.progress import Progress
from tools.stages import Organisation


@click.command("sweep")
@click.pass_obj
def command(context: Context) -> None:
    """Destroy the ephemeral stages whose last deploy is older than OLDER=7d, after showing them."""
    older = sweep.older_than(os.environ.get("OLDER", ""))
    organisation, cloud = context.organisation, context.cloud_as("deployer")
    terraform_cli.executable()  # told once, before every unit misses it
    account = organisation.ephemeral_account
    now = datetime.datetime.now(datetime.UTC)
    choice = sweep.choose(organisation, inventory.of_account(cloud, account), older, now)
    for stage, reason in choice.kept.items():
        click.echo(f"kept       {stage}: {reason}")
    for each in choice.swept:
        click.echo(f"to destroy {_shown(each, now)}")
    if not choice.swept:
        click.echo(f"Nothing to sweep in account {account.name}.")
        return
    _confirm(len(choice.swept))
    with Progress() as progress:
        failed = sweep.carry_out(
            choice, partial(_destroy, organisation, cloud, progress, older), progress.say
        )
    if failed:
        lines = [f"{stage} was not destroyed.\n{error}" for stage, error in failed.items()]
        raise ToolError("\n".join(lines), "The others are gone. Run the same sweep again to finish.")
    click.echo(f"{len(choice.swept)} swept.")


def _shown(each: Deployment, now: datetime.datetime) -> str:
    at, by = each.last
    assert at is not None
    storage = ", with its storage" if each.storage == "own" else ""
    return f"{each.stage}: last deployed {inventory.spoken(inventory.age(at, now))} ago by {by}{storage}"


def _confirm(count: int) -> None:
    if os.environ.get("YES"):
        return
    if not sys.stdin.isatty():
        raise ToolError(
            "Nobody can be asked here, so nothing was destroyed.", "Without a terminal, give YES=1."
        )
    click.confirm(f"Destroy {'this stage' if count == 1 else f'these {count} stages'}?", abort=True)


def _destroy(
    organisation: Organisation, cloud: Cloud, progress: Progress, older: datetime.timedelta, name: str
) -> str:
    layers = Layers(organisation, cloud, stage_records.stage_of(organisation, cloud, name))
    with stage_lock.held(layers, "destroy", progress.say) as still_held:
        record = stage_records.read(cloud, layers.stage.account, name)
        now = datetime.datetime.now(datetime.UTC)
        if record is not None and inventory.age(record.deployed_at, now) < older:
            return "kept, because it was deployed meanwhile"
        outcome = destroy.destroy(layers, progress, before_each=still_held)
    progress.say(deployment_summary.of(outcome))
    if outcome.failed or outcome.not_tried:
        raise ToolError(deployment_summary.failures(outcome, layers.command("destroy")))
    return "is gone"

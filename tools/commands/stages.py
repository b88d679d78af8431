"""make stages"""

from __future__ import annotations

import datetime
import json
import os

import click

from tools import inventory
from tools.context import Context
from tools.errors import ToolError, UsageError
from tools.inventory import Deployment
from tools.tables import show

_HEADINGS = ("account", "stage", "storage", "age", "last deploy", "by", "services")


@click.command("stages")
@click.pass_obj
def command(context: Context) -> None:
    """List what is deployed in each account that can be reached, read from the cloud; or as FORMAT=json."""
    wanted = os.environ.get("FORMAT", "")
    if wanted not in ("", "json"):
        raise UsageError(f"FORMAT={wanted} is unknown.", "Leave it out for a table, or give FORMAT=json.")
    found = inventory.take(context.organisation, context.cloud_as("reader"))
    for account, reason in found.unread.items():
        click.echo(f"Account {account} cannot be read: {reason}", err=True)
    if wanted == "json":
        described = {"stages": [each.described() for each in found.deployments], "unread": found.unread}
        click.echo(json.dumps(described, indent=2))
    elif found.deployments:
        show(_HEADINGS, [_cells(deployment) for deployment in found.deployments])
    elif not found.unread:
        click.echo("Nothing is deployed.")
    if found.unread and not found.deployments:
        raise ToolError("No account could be read.", "Sign in, then run: make stages")


def _cells(deployment: Deployment) -> tuple[str, ...]:
    now = datetime.datetime.now(datetime.UTC)
    record, (at, by) = deployment.record, deployment.last
    storage = {"own": "own", "none": "none", "?": "?"}.get(deployment.storage, f"{deployment.storage}'s")
    services = ", ".join(
        f"{name} {version or '?'}{' (paused)' if name in deployment.paused else ''}"
        for name, version in sorted(deployment.services.items())
    )
    return (
        deployment.account,
        deployment.stage,
        storage,
        inventory.spoken(inventory.age(record.created_at, now)) if record else "?",
        f"{inventory.spoken(inventory.age(at, now))} ago" if at else "?",
        by or "?",
        services if deployment.whole else f"{services or 'no services'} (not whole)",
    )

"""make unlock"""

from __future__ import annotations

import click

from tools import state_lock
from tools.context import Context


@click.command("unlock")
@click.pass_obj
def command(context: Context) -> None:
    """Remove the locks that a dead deploy of a stage left. Ask whoever is named before you answer yes."""
    layers = context.layers
    keys = [layers.stage_key, f"{layers.stage.name}/storage.tfstate", "account.tfstate"]
    keys += [layers.service_key(service) for service in layers.services]
    account = layers.stage.account
    found = {key: state_lock.holder(layers.cloud, account, key) for key in keys}
    locked = {key: held for key, held in found.items() if held is not None}
    if not locked:
        click.echo(f"Nothing of {layers.stage.name} is locked.")
        return
    for key, held in locked.items():
        click.echo(f"{key}: {held}")
    click.confirm("Is that deploy dead, so that its locks can go?", abort=True)
    for key in locked:
        state_lock.release(layers.cloud, account, key)
    click.echo(f"{len(locked)} removed. Finish what was begun: {layers.command('deploy')}")

"""make unlock"""

from __future__ import annotations

import click

from tools import stage_lock, state_lock
from tools.context import Context
from tools.names import AccountUnit, StageUnit


@click.command("unlock")
@click.pass_obj
def command(context: Context) -> None:
    """Remove the locks that a dead deploy of a stage left. Ask whoever is named before you answer yes."""
    layers = context.layers_as("deployer")
    keys = [layers.stage_key, StageUnit.STORAGE.key(layers.stage.name), AccountUnit.ACCOUNT.key]
    keys += [layers.service_key(service) for service in layers.services]
    account = layers.stage.account
    found = {key: state_lock.holder(layers.cloud, account, key) for key in keys}
    locked = {key: held for key, held in found.items() if held is not None}
    whole = stage_lock.find(layers)
    if not locked and whole is None:
        click.echo(f"Nothing of {layers.stage.name} is locked.")
        return
    if whole is not None:
        click.echo(f"stage {layers.stage.name}: {whole}")
    for key, held in locked.items():
        click.echo(f"{key}: {held}")
    click.confirm("Is that deploy dead, so that its locks can go?", abort=True)
    for key in locked:
        state_lock.release(layers.cloud, account, key)
    if whole is not None:
        stage_lock.remove(layers, whole)
    click.echo(
        f"{len(locked) + (whole is not None)} removed. Finish what was begun: {layers.command('deploy')}"
    )

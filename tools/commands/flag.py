"""make flag"""

from __future__ import annotations

import os

import click

from shared.flags import FLAGS
from tools import audiences, flag_store
from tools.context import Context
from tools.errors import UsageError


@click.command("flag")
@click.pass_obj
def command(context: Context) -> None:
    """Set for whom the feature flag NAME is ON: all, none, 25%, users, or 25%,user; no deploy."""
    name = os.environ.get("NAME", "")
    if name not in FLAGS:
        raise UsageError(
            f"NAME={name} is no feature flag." if name else "Which flag? NAME is missing.",
            f"There are: {', '.join(FLAGS)}.",
        )
    audience = audiences.parse(os.environ.get("ON", ""))
    layers = context.layers_as("deployer")
    changed = flag_store.change(layers, name, audience)
    said = f"{name} of {layers.stage.name} is {audiences.spoken(audience)}"
    seconds = layers.stage.settings.flags_kept_seconds
    click.echo(f"{said}; functions see it within {seconds} seconds." if changed else f"{said}: unchanged.")

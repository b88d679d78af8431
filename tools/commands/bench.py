"""make bench"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from tools import bench, terraform_cli
from tools.cloud import LocalCloud
from tools.context import Context
from tools.errors import UsageError


@click.command("bench")
@click.pass_obj
def command(context: Context) -> None:
    """Measure deploys on the local cloud beside doing everything one after the other; takes minutes."""
    if not isinstance(context.cloud, LocalCloud):
        raise UsageError("Deploys are measured on the local cloud only.", "Run: make bench CLOUD=local")
    terraform_cli.executable()
    layers = replace(context, env=bench.STAGE, cloud_name="local", trial=bench.STAGE).layers_as("deployer")
    layers.storage_outputs()  # whose storage is shared has to be deployed: said at once
    with tempfile.TemporaryDirectory() as folder:
        rows = bench.measure(context.cloud, Path(folder), partial(click.echo, err=True))
    click.echo(bench.table(rows))
    click.echo("Each with the user's journey that ends a deploy.", err=True)

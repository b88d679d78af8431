"""make cloud-up"""

from __future__ import annotations

import os

import click

from tools import cloud, stages
from tools.cloud import LocalCloud
from tools.context import start_local_cloud


@click.command("cloud-up")
def command() -> None:
    """Start the local cloud (LOCAL_PORT, 4566 unless set) and wait until it answers."""
    port = local_port()
    started = start_local_cloud(port)
    click.echo(
        f"The local cloud {'answers' if started else 'was already running'} at http://127.0.0.1:{port}"
    )


def local_port() -> int:
    """The port that LOCAL_PORT names."""
    organisation = stages.load()
    chosen = cloud.choose("local", "local", organisation.project, organisation.region, os.environ)
    assert isinstance(chosen, LocalCloud)
    return chosen.port

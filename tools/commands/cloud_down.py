"""make cloud-down"""

from __future__ import annotations

import click

from tools.commands.cloud_up import local_port
from tools.errors import ToolError
from tools.local_cloud import control
from tools.local_cloud.errors import LocalCloudError
from tools.paths import local_state


@click.command("cloud-down")
def command() -> None:
    """Stop the local cloud; its state stays and is there again after make cloud-up."""
    port = local_port()
    try:
        stopped = control.stop(port, local_state(port))
    except LocalCloudError as error:
        raise ToolError(error.message) from error
    click.echo(f"The local cloud on port {port} {'is stopped' if stopped else 'was not running'}.")

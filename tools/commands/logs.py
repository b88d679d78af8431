"""make logs"""

from __future__ import annotations

import os
import time

import click

from tools.cloud import client
from tools.context import Context
from tools.errors import UsageError

_MINUTES = 10


@click.command("logs")
@click.pass_obj
def command(context: Context) -> None:
    """Print the last ten minutes of a stage's logs (SERVICE= picks one), then follow until interrupted."""
    layers = context.layers_as("reader")
    wanted = os.environ.get("SERVICE", "")
    layers.read(layers.stage_unit())  # a stage that is not there has no logs to wait for
    services = layers.service_outputs()
    if wanted and wanted not in services:
        raise UsageError(
            f"SERVICE={wanted} is not deployed in {layers.stage.name}.", f"There are: {', '.join(services)}."
        )
    groups = [
        function["log_group"]
        for name, outputs in services.items()
        if wanted in ("", name)
        for function in outputs["functions"].values()
    ]
    logs = client(layers.cloud, layers.stage.account, "logs")
    since = {group: int(time.time() - _MINUTES * 60) * 1000 for group in groups}
    follow = os.environ.get("FOLLOW", "1") != "0"
    while True:
        for group in groups:
            for page in logs.get_paginator("filter_log_events").paginate(
                logGroupName=group, startTime=since[group]
            ):
                for event in page["events"]:
                    click.echo(f"{group.rsplit('/', 1)[-1]}  {event['message'].rstrip()}")
                    since[group] = max(since[group], event["timestamp"] + 1)
        if not follow:
            return
        time.sleep(2)

"""make describe"""

from __future__ import annotations

import click

from tools import deployed, github, outputs, pausing, reports
from tools.context import Context
from tools.layers import Layers
from tools.plan_markdown import code, text


@click.command("describe")
@click.pass_obj
def command(context: Context) -> None:
    """Write where a stage answers and what runs there, or that it is gone, as .build/stage-<stage>.md."""
    layers = context.layers_as("reader")
    name = layers.stage.name
    markdown = _described(layers) if deployed.states(layers) else f"Nothing is deployed of {code(name)}.\n"
    click.echo(markdown)
    click.echo(f"For a comment on a pull request: {reports.write(f'stage-{name}', markdown)}", err=True)


def _described(layers: Layers) -> str:
    found, name = outputs.collect(layers), layers.stage.name
    github.hand_over("url", found["api_url"])
    lender = layers.stage.storage_stage
    shared = f", on the notes and users of {code(lender)}" if lender not in (None, name) else ""
    rows = (f"| {code(key)} | {service['version']} |\n" for key, service in found["services"].items())
    table = f"| service | version |\n|---|--:|\n{''.join(rows)}"
    paused = "".join(f"- {text(line)}\n" for line in pausing.told(layers, pausing.paused(layers)))
    commands = f"`{layers.command('user')}` signs a user up, `{layers.command('logs')}` follows the logs."
    return f"### Stage {code(name)}{shared}\n\n{found['api_url']}\n\n{table}\n{paused}{commands}\n"

"""make credentials"""

from __future__ import annotations

import os
from pathlib import Path

import click

from tools import github, pipeline_profiles
from tools.cloud import LocalCloud
from tools.context import Context
from tools.errors import ToolError
from tools.web_identity import ASK_AT


@click.command("credentials")
@click.pass_obj
def command(context: Context) -> None:
    """Let the later steps of a job on GitHub act as ROLES=<stage>-<role>,… by its token: no stored key."""
    organisation = context.organisation
    grants = pipeline_profiles.parse(os.environ.get("ROLES", ""), organisation)
    names = ", ".join(f"{grant.role} of {grant.account.name}" for grant in grants)
    if isinstance(context.cloud, LocalCloud):
        click.echo(f"The local cloud needs no credentials: its commands act as {names} by themselves.")
        return
    folder = github.private_folder()
    if not os.environ.get(ASK_AT) or folder is None:
        raise ToolError(
            "This is no job on GitHub that gets a token.",
            "Give it the permission id-token: write; a pull request from a fork never has it.",
        )
    file = write(folder, pipeline_profiles.render(organisation.project, organisation.region, grants))
    _check(context, file, grants)
    github.set_variable("AWS_CONFIG_FILE", str(file))
    click.echo(f"The later steps act as {names}.")


def write(folder: Path, text: str) -> Path:
    """Write the configuration into the job's private folder, for nobody else to read or change."""
    file = folder / "aws.ini"
    file.touch(mode=0o600)
    file.write_text(text)
    return file


def _check(context: Context, file: Path, grants: list[pipeline_profiles.Grant]) -> None:
    """Act as each once, so that what is not trusted is told here. Raises ToolError."""
    os.environ["AWS_CONFIG_FILE"] = str(file)
    for grant in grants:
        context.cloud.acting_as(grant.role).session(grant.account)

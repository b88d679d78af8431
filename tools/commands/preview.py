"""make preview"""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from tools import github, promotion_preview, release_checkout, terraform_cli
from tools.context import Context
from tools.permission import Permission
from tools.progress import Progress
from tools.promotion_context import asked


@click.command("preview")
@click.pass_obj
def command(context: Context) -> None:
    """Show what promoting would change: services, commits, Terraform of every layer; also as Markdown."""
    terraform_cli.executable()  # told once, before every unit misses it
    promotion = asked(context, "reader")
    if (status := release_checkout.elsewhere(promotion.release, "preview")) is not None:
        sys.exit(status)
    target = promotion.target
    promotion = replace(promotion, target=replace(target, permission=Permission.given(target.stage)))
    with Progress() as progress:
        promotion_preview.make(promotion, progress).show()
    github.hand_over("release", promotion.release.id)
    click.echo(promotion.release.id)

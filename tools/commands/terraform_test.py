"""make terraform-test"""

from __future__ import annotations

import sys
import time

import click

from tools.terraform_tests import check


@click.command("terraform-test")
def command() -> None:
    """Check format, validity and module tests of terraform/. Exit status 1 when any fails."""
    began = time.monotonic()
    checks = check()
    failed = [one for one in checks if not one.passed]
    for one in failed:
        click.echo(f"terraform {one.name} failed:\n{one.words.strip()}\n")
    tests = [one for one in checks if one.runs]
    click.echo(
        f"terraform       {len(checks) - len(failed)} checks passed, {len(failed)} failed; "
        f"{sum(one.runs for one in tests)} runs in {len(tests)} tested directories, "
        f"{time.monotonic() - began:.1f}s"
    )
    sys.exit(bool(failed))

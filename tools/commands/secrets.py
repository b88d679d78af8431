"""make secrets"""

from __future__ import annotations

import datetime

import click

from tools import secret_store
from tools.context import Context
from tools.secret_store import Secret

_HEADINGS = ("SECRET", "VALUE", "READ BY")
_UNITS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds"))


@click.command("secrets")
@click.pass_obj
def command(context: Context) -> None:
    """List a stage's secrets: set or missing, how old, and what reads them. Values are never read."""
    layers = context.layers_as("reader")
    found = secret_store.listed(layers)
    now = datetime.datetime.now(datetime.UTC)
    rows = [_HEADINGS, *((secret.name, _value(secret, now), _readers(secret)) for secret in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for name, value, readers in rows:
        click.echo(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {readers}")
    for secret in found:
        if secret.set_at is None:
            click.echo(f"Set it: {layers.command('secret', NAME=secret.name)}", err=True)


def _value(secret: Secret, now: datetime.datetime) -> str:
    return "missing" if secret.set_at is None else f"set {age((now - secret.set_at).total_seconds())} ago"


def age(seconds: float) -> str:
    """A length of time in its largest unit that has at least two of it."""
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= 2 * size), _UNITS[-1])
    return f"{max(0, seconds) // size:.0f} {unit}"


def _readers(secret: Secret) -> str:
    return "; ".join(f"{service}: {', '.join(functions)}" for service, functions in secret.read_by.items())

"""What an account has once: state bucket, zone, delegation, certificate, roles. Its administrator builds it.

Everybody else finds it built, and is told where it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from tools import applied, state_bucket, units
from tools.errors import ToolError
from tools.graph import Outcome, Report, Skipped, Task, run
from tools.layers import Layers
from tools.paths import TERRAFORM
from tools.terraform import Unit

_OUTPUT = re.compile(r'^output "([^"]+)"', re.MULTILINE)


def ensure(layers: Layers, report: Report, force: bool = False) -> Outcome:
    """Build the account layers that the stage stands on: the parent zone's account, then its own."""
    return run(_building(layers.acting_as("administrator"), force), report)


def tasks(layers: Layers, force: bool = False) -> Iterator[Task]:
    """The tasks before a stage's first: where administrator rights are at hand the account layers are built.

    Elsewhere they are only looked at. The last one is called `task_name(layers)` either way.
    """
    if layers.cloud.administrable:
        yield from _building(layers.acting_as("administrator"), force)
    else:
        yield Task(task_name(layers), partial(check, layers))


def task_name(layers: Layers) -> str:
    """What the layers of a stage come after."""
    return f"account {layers.stage.account.name}"


def check(layers: Layers) -> str:
    """See that the account stands and has all that this checkout needs of it; says so if it differs.

    An account is shared, and checkouts differ: one that only differs does not stop a deploy. Raises ToolError
    that says which command builds what is missing.
    """
    account, cloud = layers.stage.account, layers.cloud
    command = f"As administrator of {account.name}, run: {layers.command('account')}"
    state_bucket.require(cloud, account, command)
    outputs = layers.account_outputs()
    missing = set(_OUTPUT.findall((TERRAFORM / "account" / "outputs.tf").read_text())) - outputs.keys()
    if missing:
        raise ToolError(
            f"The layer of account {account.name} was built from an older checkout: it lacks "
            f"{', '.join(sorted(missing))}.",
            command,
        )
    unit = layers.account_as_built(outputs)
    if units.is_current(cloud, unit):
        return units.UNCHANGED
    record = applied.read(cloud, account, unit.key)
    built = f" (by {record['by']} at {record['at']})" if record else ""
    return Skipped(f"built from another checkout{built}; to bring it up: {layers.command('account')}")


def _building(layers: Layers, force: bool) -> Iterator[Task]:
    dns = f"account {layers.organisation.dns_account.name}"

    def unit(make: Unit) -> str:
        state_bucket.ensure(layers.cloud, make.account)
        return units.bring_up(layers, make, force)

    yield Task(dns, lambda: unit(layers.dns()))
    yield Task(task_name(layers), lambda: unit(layers.account()), frozenset({dns}))

"""What an account has once: state bucket, zone, delegation, certificate, roles. Its administrator builds it.

Everybody else finds it built, and is told where it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

from tools import applied, state_bucket, units
from tools.errors import NotBuiltError, ToolError
from tools.graph import Outcome, Report, Task, run
from tools.layers import Layers
from tools.paths import TERRAFORM
from tools.terraform_unit import Unit
from tools.units import UNCHANGED

ROOTS = ("roles", "dns", "account")

_OUTPUT = re.compile(r'^output "([^"]+)"', re.MULTILINE)


def ensure(layers: Layers, report: Report, force: bool = False) -> Outcome:
    """Build the account layers that the stage stands on: roles, the parent zone, its own account."""
    above = layers.acting_as("administrator")
    return run([*_roles([above], force), *_building(above, force)], report)


def prepare(layers: Layers, report: Report) -> None:
    """Before anything is done as deployer: see that the accounts of the stage and its players have that role.

    Where administrator rights are at hand it is made, elsewhere the whole account has to stand.
    Raises ToolError where it does not.
    """
    if not layers.cloud.administrable:
        words = check(layers)
        if words != UNCHANGED:
            report.finished(task_name(layers), words, 0)
        return
    wholes = [layers, *layers.players(layers.services)]
    stages = {one.stage.account: one.acting_as("administrator") for one in wholes}
    outcome = run(_roles(stages.values(), force=False), report)
    for error in outcome.failed.values():
        raise error


def tasks(layers: Layers, force: bool = False) -> Iterator[Task]:
    """The account layers' tasks in a stage's deploy, where administrator rights are at hand; elsewhere none.

    The last one is called `task_name(layers)`.
    """
    if layers.cloud.administrable:
        yield from _building(layers.acting_as("administrator"), force)


def task_name(layers: Layers) -> str:
    """What the layers of a stage come after."""
    return f"account {layers.stage.account.name}"


def require_roles(layers: Layers) -> None:
    """Raise ToolError where the stage's account has no roles, with the command that makes them for it."""
    try:
        state_bucket.exists(layers.cloud, layers.stage.account)
    except NotBuiltError as error:
        raise NotBuiltError(error.what, _by_its_administrator(layers)) from error


def check(layers: Layers) -> str:
    """See that the account stands and has all that this checkout needs of it; says so if it differs.

    An account is shared, and checkouts differ: one that only differs does not stop a deploy. Raises ToolError
    that says which command builds what is missing.
    """
    account, cloud = layers.stage.account, layers.cloud
    command = _by_its_administrator(layers)
    state_bucket.require(cloud, account, command)
    outputs = layers.account_outputs()
    missing = _declared("account") - outputs.keys()
    missing |= _declared("roles") - (state_bucket.outputs(cloud, account, layers.roles().key) or {}).keys()
    if missing:
        raise ToolError(
            f"The layer of account {account.name} was built from an older checkout: it lacks "
            f"{', '.join(sorted(missing))}.",
            command,
        )
    if all(
        units.is_current(layers.cloud, unit) for unit in (layers.roles(), layers.account_as_built(outputs))
    ):
        return UNCHANGED
    record = applied.read(cloud, account, layers.roles().key)
    built = f" (by {record['by']} at {record['at']})" if record else ""
    return f"built from another checkout{built}; to bring it up: {layers.command('account')}"


def _by_its_administrator(layers: Layers) -> str:
    return f"As administrator of {layers.stage.account.name}, run: {layers.command('account')}"


def _declared(root: str) -> set[str]:
    return set(_OUTPUT.findall((TERRAFORM / root / "outputs.tf").read_text()))


def _roles(stages: Iterable[Layers], force: bool) -> Iterator[Task]:
    for layers in stages:
        unit = layers.roles()
        yield Task(f"account {unit.account.name} roles", partial(_bring_up, layers, unit, force))


def _bring_up(layers: Layers, unit: Unit, force: bool) -> str:
    state_bucket.ensure(layers.cloud, unit.account)
    return units.bring_up(layers, unit, force)


def _building(layers: Layers, force: bool) -> Iterator[Task]:
    dns = f"account {layers.organisation.dns_account.name}"
    yield Task(dns, lambda: _bring_up(layers, layers.dns(), force))
    yield Task(task_name(layers), lambda: _account(layers, force), frozenset({dns}))


def _account(layers: Layers, force: bool) -> str:
    account, unit = layers.stage.account, layers.account()
    role_arn: str = unit.variables["delegation_role_arn"]
    try:
        return _bring_up(layers, unit, force)
    except ToolError as error:
        if role_arn.rpartition("/")[2] not in error.what:
            raise
        owner = layers.organisation.dns_account.name
        raise ToolError(
            f"The zone {account.subdomain} cannot be delegated: the role {role_arn} of account {owner} is "
            f"not there, does not let account {account.name} ({account.id}) take it, or denies the change.\n"
            f"{error.what}",
            f"As administrator of {owner} and {account.name}, run: {layers.command('account', FORCE='1')}",
        ) from error

"""What `make preview` and `make promote` are called with: FROM, TO and RELEASE."""

from __future__ import annotations

import os

from tools import manifests, promotion
from tools.context import Context
from tools.errors import UsageError
from tools.promotion import Promotion
from tools.roles import Role


def asked(context: Context, role: Role) -> Promotion:
    """The promotion that the user asked for, looked at in FROM as its reader and in TO with `role`.

    Raises UsageError for stages between which nothing is promoted.
    """
    source, target = _stage(context, "FROM"), _stage(context, "TO")
    if source.env == target.env:
        raise UsageError(f"FROM and TO are both {source.env}: a release goes from one stage to another.")
    wanted = os.environ.get("RELEASE", "")
    if wanted:
        manifests.check_id(wanted, "RELEASE")
    return promotion.of(source.layers_as("reader"), target.layers_as(role), wanted)


def _stage(context: Context, variable: str) -> Context:
    name = os.environ.get(variable, "")
    if not name:
        raise UsageError(f"{variable} is missing.", "For example: make promote FROM=dev TO=prod")
    found = Context(name, context.cloud_name)
    if not found.stage.listed:
        raise UsageError(
            f"{variable}={name} is an ephemeral stage: nothing is promoted from or into one.",
            f"Deploy a checkout to it: {found.layers_as('reader').command('deploy')}",
        )
    return found

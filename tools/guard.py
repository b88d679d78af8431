"""Nothing destructive by accident: a plan that would destroy or replace stored data stops."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from tools import terraform
from tools.cloud import Cloud
from tools.errors import ToolError
from tools.stages import Stage
from tools.terraform import Change, Plan, Unit

_ADD_MOVE_REMOVE = "add a new one beside it, move the data, and remove the old one in a later deploy"

# What holds data, in words, and the backward-compatible way to the same end.
HOLDS_DATA: Mapping[str, tuple[str, str]] = {
    "aws_cognito_identity_pool": ("identity pool", f"identities would change their ids; {_ADD_MOVE_REMOVE}"),
    "aws_cognito_user_pool": (
        "user pool",
        f"users cannot be copied with their passwords; {_ADD_MOVE_REMOVE}",
    ),
    "aws_dynamodb_table": ("table", f"new attributes need no new key: add an index, or {_ADD_MOVE_REMOVE}"),
    "aws_kms_key": ("key", f"what it encrypted could not be read again; {_ADD_MOVE_REMOVE}"),
    "aws_route53_zone": ("hosted zone", f"its name servers would change; {_ADD_MOVE_REMOVE}"),
    "aws_s3_bucket": ("bucket", f"{_ADD_MOVE_REMOVE}"),
    "aws_secretsmanager_secret": ("secret", f"its value would be gone; {_ADD_MOVE_REMOVE}"),
    "aws_sns_topic": ("topic", f"its subscriptions would be gone; {_ADD_MOVE_REMOVE}"),
    "aws_sqs_queue": ("queue", f"its messages would be gone; {_ADD_MOVE_REMOVE}"),
}


@dataclass(frozen=True)
class Permission:
    """What the user let through: the addresses in ALLOW_DESTROY, and the stage's name typed as CONFIRM."""

    addresses: frozenset[str]
    confirmed: str

    @staticmethod
    def given() -> Permission:
        """From the environment of the command."""
        addresses = os.environ.get("ALLOW_DESTROY", "").split(",")
        return Permission(frozenset(filter(None, addresses)), os.environ.get("CONFIRM", ""))

    def covers(self, change: Change, unit: Unit, stage: Stage) -> bool:
        """Whether exactly this change may happen; a protected stage's storage takes its name as well."""
        named = change.address in self.addresses
        return named and (
            not stage.settings.protected or unit.root != "storage" or self.confirmed == stage.name
        )


def endangered(planned: Plan) -> list[Change]:
    """The changes of a plan that would destroy or replace what holds data."""
    return [change for change in _to_data(planned) if change.destroys and not change.half_made]


def half_made(planned: Plan) -> list[Change]:
    """What holds data and would be made anew because an earlier deploy was interrupted while making it."""
    return [change for change in _to_data(planned) if change.half_made]


def _to_data(planned: Plan) -> list[Change]:
    return [change for change in planned.changes if change.kind in HOLDS_DATA]


def check(cloud: Cloud, unit: Unit, planned: Plan, stage: Stage, permission: Permission) -> None:
    """Raise ToolError that names each thing in danger, what forces it, and what to do instead."""
    refused = [change for change in endangered(planned) if not permission.covers(change, unit, stage)]
    if not refused:
        return
    forced = terraform.forcing_attributes(cloud, unit, planned)
    lines = [f"{unit}: this would destroy stored data, so nothing was changed."]
    for change in refused:
        words, instead = HOLDS_DATA[change.kind]
        verb = "replaced" if change.action == "replace" else "destroyed"
        because = f", because of {', '.join(forced[change.address])}" if forced.get(change.address) else ""
        lines += [f"  {change.address} ({words}) would be {verb}{because}.", f"    Instead: {instead}."]
    confirm = f" CONFIRM={stage.name}" if stage.settings.protected and unit.root == "storage" else ""
    raise ToolError(
        "\n".join(lines),
        f"If it must be: ALLOW_DESTROY='{','.join(change.address for change in refused)}'{confirm}",
    )

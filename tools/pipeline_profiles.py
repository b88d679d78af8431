"""The AWS configuration of a pipeline's job: a profile for each role that it may act as, and no secret."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import roles, web_identity
from tools.errors import UsageError
from tools.roles import Role
from tools.stages import Account, Organisation


@dataclass(frozen=True)
class Grant:
    """A role of an account."""

    account: Account
    role: Role


def parse(words: str, organisation: Organisation) -> list[Grant]:
    """The roles that ROLES= names, each as <stage>-<role>. Raises UsageError for any other word."""
    grants = [_grant(word, organisation) for word in filter(None, words.split(","))]
    if not grants:
        raise UsageError("Which roles? ROLES is missing.", "For example: ROLES=dev-reader,prod-deployer.")
    return grants


def _grant(word: str, organisation: Organisation) -> Grant:
    stage, _, role = word.rpartition("-")
    account = organisation.stage(stage).account if stage else None
    if account is not None and role == "deployer":
        return Grant(account, "deployer")
    if account is not None and role == "reader":
        return Grant(account, "reader")
    raise UsageError(
        f"ROLES={word} is no role of a pipeline: give <stage>-deployer or <stage>-reader.",
        "A pipeline is never administrator of an account.",
    )


def render(project: str, region: str, grants: Sequence[Grant]) -> str:
    """The configuration. An account's first role stands for any other that a command asks for there."""
    profiles = {roles.name(project, grant.account, grant.role): grant for grant in grants}
    for grant in grants:
        profiles.setdefault(f"{project}-{grant.account.name}", grant)
    return "\n".join(
        line for name, grant in profiles.items() for line in _profile(name, project, region, grant)
    )


def _profile(name: str, project: str, region: str, grant: Grant) -> list[str]:
    # Isolated (-I): whatever folder Terraform runs it in, nothing there is imported.
    script = Path(str(web_identity.__file__)).resolve()
    command = f'"{sys.executable}" -I "{script}" {roles.arn(project, grant.account, grant.role)} {region}'
    return [f"[profile {name}]", f"region = {region}", f"credential_process = {command}", ""]

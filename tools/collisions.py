"""What would get in another's way: refused before anything of a stage is made.

AWS names are `<project>-<stage>-<thing>`: stage `a-b` with service `c` and stage `a` with service `b_c` make
the same ones. AWS would refuse the second, or a deploy would take over what belongs to the first.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from tools import aws_names, deployed, names, references, state_bucket
from tools.aws_names import AwsName
from tools.errors import ToolError
from tools.layers import Layers
from tools.names import AccountUnit, Folder, StageUnit
from tools.services import all_services

_BASE = re.compile(r"[a-z][a-z0-9-]*")
_FOREMOST = ("aws_iam_role", "aws_lambda_function")  # in a list of which only the first are shown
_SHOWN = 3

Owned = Iterator[tuple[AwsName, str]]  # a name, and in words who makes it


def check_services(services: Iterable[Path]) -> None:
    """Raise ToolError where a service of the checkout has a name or a base path that it cannot have."""
    by_base_path: dict[str, str] = {}
    for service in services:
        if fault := names.service_fault(service.name):
            raise ToolError(
                f"No service can be called {service.name}: {fault}.", f"Rename the directory {service.name}."
            )
        base_path = references.loose(service).get("base_path")
        if base_path is None:
            continue
        if not _BASE.fullmatch(str(base_path)):
            raise ToolError(
                f"The base path {base_path!r} of service {service.name} is none: a letter, then lower-case "
                "letters, digits and hyphens, no slash.",
                f"Change base_path in {service.name}/.chalice/config.template.json.",
            )
        other = by_base_path.setdefault(base_path, service.name)
        if other != service.name:
            raise ToolError(
                f"The services {other} and {service.name} have the same base path {base_path!r}: only one of "
                "them could answer there.",
                f"Give one of them another: base_path in {service.name}/.chalice/config.template.json.",
            )


def check(layers: Layers) -> None:
    """Raise ToolError where a name of the stage, or of one that plays for it, is taken or too long."""
    check_services(all_services())
    for whole in [layers, *layers.players(layers.services)]:
        _check(whole)


def _check(layers: Layers) -> None:
    stage = layers.stage.name
    own = dict(_own(layers))
    if long := [f"{one.name} ({by})" for one, by in own.items() if one.too_long]:
        raise ToolError(
            f"Names of stage {stage} would be longer than AWS allows: {', '.join(sorted(long)[:_SHOWN])}.",
            "Shorten the name of the stage, the service or the function.",
        )
    makers: dict[AwsName, dict[str, None]] = defaultdict(dict)
    for one, by in (*_own(layers), *_removed(layers), *_account(layers), *_others(layers)):
        makers[one][by] = None
    clashes = [(one, by) for one, by in makers.items() if len(by) > 1 and one in own]
    if clashes:
        clashes.sort(key=lambda clash: (clash[0].kind not in _FOREMOST, str(clash)))
        told = [f"{one.name} ({one.kind}): {' and '.join(by)}" for one, by in clashes]
        more = [f"and {len(told) - _SHOWN} more"] if len(told) > _SHOWN else []
        raise ToolError(
            "\n  ".join(
                [f"Stage {stage} cannot be deployed: two would have the same name.", *told[:_SHOWN], *more]
            ),
            "Choose another name for the stage, the service or the function. A service that was renamed is "
            f"destroyed first: {layers.command('destroy', SERVICE='<service>')}",
        )


def _own(layers: Layers) -> Owned:
    """What this checkout makes of the stage."""
    stage, account = layers.stage.name, layers.stage.account
    variables = {
        "project": layers.organisation.project,
        "stage": stage,
        "account_id": account.id,
        "region": layers.organisation.region,
    }
    # One that stages.toml does not list may choose storage of its own.
    may_own = layers.stage.storage_stage == stage or not layers.stage.listed
    for root in (StageUnit.STAGE, *([StageUnit.STORAGE] if may_own else [])):
        yield from ((one, f"layer {root} of stage {stage}") for one in aws_names.of_root(root, **variables))
    yield aws_names.api_domain(_domain(layers)), f"stage {stage}"
    for service in layers.services:
        made = aws_names.of_service(variables["project"], stage, service)
        yield from ((one, f"{_words(by)} of stage {stage}") for by, found in made.items() for one in found)
        base_path = references.loose(service).get("base_path")
        if base_path is not None:
            by = f"service {service.name} of stage {stage}"
            yield aws_names.base_path(_domain(layers), base_path), by


def _words(by: str) -> str:
    service, _, function = by.partition(".")
    return f"function {function} of service {service}" if function else f"service {service}"


def _removed(layers: Layers) -> Owned:
    """What is deployed of services that the checkout no longer has."""
    for service in deployed.removed_services(layers):
        key = names.service_key(layers.stage.name, service)
        yield from _in_state(layers, key, f"service {service}, deployed in stage {layers.stage.name}")


def _account(layers: Layers) -> Owned:
    """What the stage's account has once."""
    account, organisation = layers.stage.account, layers.organisation
    variables = {"project": organisation.project, "account_name": account.name, "account_id": account.id}
    roots = [AccountUnit.ACCOUNT, AccountUnit.ROLES]
    roots += [AccountUnit.DNS] if account == organisation.dns_account else []
    for root in roots:
        yield from ((one, f"account {account.name}") for one in aws_names.of_root(root, **variables))
    yield AwsName("aws_s3_bucket", state_bucket.name(layers.cloud, account)), f"account {account.name}"


def _others(layers: Layers) -> Owned:
    """What other stages of the account make: those that stages.toml lists, and those that are deployed."""
    own, account = layers.stage.name, layers.stage.account
    organisation = layers.organisation
    folder = Folder.STAGES.key("")
    recorded = set(deployed.stage_names(deployed.keys(layers.cloud, account, folder)))
    listed = {name for name in organisation.stages if organisation.stage(name).account == account}
    for name in sorted((recorded | listed) - {own}):
        other = replace(layers, stage=organisation.stage(name))
        yield aws_names.api_domain(_domain(other)), f"stage {name}"
        # Names can only be the same where one stage's name begins like the other's.
        if not (name.startswith(f"{own}-") or own.startswith(f"{name}-")):
            continue
        described = dict(_own(other))
        yield from described.items()
        for key in deployed.states(other) if name in recorded else ():
            yield from ((one, by) for one, by in _in_state(other, key, _maker(key)) if one not in described)


def _maker(key: str) -> str:
    stage, _, part = key.removesuffix(names.STATE_SUFFIX).partition("/")
    folder, _, service = part.rpartition("/")
    return f"service {service} of stage {stage}" if folder else f"layer {part} of stage {stage}"


def _in_state(layers: Layers, key: str, by: str) -> Owned:
    state = state_bucket.read(layers.cloud, layers.stage.account, key)
    if state is None:
        return
    yield from ((one, by) for one in aws_names.in_state(state, layers.organisation.project))


def _domain(layers: Layers) -> str:
    stage = layers.stage
    return stage.settings.api_domain or f"{stage.name}.api.{stage.account.subdomain}"

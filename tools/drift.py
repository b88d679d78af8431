"""Drift: where the cloud is no longer what a deploy left, because somebody changed it by hand.

What was deployed is what the states hold, from whichever checkout that was: Terraform reads each of their
resources again, and the sources of this checkout play no part. So a stage that is behind this checkout has no
drift, and one that nobody deploys any more can have some. A plan answers the other question, what a deploy
of this checkout would change.

Terraform takes all states of an account at once, as modules of one: it takes 2 to 3 s to start.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tools import (
    deployed,
    drift_rules,
    pause_records,
    plan_details,
    stage_lock,
    state_bucket,
    switches,
    terraform,
    verification,
)
from tools.cloud import Cloud
from tools.errors import ToolError
from tools.graph import Outcome, Report, Skipped, Task, run
from tools.layers import Layers
from tools.names import AccountUnit
from tools.pause_records import Pause
from tools.stages import Account, Organisation
from tools.terraform_unit import Unit

State = Mapping[str, Any]


@dataclass(frozen=True)
class Drifted:
    """A resource that somebody changed or removed: its state's key, its address there, how it differs."""

    key: str
    address: str
    words: tuple[str, ...]


@dataclass
class Findings:
    """The states that were looked at, what differs, and by account or stage why one was not looked at.

    `callers` says by stage how what they get is not the release that is meant to be live. `paused` has the
    paused services, by the key of their state.
    """

    looked_at: list[str] = field(default_factory=list)
    drifted: list[Drifted] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)
    unread: dict[str, str] = field(default_factory=dict)
    busy: dict[str, str] = field(default_factory=dict)
    callers: dict[str, list[str]] = field(default_factory=dict)
    paused: dict[str, Pause] = field(default_factory=dict)


def look(organisation: Organisation, cloud: Cloud, report: Report, stage: str = "") -> Findings:
    """Look at every deployed stage, or at that one, in each account that can be read."""
    findings, tasks = Findings(), []
    accounts = [organisation.stage(stage).account] if stage else list(organisation.accounts.values())
    for account in accounts:
        if not account.subdomain:
            continue
        try:
            states, paused = _states(cloud, account)
            asked = [key for key in states if stage in ("", _stage_of(key))]
            wanted = _free(organisation, cloud, asked, findings)
            findings.callers |= _callers(organisation, cloud, wanted)
        except (ToolError, ClientError, BotoCoreError) as error:
            findings.unread[account.name] = " ".join(str(error).split())
            continue
        findings.paused |= {key: pause for key, pause in paused.items() if key in wanted}
        if wanted:
            work = partial(_look, organisation, cloud, account, states, wanted, findings)
            tasks.append(Task(f"account {account.name}", work))
    findings.outcome = run(tasks, report)
    return findings


def _states(cloud: Cloud, account: Account) -> tuple[Mapping[str, State], dict[str, Pause]]:
    """The states of the account's stages that hold anything, and which of them are of paused services.

    A pause is no drift: the states say what a service is to be, whether or not it was paused when applied.
    """
    keys = deployed.keys(cloud, account)
    names = deployed.stage_names(keys)
    found = {
        key: state_bucket.read(cloud, account, key)
        for key in keys
        if key.endswith(".tfstate") and _stage_of(key) in names
    }
    states = {key: state for key, state in found.items() if state and state.get("resources")}
    services = [key for key in states if "/services/" in key]
    paused = {}
    for key in services:
        stage, service = _stage_of(key), deployed.service_of(key)
        pause = pause_records.read(cloud, account, stage, service) if _record(key) in keys else None
        if pause is not None:
            paused[key] = pause
        states[key] = switches.as_recorded(states[key], pause is not None)
    return states, paused


def _record(key: str) -> str:
    """Where the record of a pause lies of the service whose state lies under `key`."""
    return pause_records.key(_stage_of(key), deployed.service_of(key))


def _free(organisation: Organisation, cloud: Cloud, states: Collection[str], findings: Findings) -> list[str]:
    """The keys of the stages that nobody deploys at this moment."""
    for name in {_stage_of(key) for key in states}:
        holder = stage_lock.find(Layers(organisation, cloud, organisation.stage(name)))
        if holder is not None and not holder.dead:
            findings.busy[name] = str(holder)
    return [key for key in states if _stage_of(key) not in findings.busy]


def _callers(organisation: Organisation, cloud: Cloud, keys: Collection[str]) -> dict[str, list[str]]:
    """By stage how what callers get is not the release that is meant to be live."""
    stages = {_stage_of(key) for key in keys}
    found = {
        name: verification.look(Layers(organisation, cloud, organisation.stage(name))).words
        for name in sorted(stages)
    }
    return {name: words for name, words in found.items() if words}


def _stage_of(key: str) -> str:
    return key.partition("/")[0]


def _look(
    organisation: Organisation,
    cloud: Cloud,
    account: Account,
    states: Mapping[str, State],
    wanted: Collection[str],
    findings: Findings,
) -> str:
    variables = {
        "account_id": account.id,
        "region": organisation.region,
        "s3_use_path_style": cloud.endpoint_url is not None,
    }
    unit = Unit("drift", AccountUnit.DRIFT.key, account, variables)
    with terraform.alone(cloud, unit):
        shown = terraform.refreshed(cloud, unit, together({key: states[key] for key in wanted}))
    # Services write inline policies into roles of other units.
    known = {pair for state in states.values() for pair in drift_rules.inline_policies(state)}
    found = list(drifted(shown, known))
    findings.looked_at += wanted
    findings.drifted += found
    return f"{len(found)} changed by hand" if found else Skipped(f"{len(wanted)} states, as deployed")


def together(states: Mapping[str, State]) -> dict[str, Any]:
    """One state with the resources of all, each state as a module of the name `unit` with its key.

    https://developer.hashicorp.com/terraform/cli/state/resource-addressing
    """
    resources = [
        {
            **resource,
            "module": ".".join(filter(None, [f"module.unit[{json.dumps(key)}]", resource.get("module")])),
            "instances": [
                {name: value for name, value in instance.items() if name != "dependencies"}
                for instance in resource["instances"]
                if "deposed" not in instance
            ],
        }
        for key, state in states.items()
        for resource in state["resources"]
        if resource["mode"] == "managed"
    ]
    return {"version": 4, "serial": 1, "lineage": "drift", "outputs": {}, "resources": resources}


def drifted(shown: Mapping[str, Any], known: Collection[tuple[str, str]]) -> Iterator[Drifted]:
    """What of the differences is drift; `known` as in drift_rules."""
    changes = plan_details.parsed({"resource_changes": shown.get("resource_drift", [])}).changes
    for address, detail in sorted(changes.items()):
        key, _, own = address.removeprefix('module.unit["').partition('"].')
        if detail.after is None:
            yield Drifted(key, own, ("gone",))
        elif words := (*drift_rules.differences(detail), *drift_rules.strangers(detail, known)):
            yield Drifted(key, own, words)

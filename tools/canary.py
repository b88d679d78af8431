"""Bring new versions to users a share at a time, by the state machine that terraform/modules/canary makes.

The execution does all of it in the cloud; what is here starts one and tells how it goes. It needs no
machine of ours to go on, and whoever comes next finds out how it ended.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tools import live, pausing
from tools.cloud import client
from tools.errors import ToolError, UsageError
from tools.histories import Entry, Standings
from tools.layers import Layers
from tools.live import Standing
from tools.paths import REPOSITORY

WAIT_VARIABLE = "CANARY_WAIT"
_LOOK_EVERY = 1.0  # seconds
_CALM_SECONDS = 180.0  # an alarm looks at a minute, and CloudWatch looks at the alarm once a minute


@dataclass(frozen=True)
class Ended:
    """How an execution ended: SUCCEEDED, FAILED, ABORTED, TIMED_OUT or NEVER_BEGUN, and why in words."""

    status: str
    why: str = ""


def wait_seconds(layers: Layers) -> int:
    """Seconds between two looks at the alarms. Raises UsageError for a wrong CANARY_WAIT."""
    given = os.environ.get(WAIT_VARIABLE) or str(layers.stage.settings.canary_wait)
    if not re.fullmatch("[1-9]|[1-5][0-9]|60", given):
        raise UsageError(
            f"{WAIT_VARIABLE}={given} is no number of seconds from 1 to 60.",
            f"For example: {WAIT_VARIABLE}=2",
        )
    return int(given)


def name_execution(layers: Layers, release: str) -> str:
    """The ARN that the next execution for this release will have; each attempt has its own."""
    machine = layers.stage_outputs()["release_machine_arn"]
    prefix = f"{machine.replace(':stateMachine:', ':execution:')}:{release}"
    attempt = 1
    while _describe(layers, f"{prefix}-{attempt}") is not None:
        attempt += 1
    return f"{prefix}-{attempt}"


def quiet_alarms(layers: Layers, say: Callable[[str], None]) -> list[str]:
    """The alarms that decide, once none of them rings: after a bad release they go on for a minute or two.

    Raises ToolError where one still rings after that, before anything has begun.
    """
    services, paused = layers.service_outputs(), pausing.paused(layers)  # calls that are refused ring, too
    watched = [outputs for name, outputs in services.items() if name not in paused]
    alarms = sorted({name for outputs in watched for name in outputs.get("canary_alarms") or []})
    deadline, told = time.monotonic() + _CALM_SECONDS, False
    while ringing := ", ".join(_ringing(layers, alarms)):
        if time.monotonic() > deadline:
            raise ToolError(
                f"Nothing was released: {ringing} rings already and would tell nothing of it.",
                f"See to it first: {layers.command('logs')}. An older release: {layers.command('rollback')}",
            )
        if not told:
            say(f"  waiting for quiet: {ringing} rings still")
            told = True
        time.sleep(_LOOK_EVERY)
    return alarms


def start(layers: Layers, entry: Entry, alarms: list[str], wait: int) -> None:
    """Start the entry's execution: what differs from before goes to users."""
    machine, name = layers.stage_outputs()["release_machine_arn"], entry.execution.rpartition(":")[2]
    document = description(layers, entry, alarms, wait)
    client(layers.cloud, layers.stage.account, "stepfunctions").start_execution(
        stateMachineArn=machine, name=name, input=json.dumps(document)
    )


def description(layers: Layers, entry: Entry, alarms: list[str], wait: int) -> dict[str, Any]:
    """The input of the execution; terraform/modules/canary documents it."""
    settings, services, paused = layers.stage.settings, layers.service_outputs(), pausing.paused(layers)
    functions, apis = [], []
    for service, standing in entry.standing.items():
        # A function that is paused cannot be tried.
        smokes = {} if service in paused else smoke_events(REPOSITORY / service)
        before = entry.before[service]
        moving = standing - before
        keys = {function["name"]: key for key, function in services[service]["functions"].items()}
        for name, version in moving.functions.items():
            functions.append(
                {
                    "name": name,
                    "from": before.functions[name],
                    "to": version,
                    "weights": {version: settings.canary_share / 100},
                    "smoke": smokes.get(keys[name]),
                }
            )
        for api, deployment in moving.apis.items():
            rest_api, _, stage = api.partition("/")
            places = {"from": before.apis[api], "to": deployment}
            apis.append({"rest_api_id": rest_api, "stage": stage, **places})
    return {
        "release": entry.release.id,
        "waits": [wait] * settings.canary_looks,
        "after": [wait],
        "alarms": alarms,
        "functions": functions,
        "apis": apis,
    }


def smoke_events(service: Path) -> dict[str, Any]:
    """What each function is tried with before users get it: `.chalice/smoke.json`, by Chalice's name.

    A function has an `event`, and where it answers for an API the `status` that is right. Raises ToolError
    for a file that is none of that.
    """
    path = service / ".chalice" / "smoke.json"
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_text())
        return {
            name: {"event": entry["event"], "status": entry.get("status")} for name, entry in document.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ToolError(
            f"{service.name}/.chalice/smoke.json says nothing of what to try: {error}.",
            'It looks like {"api_handler": {"event": {...}, "status": 200}}.',
        ) from error


def ended(layers: Layers, execution: str) -> Ended | None:
    """How the execution ended; None while it runs."""
    found = _describe(layers, execution) if execution else None
    if found is None:
        return Ended("NEVER_BEGUN", "its deploy ended before the release could begin")
    if found["status"] == "RUNNING":
        return None
    told = ": ".join(filter(None, (found.get("error"), found.get("cause"))))
    default = {"ABORTED": "somebody stopped it by hand", "TIMED_OUT": "it took too long"}
    return Ended(found["status"], told or default.get(found["status"], ""))


def as_it_ended(layers: Layers, entry: Entry) -> Entry:
    """The entry with its end, where the deploy that would have noted it is gone."""
    end = ended(layers, entry.execution) if entry.status == "moving" else None
    if end is None:
        return entry
    return replace(entry, status="released" if end.status == "SUCCEEDED" else "failed", why=end.why)


def stop(layers: Layers, execution: str) -> None:
    """End an execution; what callers get stays as it is at that moment."""
    client(layers.cloud, layers.stage.account, "stepfunctions").stop_execution(
        executionArn=execution, error="RolledBack", cause="make rollback"
    )
    while ended(layers, execution) is None:
        time.sleep(_LOOK_EVERY)


def follow(layers: Layers, entry: Entry, say: Callable[[str], None], check: Callable[[], None]) -> Ended:
    """Tell how the execution goes until it has ended."""
    outputs, told = layers.service_outputs(), ""
    while (end := ended(layers, entry.execution)) is None:
        check()
        words = phase(entry.standing, _standings(layers, outputs, entry.standing))
        if words != told:
            say(f"  {words}")
            told = words
        time.sleep(_LOOK_EVERY)
    return end


def phase(to: Standings, present: Mapping[str, Standing]) -> str:
    """What callers get, in words."""
    shares = {
        share
        for standing in present.values()
        for weights in standing.shares.values()
        for share in weights.values()
    }
    if shares:
        return f"{max(shares):.0%} of the calls go to the new versions"
    if all(present[service].functions == standing.functions for service, standing in to.items()):
        return "all calls go to the new versions"
    return "the new versions are tried without users"


def _standings(layers: Layers, outputs: Mapping[str, Any], of: Standings) -> dict[str, Standing]:
    return {service: live.present(layers.cloud, layers.stage.account, outputs[service]) for service in of}


def _describe(layers: Layers, execution: str) -> dict[str, Any] | None:
    machines = client(layers.cloud, layers.stage.account, "stepfunctions")
    try:
        found: dict[str, Any] = machines.describe_execution(executionArn=execution)
    except machines.exceptions.ExecutionDoesNotExist:
        return None
    return found


def _ringing(layers: Layers, names: list[str]) -> Iterator[str]:
    watch = client(layers.cloud, layers.stage.account, "cloudwatch")
    for start in range(0, len(names), 100):  # as many as one request takes
        found = watch.describe_alarms(AlarmNames=names[start : start + 100], StateValue="ALARM")
        yield from (alarm["AlarmName"] for alarm in found["MetricAlarms"])

"""Pause a service of a stage, so that nothing calls it, and resume it.

A pause must work at once, also while a deploy runs. So it takes no lock: it writes its record
(tools/pause_records.py), then switches off what calls the service (tools/switches.py). A deploy reads the
record when it applies a service, and switches off again what it may have switched on meanwhile. A resume is
no emergency, and whoever resumes holds the stage's lock.

Calls that run while a service is paused end by themselves.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping

from botocore.exceptions import ClientError

from tools import deployed, live, pause_records, state_bucket, switches
from tools.cloud import client
from tools.errors import ToolError, UsageError
from tools.layers import Layers
from tools.paths import REPOSITORY
from tools.pause_records import Doing, Pause
from tools.switches import Switches

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60))  # SQS keeps a message for a minute at least


def paused(layers: Layers) -> dict[str, Pause]:
    """The paused services of the stage."""
    return pause_records.read_all(layers.cloud, layers.stage.account, layers.stage.name)


def check(layers: Layers, services: Collection[str]) -> None:
    """Raise UsageError for a service that is not deployed in the stage."""
    there = deployed.services(layers)
    if unknown := sorted(set(services) - set(there)):
        raise UsageError(
            f"{', '.join(unknown)}: not deployed in {layers.stage.name}.",
            f"Deployed are: {', '.join(there) or 'none'}.",
        )


def refuse(layers: Layers, services: Collection[str], why: str) -> None:
    """Raise ToolError where one of these services is paused; `why` says what that prevents."""
    if stopped := {name: pause for name, pause in paused(layers).items() if name in services}:
        raise ToolError(
            f"{'; '.join(f'{name} of {layers.stage.name} is {pause}' for name, pause in stopped.items())}. "
            f"{why}",
            f"Run first: {layers.command('resume', SERVICE=','.join(stopped))}",
        )


def pause(
    layers: Layers, services: Collection[str], why: str = "", by: str = "", doing: Doing = "pause"
) -> list[str]:
    """Stop the services from being called; what was done and what becomes of what arrives, in words.

    Done again it finishes what an earlier one began, and keeps its record. But a rollback's pause becomes the
    user's own, so that rolling forward does not undo it. Raises UsageError as `check` does, and ToolError
    where something could not be switched off: the rest is, and the record stays.
    """
    check(layers, services)
    cloud, account, stage = layers.cloud, layers.stage.account, layers.stage.name
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    new, kept, faults = Pause(now, by or pause_records.here(), why, doing), dict[str, Pause](), list[str]()
    for name, before in paused(layers).items():
        if doing in (before.doing, "rollback"):
            kept[name] = before
    found = {name: _switches(layers, name) for name in services}
    for name in services:
        pause_records.write(cloud, account, stage, name, kept.get(name, new))
        faults += [f"{name}: {fault}" for fault in switches.off(cloud, account, found[name])]
    if faults:
        raise _partly(layers, "pause", faults, services)
    words = []
    for name in services:
        told = f"is already {kept[name]}" if name in kept else "is paused: nothing calls it any more"
        words += [f"{name} of {stage} {told}", *_meanwhile(layers, name, found[name])]
    return words


def resume(layers: Layers, services: Collection[str]) -> list[str]:
    """Let the services be called again, as they are configured; what was done, in words.

    To be called with the stage's lock held. Raises UsageError as `check` does, and ToolError where something
    could not be switched on, or somebody paused the service anew meanwhile: the record stays.
    """
    check(layers, services)
    cloud, account, stage = layers.cloud, layers.stage.account, layers.stage.name
    known, words, faults = paused(layers), list[str](), list[str]()
    for name in services:
        if name not in known:
            words.append(f"{name} of {stage} was not paused")
            continue
        found = _switches(layers, name)
        if wrong := switches.on(cloud, account, found):
            faults += [f"{name}: {fault}" for fault in wrong]
            continue
        if not pause_records.remove(cloud, account, stage, name, known[name].tag):
            enforce(layers, name)
            raise ToolError(
                f"{name} of {stage} stays paused: somebody paused it anew during this resume.",
                f"See why: {layers.command('stages')}",
            )
        words += [f"{name} of {stage} is called again; it was {known[name]}", *_afterwards(layers, found)]
    if faults:
        raise _partly(layers, "resume", faults, services)
    return words


def enforce(layers: Layers, service: str) -> Pause | None:
    """Switch off again what a deploy may have switched on; the service's pause, or None without one."""
    cloud, account = layers.cloud, layers.stage.account
    found = pause_records.read(cloud, account, layers.stage.name, service)
    if found is not None and (faults := switches.off(cloud, account, _switches(layers, service))):
        raise _partly(layers, "pause", [f"{service}: {fault}" for fault in faults], [service])
    return found


def enforce_all(layers: Layers) -> dict[str, Pause]:
    """The same for every paused service of the stage, which are given back."""
    found = paused(layers)
    for name in found:
        enforce(layers, name)
    return found


def told(layers: Layers, pauses: Mapping[str, Pause]) -> list[str]:
    """A line for each paused service of the stage, with the command that resumes it."""
    return [
        f"{name} of {layers.stage.name} is {pause}. Undo: {layers.command('resume', SERVICE=name)}"
        for name, pause in sorted(pauses.items())
    ]


def _switches(layers: Layers, service: str) -> Switches:
    state = state_bucket.read(layers.cloud, layers.stage.account, layers.service_key(REPOSITORY / service))
    return switches.of(state or {})


def _partly(layers: Layers, doing: str, faults: list[str], services: Collection[str]) -> ToolError:
    done = {"pause": "switched off", "resume": "switched on"}[doing]
    return ToolError(
        "\n".join([f"Not everything of {layers.stage.name} could be {done}. The rest is:", *faults]),
        f"Run it again: {layers.command(doing, SERVICE=','.join(services))}",
    )


def _meanwhile(layers: Layers, service: str, found: Switches) -> Iterator[str]:
    """What becomes of what arrives while the service is paused."""
    if found.api is not None:
        key = layers.service_key(REPOSITORY / service)
        outputs = state_bucket.outputs(layers.cloud, layers.stage.account, key)
        url = outputs.get("api_url") if outputs else None
        yield f"  API {url or found.api.id}: answers 429 Too Many Requests"
    for queue in found.queues.values():
        yield f"  queue {_last(queue)}: messages wait in it{_kept(layers, queue)}"
    for rule in found.schedules:
        yield f"  schedule {rule}: does not happen; nothing makes up for it"
    for function, sources in found.deliveries.items():
        letters = switches.destination(layers.cloud, layers.stage.account, function, live.ALIAS)
        end = (
            "are lost: it has no dead-letter queue"
            if letters is None
            else f"end in the dead-letter queue {_last(letters)}, until {layers.command('redrive')}"
        )
        for source in sources:
            kind, word = ("topic", "messages") if source.startswith("arn:") else ("rule", "events")
            yield f"  {kind} {_last(source)}: {word} to {function} {end}"


def _afterwards(layers: Layers, found: Switches) -> Iterator[str]:
    """What does not come back by itself."""
    ends = {
        queue
        for function in found.deliveries
        if (queue := switches.destination(layers.cloud, layers.stage.account, function, live.ALIAS))
    }
    if ends:
        queues = ", ".join(sorted(map(_last, ends)))
        yield f"  What ended in {queues} meanwhile is processed by: {layers.command('redrive')}"


def _kept(layers: Layers, queue: str) -> str:
    """For how long a queue keeps a message, where that can be seen."""
    _, _, _, _, owner, name = queue.split(":")
    sqs = client(layers.cloud, layers.stage.account, "sqs")
    try:
        url = sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=owner)["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["MessageRetentionPeriod"])
    except ClientError:
        return ""
    seconds = int(found["Attributes"]["MessageRetentionPeriod"])
    unit, length = next(((unit, length) for unit, length in _UNITS if seconds >= length), _UNITS[-1])
    return f", each at most {seconds / length:g} {unit}{'' if seconds == length else 's'}"


def _last(arn: str) -> str:
    return arn.rsplit(":", 1)[-1]

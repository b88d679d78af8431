"""Destroy a stage, or some of its services: what is deployed, from the top down. The account stays.

What there is to destroy is read from the cloud, not from this checkout: a service whose directory is gone is
destroyed too, and a destroy that was interrupted is finished by the next one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from functools import partial

from tools import (
    applied,
    deployed,
    emptiness,
    flag_store,
    histories,
    live_release,
    pause_records,
    references,
    stage_records,
    state_bucket,
    terraform,
)
from tools.errors import ToolError
from tools.graph import Outcome, Report, Task, run
from tools.layers import Layers
from tools.packaging import Package
from tools.paths import BUILD, REPOSITORY
from tools.terraform_unit import Unit


def stands(layers: Layers) -> bool:
    """Whether anything of the stage is deployed, or its record tells of a deploy that began."""
    stage = layers.stage
    return (
        bool(deployed.states(layers))
        or stage_records.read(layers.cloud, stage.account, stage.name) is not None
    )


def refuse(layers: Layers, services: Collection[str] = ()) -> None:
    """Raise ToolError where the stage, or those of its services, may not be destroyed."""
    if services:
        _refuse_services(layers, services)
        return
    stage = layers.stage
    if stage.settings.protected:
        raise ToolError(f"{stage.name} is protected: it is never destroyed.", "See terraform/stages.toml.")
    others = deployed.borrowers(layers)
    if others:
        commands = "; ".join(layers.command("destroy", other) for other in others)
        raise ToolError(
            f"The storage of {stage.name} is used by {', '.join(others)}.", f"Destroy those first: {commands}"
        )


def _refuse_services(layers: Layers, services: Collection[str]) -> None:
    name, there = layers.stage.name, deployed.services(layers)
    unknown = sorted(set(services) - set(there))
    if unknown:
        raise ToolError(
            f"{', '.join(unknown)}: not deployed in {name}.", f"There are: {', '.join(there) or 'none'}."
        )
    current = sorted(set(services) & {service.name for service in layers.services})
    if layers.stage.settings.protected and current:
        raise ToolError(
            f"{name} is protected: it keeps {', '.join(current)}.",
            "Only services that it no longer has can be removed from it.",
        )
    readers = {
        reader: sorted(read)
        for reader in there
        if reader not in services and (read := _reads(layers, reader) & set(services))
    }
    if readers:
        told = "; ".join(f"{reader} reads {', '.join(read)}" for reader, read in readers.items())
        together = ",".join(sorted({*services, *readers}))
        raise ToolError(
            f"Nothing was destroyed in {name}: {told}.",
            f"Deploy the reader without that first, or destroy both: "
            f"{layers.command('destroy', SERVICE=together)}",
        )


def stake(layers: Layers, services: Collection[str] = ()) -> str:
    """Why the stage's name has to be typed first; empty where it need not be."""
    stage = layers.stage
    if services:
        lost = _dead_letters(layers, services)
        return " ".join(
            filter(None, [f"{stage.name} is protected." if stage.settings.protected else "", lost])
        )
    record = stage_records.read(layers.cloud, stage.account, stage.name)
    listed = stage.listed or (record is not None and record.listed)
    if listed and stage.storage_stage == stage.name:
        return (
            f"{stage.name} is a team's stage with storage of its own: "
            "its notes, uploads and users would be gone."
        )
    return ""


def _dead_letters(layers: Layers, services: Collection[str]) -> str:
    """What would be gone with these services' dead-letter queues; empty where nothing lies in them."""
    cloud, account = layers.cloud, layers.stage.account
    found = {}
    for service in services:
        outputs = state_bucket.outputs(cloud, account, layers.service_key(REPOSITORY / service))
        functions = (outputs["functions"] if outputs else {}).values()
        urls = [function.get("dead_letter_queue_url") for function in functions]
        found[service] = sum(emptiness.messages(cloud, account, url) for url in urls if url)
    listed = ", ".join(f"{count} of {service}" for service, count in found.items() if count)
    if not listed:
        return ""
    again = layers.command("redrive")
    return f"Messages that could not be processed would be gone: {listed}. Send them first: {again}"


def destroy(
    layers: Layers,
    report: Report,
    services: Collection[str] = (),
    before_each: Callable[[], None] = lambda: None,
) -> Outcome:
    """Destroy everything of the stage, or those of its services.

    `before_each` stops it between two steps by raising ToolError. Raises ToolError as `refuse` does.
    """
    refuse(layers, services)
    outcome = run(_tasks(layers, services), report, before_each=before_each)
    live_release.drop(layers, set(services) - set(deployed.services(layers)))
    if not services and not outcome.failed and not outcome.not_tried:
        histories.forget(layers)
        live_release.forget(layers)
        pause_records.forget(layers.cloud, layers.stage.account, layers.stage.name)
        stage_records.forget(layers.cloud, layers.stage.account, layers.stage.name)
    return outcome


def _tasks(layers: Layers, services: Collection[str]) -> Iterator[Task]:
    stage, states = layers.stage.name, deployed.states(layers)
    going = [name for name in deployed.services(layers) if not services or name in services]
    read = {name: _reads(layers, name) for name in going}
    for name in going:
        readers = {f"{stage} {reader}" for reader in going if name in read[reader]}
        yield Task(f"{stage} {name}", partial(_service, layers, name), frozenset(readers))
    if services:
        return
    above = frozenset(f"{stage} {name}" for name in going)
    if layers.stage_key in states:
        yield Task(f"{stage} stage", lambda: _stage(layers), above)
    own = Layers(layers.organisation, layers.cloud, layers.organisation.stage(stage, "own")).storage()
    assert own is not None
    if own.key in states:
        yield Task(f"{stage} storage", lambda: _remove(layers, own.key, lambda: own), above)


def _reads(layers: Layers, service: str) -> set[str]:
    """The services whose outputs a deployed service reads: as recorded, else as its templates say."""
    key = layers.service_key(REPOSITORY / service)
    record = applied.read(layers.cloud, layers.stage.account, key) or {}
    if "reads" in record:
        folder = f"{layers.stage.name}/services/"
        states = {reading.split("#")[0] for reading in record["reads"]}
        return {state.removeprefix(folder) for state in states if state.startswith(folder)} - {service}
    sources = REPOSITORY / service
    return references.services_before(sources) if references.templates(sources)[0].exists() else set()


def _service(layers: Layers, service: str) -> str:
    # What is to go is known from the state; an empty description is all that Terraform needs beside it.
    folder = BUILD / "nothing"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "chalice.tf.json").write_text(json.dumps({"resource": {"aws_lambda_function": {}}}))
    nothing, path = Package(folder, folder / "package.zip", "0" * 64), REPOSITORY / service
    return _remove(layers, layers.service_key(path), lambda: layers.service(path, nothing, None))


def _stage(layers: Layers) -> str:
    outputs = state_bucket.outputs(layers.cloud, layers.stage.account, layers.stage_key)
    flag_store.clear(layers, outputs or {})
    return _remove(layers, layers.stage_key, layers.stage_unit)


def _remove(layers: Layers, key: str, unit: Callable[[], Unit]) -> str:
    cloud, account, words = layers.cloud, layers.stage.account, "nothing was left"
    if state_bucket.outputs(cloud, account, key) is not None:
        made = unit()
        with terraform.alone(cloud, made):
            words = terraform.destroy(cloud, made)
    # Before the state goes, by which a service is known: deployed anew it is not to be paused.
    if "/services/" in key:
        pause_records.forget(cloud, account, layers.stage.name, [deployed.service_of(key)])
    applied.forget(cloud, account, key)
    return words

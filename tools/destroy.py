"""Destroy a stage: its services, then what they stood on, from the top down. The account stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tools import applied, references, state_bucket, terraform
from tools.cloud import client
from tools.errors import ToolError
from tools.graph import Outcome, Report, Task, run
from tools.layers import Layers
from tools.packaging import Package
from tools.paths import BUILD
from tools.terraform import Unit


def destroy(layers: Layers, report: Report, before_each: Callable[[], None] = lambda: None) -> Outcome:
    """Destroy everything of the stage; `before_each` stops it between two steps by raising ToolError.

    Raises ToolError for a protected stage and one whose storage others use.
    """
    stage = layers.stage
    if stage.settings.protected:
        raise ToolError(f"{stage.name} is protected: it is never destroyed.", "See terraform/stages.toml.")
    others = borrowers(layers)
    if others and stage.storage_stage == stage.name:
        raise ToolError(
            f"The storage of {stage.name} is used by {', '.join(others)}.", "Destroy those first."
        )
    return run(_tasks(layers), report, before_each=before_each)


def borrowers(layers: Layers) -> list[str]:
    """The deployed stages of the account that use this stage's storage, or call what it plays."""
    s3 = client(layers.cloud, layers.stage.account, "s3")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=state_bucket.name(layers.cloud, layers.stage.account), Delimiter="/"
    )
    names = {prefix["Prefix"].rstrip("/") for page in pages for prefix in page.get("CommonPrefixes", [])}
    deployed = sorted(names - {"applied", "locks", layers.stage.name})
    return [name for name in deployed if layers.organisation.stage(name).storage_stage == layers.stage.name]


def _tasks(layers: Layers) -> Iterator[Task]:
    stage = layers.stage.name
    services = layers.services
    for service in services:
        readers = {
            f"{stage} {other.name}" for other in services if service.name in references.services_before(other)
        }
        yield Task(f"{stage} {service.name}", partial(_service, layers, service), frozenset(readers))
    above = frozenset(f"{stage} {service.name}" for service in services)
    yield Task(f"{stage} stage", partial(_remove, layers, layers.stage_unit()), above)
    storage = layers.storage()
    if storage is not None:
        yield Task(f"{stage} storage", partial(_remove, layers, storage), above)


def _service(layers: Layers, service: Path) -> str:
    # What is to go is known from the state; an empty description is all that Terraform needs beside it.
    folder = BUILD / "nothing"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "chalice.tf.json").write_text(json.dumps({"resource": {}}))
    nothing = Package(folder, folder / "package.zip", "0" * 64)
    return _remove(layers, layers.service(service, nothing, None))


def _remove(layers: Layers, unit: Unit) -> str:
    if state_bucket.outputs(layers.cloud, unit.account, unit.key) is None:
        return "was not there"
    planned = terraform.plan(layers.cloud, unit, destroy=True)
    terraform.apply(layers.cloud, unit, planned)
    applied.forget(layers.cloud, unit.account, unit.key)
    return str(planned)

"""Render a service's `.chalice/config.json` and policy files for one stage."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import references, whole_files
from tools.errors import ToolError
from tools.references import Reference

Names = Mapping[str, Any]


@dataclass(frozen=True)
class Rendered:
    """A service's configuration for one stage: the Chalice stage object and the policy of each function.

    `base_path` is where its REST API hangs under the stage's API domain, None for a service without one.
    """

    app_name: str
    version: str
    base_path: str | None
    stage: dict[str, Any]
    policies: dict[str, dict[str, Any]]


def render(service: Path, names: Names) -> Rendered:
    """Fill the service's templates from `names`, a tree such as {"storage": {"notes_table_name": "…"}}.

    Raises ToolError that names the template, the line and the names that exist where a reference
    is answered by nothing, and where a template is not JSON.
    """
    config, *policies = [load(template, names) for template in references.templates(service)]
    files = references.templates(service)[1:]
    by_function = {references.function(path): policy for path, policy in zip(files, policies, strict=True)}
    return Rendered(
        config["app_name"], config["version"], config.get("base_path"), config["stage"], by_function
    )


def write(folder: Path, stage: str, rendered: Rendered) -> None:
    """Write the rendered files into a `.chalice` folder, beside those of other stages."""
    folder.mkdir(exist_ok=True)
    own = json.loads(json.dumps(rendered.stage))
    for function, policy in rendered.policies.items():
        name = f"policy-{stage}-{function}.json"
        (folder / name).write_text(json.dumps(policy, indent=2) + "\n")
        own.setdefault("lambda_functions", {}).setdefault(function, {})["iam_policy_file"] = name
    path = folder / "config.json"
    with _locked(folder):
        stages = json.loads(path.read_text())["stages"] if path.exists() else {}
        document = {
            "version": rendered.version,
            "app_name": rendered.app_name,
            "stages": {**stages, stage: own},
        }
        whole_files.write(path, json.dumps(document, indent=2) + "\n")


def load(template: Path, names: Names) -> dict[str, Any]:
    """One template, filled. Raises ToolError as `render` does."""
    text = references.fill(template, lambda reference: _answer(reference, names))
    try:
        loaded: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise ToolError(
            f"{template.parent.parent.name}/.chalice/{template.name} is not JSON: {error}."
        ) from error
    return loaded


def value(name: str, names: Names) -> str | None:
    """What answers a reference, as text; None where nothing does."""
    found: Any = names
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if found is None or isinstance(found, Mapping):
        return None
    return ",".join(found) if isinstance(found, list) else str(found)


def _answer(reference: Reference, names: Names) -> str:
    found = value(reference.name, names)
    if found is None:
        known = ", ".join(sorted(_paths(names)))
        raise ToolError(f"{reference} is answered by no output.", f"The names that exist: {known}.")
    return json.dumps(found)[1:-1]


def _paths(names: Names, prefix: str = "") -> Iterator[str]:
    for name, value in names.items():
        if isinstance(value, Mapping):
            yield from _paths(value, f"{prefix}{name}.")
        elif value is not None:
            yield f"{prefix}{name}"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two stages may be rendered at once; each keeps the other's entry."""
    with (folder / "config.json.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield

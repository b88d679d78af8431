"""References such as `${storage.notes_table_name}` in committed templates, and what answers them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.errors import ToolError
from tools.graph import order
from tools.paths import REPOSITORY

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_WELL_FORMED = re.compile(r"[a-z_]+(\.[a-z0-9_-]+)+")
_SERVICE = re.compile(r"services\.([a-z0-9_]+)\.")
_SECRET = re.compile(r"stage\.secrets\.([a-z0-9-]+)\.(?:name|arn)")


@dataclass(frozen=True)
class Reference:
    """A dotted name and where it stands."""

    name: str
    template: Path
    line: int

    def __str__(self) -> str:
        return f"{_shown(self.template)}:{self.line}: ${{{self.name}}}"

    @property
    def service(self) -> str | None:
        """The service that has to be deployed before this can be answered, if any."""
        match = _SERVICE.match(self.name)
        return match[1] if match else None

    @property
    def secret(self) -> str | None:
        """The secret that this names, if any."""
        match = _SECRET.fullmatch(self.name)
        return match[1] if match else None


def templates(service: Path) -> list[Path]:
    """A service's committed templates: its configuration first, then its policies."""
    folder = service / ".chalice"
    return [folder / "config.template.json", *sorted(folder.glob("policy-*.template.json"))]


def in_template(template: Path) -> Iterator[Reference]:
    """Every reference of a template. Raises ToolError for one that is no dotted name."""
    for number, line in enumerate(template.read_text().splitlines(), start=1):
        for match in _REFERENCE.finditer(line):
            reference = Reference(match[1], template, number)
            if not _WELL_FORMED.fullmatch(match[1]):
                raise ToolError(
                    f"{reference} is no reference.", "They look like ${storage.notes_table_name}."
                )
            yield reference


def services_before(service: Path) -> set[str]:
    """The services whose outputs this one reads, which are therefore deployed before it."""
    found = {reference.service for template in templates(service) for reference in in_template(template)}
    return {name for name in found if name is not None}


def check_circles(services: Iterable[Path]) -> None:
    """Raise ToolError that shows a circle where services read each other's outputs."""
    order({service.name: services_before(service) for service in services})


def secrets(service: Path) -> dict[str, list[str]]:
    """The secrets that the service needs, each with the functions whose policies let them read it."""
    config, *policies = templates(service)
    found: dict[str, list[str]] = {
        reference.secret: [] for reference in in_template(config) if reference.secret is not None
    }
    for policy in policies:
        for name in sorted({reference.secret for reference in in_template(policy)} - {None}, key=str):
            found.setdefault(str(name), []).append(function(policy))
    return found


def function(policy_template: Path) -> str:
    """The function that a policy template is for."""
    return policy_template.name.removeprefix("policy-").removesuffix(".template.json")


def fill(template: Path, answer: Callable[[Reference], str]) -> str:
    """The template's text with every reference replaced by its answer."""
    answers = {reference.name: answer(reference) for reference in in_template(template)}
    return _REFERENCE.sub(lambda match: answers[match[1]], template.read_text())


def loose(service: Path) -> dict[str, Any]:
    """The service's configuration as it stands in the template, references and all."""
    loaded: dict[str, Any] = json.loads(templates(service)[0].read_text())
    return loaded


def _shown(path: Path) -> str:
    return str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)

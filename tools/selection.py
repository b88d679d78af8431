"""Which services of a stage a command is about: all of them, or those that SERVICE= names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools import references
from tools.errors import UsageError
from tools.layers import Layers


@dataclass(frozen=True)
class Selection:
    """The services to work on, and the others of the stage whose outputs those read, by way of others too."""

    services: list[Path]
    dependencies: list[Path]


def of(layers: Layers, names: str) -> Selection:
    """The selection that SERVICE=`names` makes: a list with commas; everything when empty.

    Raises UsageError for a name that no service of the stage has.
    """
    wanted = set(filter(None, (name.strip() for name in names.split(","))))
    by_name = {service.name: service for service in layers.services}
    if unknown := sorted(wanted - by_name.keys()):
        raise UsageError(
            f"SERVICE={','.join(unknown)} is no service of stage {layers.stage.name}.",
            f"There are: {', '.join(by_name)}.",
        )
    if not wanted:
        return Selection(list(by_name.values()), [])
    needed = _needed(by_name[name] for name in wanted)
    return Selection(
        [service for name, service in by_name.items() if name in wanted],
        [service for name, service in by_name.items() if name in needed - wanted],
    )


def _needed(services: Iterable[Path]) -> set[str]:
    """The names of all services that these read from, directly or through others."""
    found: set[str] = set()
    waiting = [(service.parent, name) for service in services for name in references.services_before(service)]
    while waiting:
        folder, name = waiting.pop()
        if name not in found and (folder / name / ".chalice").exists():
            found.add(name)
            waiting += [(folder, other) for other in references.services_before(folder / name)]
    return found

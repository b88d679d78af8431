"""How a service's code writes stored data, and which writings it reads: `data_format` in its configuration.

    "data_format": { "reads": [1, 2], "writes": 2 }

A change that older code cannot read is made in two releases: one that reads both, then one that writes the
new one. What says nothing reads and writes format 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import references
from tools.errors import ToolError
from tools.histories import Entry
from tools.manifests import Release


@dataclass(frozen=True)
class Format:
    """The formats that code reads, and the one that it writes."""

    reads: tuple[int, ...] = (1,)
    writes: int = 1


def of(service: Path) -> Format:
    """What the service's configuration declares. Raises ToolError where that is no format."""
    declared: Any = references.loose(service).get("data_format", {"reads": [1], "writes": 1})
    reads = declared.get("reads") if isinstance(declared, dict) else None
    writes = declared.get("writes") if isinstance(declared, dict) else None
    if (
        not isinstance(reads, list)
        or not isinstance(writes, int)
        or not all(map(_is_format, reads))
        or writes not in reads
    ):
        raise ToolError(
            f"{service.name}/.chalice/config.template.json: data_format is no data format.",
            'It looks like {"reads": [1, 2], "writes": 2}; code reads what it writes.',
        )
    return Format(tuple(reads), writes)


def written(entries: Iterable[Entry]) -> dict[str, dict[int, str]]:
    """The formats that data may be stored in, by service, each with the newest release that wrote it."""
    found: dict[str, dict[int, str]] = {}
    for entry in entries:
        if entry.reached_users:
            for name, service in entry.release.services.items():
                found.setdefault(name, {})[service.writes] = entry.release.id
    return found


def unreadable(release: Release, stored: dict[str, dict[int, str]]) -> Iterator[str]:
    """What of the stored data the release's code could not read, a sentence for each."""
    for name, service in release.services.items():
        for format_, writer in stored.get(name, {}).items():
            if format_ not in service.reads:
                yield (
                    f"{name} of {release.id} reads data in format {_list(service.reads)}; "
                    f"release {writer} writes format {format_}"
                )


def _is_format(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _list(formats: Iterable[int]) -> str:
    return " and ".join(map(str, formats))

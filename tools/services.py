"""The services of the repository: each directory with a Chalice configuration template is one."""

from __future__ import annotations

from pathlib import Path

from tools.paths import REPOSITORY


def all_services(folder: Path = REPOSITORY) -> list[Path]:
    """The directories of all services of a checkout, by name."""
    return sorted(path.parent.parent for path in folder.glob("*/.chalice/config.template.json"))

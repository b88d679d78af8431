"""Which files of a service have changed.

Chalice's own reloader knows the service's directory only, not `shared/`, restarts for compiled files too, and
gives up at the first syntax error.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

Snapshot = dict[Path, tuple[int, int]]

_NOT_RUN = {"tests", "__pycache__"}


def snapshot(service: Path, shared: Path) -> Snapshot:
    """Time of change (ns) and size (bytes) of every file that decides how the service answers."""
    found: Snapshot = {}
    for path in _sources(service, shared):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue  # removed, or being replaced by an editor, at this moment
        found[path] = (status.st_mtime_ns, status.st_size)
    return found


def changes(before: Snapshot, after: Snapshot) -> list[Path]:
    """The files that are new, changed or gone."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def _sources(service: Path, shared: Path) -> Iterator[Path]:
    yield service / "app.py"
    for folder in (service / "chalicelib", shared):
        yield from (
            path for path in folder.rglob("*.py") if not _NOT_RUN & set(path.relative_to(folder).parts)
        )
    yield from (service / ".chalice").glob("*.template.json")

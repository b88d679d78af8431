"""Files that threads and commands write at once: each reads a whole one, and the last writer counts."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Put `text` into the file at once; a file that has it already is left alone."""
    if not path.exists() or path.read_text() != text:
        with replacing(path) as new:
            new.write_text(text)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Where to write what takes the file's place at the end; after an error the file is as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        yield new
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)

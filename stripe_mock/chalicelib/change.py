"""What a request does, decided before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Write:
    """One document to write: new, or in place of the version ``replaces``."""

    kind: str
    document: Document
    replaces: int | None = None


@dataclass
class Change:
    """An answer together with all that becomes true with it, so that one transaction can hold both."""

    status: int
    body: Document
    writes: list[Write] = field(default_factory=list)
    events: list[Document] = field(default_factory=list)

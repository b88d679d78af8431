"""Which outputs are read by whom: noted while a unit is prepared, kept with the record of its deploy.

A reading is `<state>#<output>`, for example `dev/storage#notes_table_name`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from tools.errors import ToolError

_NOTED: ContextVar[set[str] | None] = ContextVar("noted", default=None)


class Outputs(dict[str, Any]):
    """The outputs of the state under `key`; what is taken from them is noted."""

    def __init__(self, key: str, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self._state = key.removesuffix(".tfstate")

    def __getitem__(self, name: str) -> Any:
        _note(reading(self._state, name))
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """As a dict's."""
        return self[name] if name in self else default  # noqa: SIM401 - this is `get`

    def __missing__(self, name: str) -> Any:
        raise ToolError(
            f"{self._state} has no output {name!r}, which this checkout reads.",
            "If this checkout adds it, deploy that layer first; if somebody renamed it, update the checkout.",
        )


def reading(key: str, output: str) -> str:
    """How a reading of an output of the state under `key` is written down."""
    return f"{key.removesuffix('.tfstate')}#{output}"


@contextmanager
def noted() -> Iterator[set[str]]:
    """The readings that this thread makes in the meantime."""
    before, found = _NOTED.get(), set[str]()
    _NOTED.set(found)
    try:
        yield found
    finally:
        _NOTED.set(before)


def _note(what: str) -> None:
    found = _NOTED.get()
    if found is not None:
        found.add(what)

"""The pages that users read, as data: fenced blocks, the commands in them, the output they show.

A fence says what a block is. `sh`: commands that stand for themselves. `console`: a transcript, each command
after `$ `, then what it printed, where `…` stands for anything. What only AWS or the internet can answer
is in such blocks, too. Other languages (toml, ini, json, text …) are no commands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.paths import REPOSITORY

README = REPOSITORY / "README.md"
PAGES = sorted((REPOSITORY / "docs").glob("*.md"))

_FENCE = re.compile(r"^( *)```(\w*)$")
_COMMENT = re.compile(r"(^|\s)#\s.*$")


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is the number of its first line in the page."""

    page: Path
    line: int
    language: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Command:
    """A command as the page has it, without comment, and the output that the page shows for it, if any."""

    page: Path
    line: int
    text: str
    shown: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line} {self.text}"


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page. Raises ValueError for a fence that is never closed."""
    opened: tuple[int, str, str] | None = None
    inside: list[str] = []
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        fence = _FENCE.match(line)
        if opened is None:
            if fence:
                opened, inside = (number + 1, fence[1], fence[2]), []
        elif fence and not fence[2]:
            yield Block(page, opened[0], opened[2], tuple(inside))
            opened = None
        else:
            inside.append(line.removeprefix(opened[1]))  # in a list, a block is indented
    if opened is not None:
        raise ValueError(f"{page.name}:{opened[0]}: this block is never closed")


def commands(block: Block) -> Iterator[Command]:
    """The commands of a block in `sh` or `console`, lines that end with a backslash joined with the next."""
    if block.language == "sh":
        yield from _joined(block, list(enumerate(block.lines, start=block.line)))
    elif block.language == "console":
        yield from _transcript(block)


def _joined(block: Block, lines: list[tuple[int, str]]) -> Iterator[Command]:
    text, first = "", 0
    for number, line in lines:
        first = first if text else number
        part = _COMMENT.sub("", line).strip()
        text = f"{text} {part.removesuffix(chr(92)).strip()}".strip()
        if text and not part.endswith("\\"):
            yield Command(block.page, first, text)
            text = ""


def _transcript(block: Block) -> Iterator[Command]:
    current: list[tuple[int, str]] = []
    shown: list[str] = []
    for number, line in [*enumerate(block.lines, start=block.line), (0, "$ ")]:
        if line.startswith("$ "):
            for command in _joined(block, current):
                yield Command(command.page, command.line, command.text, tuple(shown))
            current, shown = ([(number, line[2:])] if number else []), []
        elif current and current[-1][1].endswith("\\"):
            current.append((number, line))
        elif line:
            shown.append(line)

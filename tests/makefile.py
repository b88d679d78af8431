"""The Makefile as data."""

from __future__ import annotations

import re

from tools.paths import REPOSITORY

TEXT = (REPOSITORY / "Makefile").read_text()


def listed(name: str) -> set[str]:
    """The words of one of its lists."""
    lines = re.findall(rf"^{name} [:+]= (.+)$", TEXT, re.MULTILINE)
    assert lines, f"the Makefile has no {name}"
    return {word for line in lines for word in line.split()}


# The variables that count in the environment too, and those that count on the command line alone.
FROM_ENVIRONMENT = listed("FROM_ENVIRONMENT")
FROM_COMMAND_LINE = listed("FROM_COMMAND_LINE")

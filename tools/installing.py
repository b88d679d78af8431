"""Run `pip install` with where the user gets packages from, and with nothing else that the user set for pip.

A configuration of pip's may hold both: an index and its certificate, but also a target, a prefix or a ban on
wheels. So pip is asked for its settings, and gets back those that say where from. With nothing but the
standard library, since the Makefile installs with it what the tools need:
`python -m tools.installing -r requirements-dev.txt`.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tools import environments

_SETTING = re.compile(r"^(global|install|:env:)\.([a-z-]+)=(.+)$", re.MULTILINE)
# https://pip.pypa.io/en/stable/topics/configuration/#precedence-override-order
_LATER_WINS = ("global", "install", ":env:")
_PIP = (sys.executable, "-m", "pip")


class InstallError(Exception):
    """What pip said, and which settings of the user's may be why."""


@dataclass(frozen=True)
class _Setting:
    """A setting of the user's: the option, its value, and where it stands."""

    option: str
    value: str
    place: str

    @property
    def variable(self) -> str:
        """The variable that means the option."""
        return f"PIP_{self.option.upper().replace('-', '_')}"

    def __str__(self) -> str:
        value = " ".join(environments.public(self.value).split())
        if self.place == ":env:":
            return f"{self.variable}={value} of your environment"
        return f"{self.option} = {value} of pip's configuration"


def install(arguments: Sequence[str]) -> None:
    """Install what `arguments` name as pip takes them. Raises InstallError with pip's own words."""
    settings = _settings()
    command = [*_PIP, "install", "--quiet", "--disable-pip-version-check", "--no-compile", *arguments]
    finished = subprocess.run(
        command, env=_environment(settings), capture_output=True, text=True, check=False
    )
    if finished.returncode != 0:
        raise InstallError(_explained(finished.stderr, settings))


def _settings() -> list[_Setting]:
    """Where pip gets packages from, by its files and the environment."""
    command = [*_PIP, "config", "list"]
    finished = subprocess.run(command, env=environments.pip(), capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        cause = environments.named(environments.PIP_CONFIGURATION)
        raise InstallError("\n".join(filter(None, [_errors(finished.stderr), cause])))
    found = [
        _Setting(option, ast.literal_eval(value), place)
        for place, option, value in _SETTING.findall(finished.stdout)
    ]
    last = {each.option: each for each in sorted(found, key=lambda each: _LATER_WINS.index(each.place))}
    return [last[option] for option in environments.PIP_SETTINGS if option in last]


def _environment(settings: Sequence[_Setting]) -> dict[str, str]:
    given = {each.variable: each.value for each in settings}
    return environments.programs() | given | {environments.PIP_CONFIGURATION: os.devnull}


def _explained(words: str, settings: Sequence[_Setting]) -> str:
    """pip's words, and the settings of the user's that may be why."""
    lines = [_errors(words)]
    if settings:
        lines.append(f"Packages come from: {', '.join(map(str, settings))}.")
    if "proxy" in words.lower():
        lines.append(environments.named(*environments.PROXIES))
    if re.search("ssl|certificate", words, re.IGNORECASE):
        lines.append(environments.named(*environments.CERTIFICATES))
    return "\n".join(filter(None, lines))


def _errors(words: str) -> str:
    errors = "\n".join(line for line in words.splitlines() if line.startswith("ERROR"))
    return environments.public((errors or words).strip())


if __name__ == "__main__":
    try:
        install(sys.argv[1:])
    except InstallError as error:
        sys.exit(f"pip install {' '.join(sys.argv[1:])} failed:\n{error}")

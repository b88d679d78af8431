"""Run `pip install` with where the user gets packages from, and with nothing else that the user set for pip.

A configuration of pip's may hold both: an index and its certificate, but also a target, a prefix or a ban on
wheels. So pip is asked for its files, and given of their settings those that say where from. With nothing but
the standard library, since the Makefile installs with it what the tools need:
`python -m tools.installing -r requirements-dev.txt`.
"""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tools import environments

_FILE = re.compile(r" +(.+), exists: True")
# Of kinds the last one wins, of sections the first.
# https://pip.pypa.io/en/stable/topics/configuration/#precedence-override-order
_KINDS = ("global", "user", "site", "env")
_SECTIONS = ("install", "global")
_PIP = (sys.executable, "-m", "pip")


class InstallError(Exception):
    """What pip said, and which settings of the user's may be why."""


@dataclass(frozen=True)
class _Setting:
    """A setting of the user's: the option, its value, and the file it stands in; none for the environment."""

    option: str
    value: str
    file: str

    @property
    def variable(self) -> str:
        """The variable that means the option."""
        return f"PIP_{self.option.upper().replace('-', '_')}"

    def __str__(self) -> str:
        value = " ".join(environments.public(self.value).split())
        if self.file:
            return f"{self.option} = {value} of {self.file}"
        return f"{self.variable}={value} of your environment"


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
    found: dict[tuple[str, str], _Setting] = {}
    for file in _files():
        parser = configparser.RawConfigParser()
        parser.read(file)
        for section in parser.sections():
            for name, value in parser.items(section):
                option = name.lstrip("-").replace("_", "-")  # as pip takes them
                found[section, option] = _Setting(option, value, str(file))
    settings = []
    for option in environments.PIP_SETTINGS:
        places = [_of_environment(option), *(found.get((section, option)) for section in _SECTIONS)]
        settings += [place for place in places if place and place.value][:1]
    return settings


def _of_environment(option: str) -> _Setting:
    setting = _Setting(option, "", "")
    return replace(setting, value=os.environ.get(setting.variable, ""))


def _files() -> list[Path]:
    """The files of pip's configuration, the one that wins last.

    `pip config list` would say more, but leaves files out where one of them has an option such as `user`.
    """
    if os.environ.get(environments.PIP_CONFIGURATION) == os.devnull:
        return []  # which means none at all
    command = [*_PIP, "config", "debug"]
    finished = subprocess.run(command, env=environments.pip(), capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        cause = environments.named(environments.PIP_CONFIGURATION)
        raise InstallError("\n".join(filter(None, [_errors(finished.stderr), cause])))
    kinds: dict[str, list[Path]] = {kind: [] for kind in _KINDS}
    kind = ""
    for line in finished.stdout.splitlines():
        if line.rstrip(":") in kinds:
            kind = line.rstrip(":")
        elif kind and (file := _FILE.fullmatch(line)):
            kinds[kind].append(Path(file[1]))
    return [file for files in kinds.values() for file in files]


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

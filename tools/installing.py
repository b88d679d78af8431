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
from collections.abc import Mapping, Sequence

from tools import environments

_SETTING = re.compile(r"^(global|install|:env:)\.([a-z-]+)=(.+)$", re.MULTILINE)
# https://pip.pypa.io/en/stable/topics/configuration/#precedence-override-order
_LATER_WINS = ("global", "install", ":env:")


class InstallError(Exception):
    """What pip said, and which settings of the user's may be why."""


def install(arguments: Sequence[str]) -> None:
    """Install what `arguments` name as pip takes them. Raises InstallError with pip's own words."""
    settings = _settings()
    command = [*_PIP, "install", "--quiet", "--disable-pip-version-check", "--no-compile", *arguments]
    finished = subprocess.run(
        command, env=_environment(settings), capture_output=True, text=True, check=False
    )
    if finished.returncode != 0:
        raise InstallError("\n".join(filter(None, [_errors(finished.stderr), _causes(settings)])))


_PIP = (sys.executable, "-m", "pip")


def _settings() -> dict[str, str]:
    """Where pip gets packages from, by the names of its options: of its files and of the environment."""
    command = [*_PIP, "config", "list"]
    finished = subprocess.run(command, env=environments.pip(), capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        cause = environments.named(environments.PIP_CONFIGURATION)
        raise InstallError("\n".join(filter(None, [_errors(finished.stderr), cause])))
    found = {(section, name): value for section, name, value in _SETTING.findall(finished.stdout)}
    return {
        name: ast.literal_eval(found[section, name])
        for section in _LATER_WINS
        for name in environments.PIP_SETTINGS
        if (section, name) in found
    }


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    given = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in settings.items()}
    return environments.programs() | given | {environments.PIP_CONFIGURATION: os.devnull}


def _errors(words: str) -> str:
    errors = "\n".join(line for line in words.splitlines() if line.startswith("ERROR"))
    return environments.public((errors or words).strip())


def _causes(settings: Mapping[str, str]) -> str:
    """The user's settings that may be why: pip's by their options, the others by their variables."""
    options = [f"{name} = {' '.join(environments.public(value).split())}" for name, value in settings.items()]
    of_pip = f"pip's settings (python -m pip config list): {', '.join(options)}." if options else ""
    named = environments.named(*environments.PACKAGES, *environments.PROXIES, *environments.CERTIFICATES)
    return "\n".join(filter(None, [of_pip, named]))


if __name__ == "__main__":
    try:
        install(sys.argv[1:])
    except InstallError as error:
        sys.exit(f"pip install {' '.join(sys.argv[1:])} failed:\n{error}")

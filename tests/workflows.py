"""The workflows in .github/workflows as data, and their steps run in a shell as GitHub's runner does.

Only what they use of GitHub's syntax is known here; anything else is an error.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from tools.paths import REPOSITORY

FOLDER = REPOSITORY / ".github"
WORKFLOWS = sorted((FOLDER / "workflows").glob("*.yml"))
ACTIONS = sorted((FOLDER / "actions").glob("*/action.yml"))

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
_WORD = re.compile(r"'[^']*'|&&|\|\||[!=]=|!|\(\)|[A-Za-z_][\w.-]*|\S")
# A value is one word, or has variables of the step in it; what they hold is never a command of the shell's.
_TARGET = re.compile(r"""make ([a-z][a-z-]*)((?: [A-Z_]+=(?:[\w,.:/-]+|"[\w$,.:/-]+"))*)""")

# What a step is run with: its command and its environment. Raises AssertionError where it fails.
Shell = Callable[[str, Mapping[str, str]], None]


@dataclass(frozen=True)
class Job:
    """A job of a workflow for one entry of its matrix; `matrix` is empty where it has none."""

    name: str
    settings: Mapping[str, Any]
    matrix: Mapping[str, str]

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Its steps."""
        return list(self.settings["steps"])


def read(path: Path) -> dict[str, Any]:
    """A workflow or an action."""
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def events(workflow: Mapping[str, Any]) -> Any:
    """What begins it. YAML 1.1 takes the key `on` for true."""
    return workflow[True]  # type: ignore[index]


def in_order(workflow: Mapping[str, Any]) -> Iterator[Job]:
    """Its jobs, each behind those that it needs."""
    jobs = workflow["jobs"]
    for name in TopologicalSorter({name: job.get("needs", []) for name, job in jobs.items()}).static_order():
        matrix = jobs[name].get("strategy", {}).get("matrix", {})
        assert len(matrix) <= 1, "one axis is all that is known here"
        for axis, values in matrix.items() or [("", [""])]:
            for value in values:
                yield Job(name, jobs[name], {axis: value} if axis else {})


def target(command: str) -> str:
    """The make target that a step's command is."""
    found = _TARGET.fullmatch(command.strip())
    assert found, f"{command!r} is not exactly one make target"
    return found[1]


def arguments(command: str) -> dict[str, str]:
    """The variables that a step's command gives to make, as the shell reads them."""
    found = _TARGET.fullmatch(command.strip())
    assert found, f"{command!r} is not exactly one make target"
    return dict(word.split("=", 1) for word in shlex.split(found[2]))


def run(path: Path, github: Mapping[str, Any], shell: Shell, folder: Path) -> list[str]:
    """Run the workflow for an event; the make targets that were run, in order.

    `github` is the context of that name; `folder` is where the runner's own files are made.
    """
    ran: list[str] = []
    outputs: dict[str, dict[str, str]] = {}
    for job in in_order(read(path)):
        needed = {name: {"outputs": outputs.get(name, {})} for name in job.settings.get("needs", [])}
        context = {"github": github, "matrix": job.matrix, "needs": needed, "steps": {}}
        if holds(job.settings.get("if", "true"), context):
            ran += _run_job(job, context, shell, folder)
            outputs[job.name] = {
                name: filled(value, context) for name, value in job.settings.get("outputs", {}).items()
            }
    return ran


def _run_job(job: Job, context: dict[str, Any], shell: Shell, folder: Path) -> Iterator[str]:
    variables = {name: filled(value, context) for name, value in job.settings.get("env", {}).items()}
    files = {name: folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.write_text("")
    for step in job.steps:
        if "run" not in step or not holds(step.get("if", "true"), context):
            _check_files(step)
            continue
        own = {name: filled(value, context) for name, value in step.get("env", {}).items()}
        told = {name: str(file) for name, file in files.items()}
        shell(step["run"], {**variables, **own, **told, "RUNNER_TEMP": str(folder)})
        variables |= _settings(files["GITHUB_ENV"])
        context["steps"][step.get("id", "")] = {"outputs": _settings(files["GITHUB_OUTPUT"])}
        yield target(step["run"])


def _check_files(step: Mapping[str, Any]) -> None:
    """What an action uploads is there."""
    if step.get("uses", "").startswith("actions/upload-artifact@"):
        assert (REPOSITORY / step["with"]["path"]).is_file(), step["with"]["path"]


def _settings(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def filled(text: Any, context: Mapping[str, Any]) -> str:
    """A value with its expressions filled in."""
    return _EXPRESSION.sub(lambda found: str(_value(found[1].strip(), context)), str(text))


def holds(condition: str, context: Mapping[str, Any]) -> bool:
    """Whether an `if` holds, nothing having failed or been cancelled."""
    words = {"&&": "and", "||": "or", "!": "not", "==": "==", "!=": "!=", "()": "", "true": "True"}
    inside = found[1] if (found := _EXPRESSION.fullmatch(condition)) else condition
    parts = [
        words[word] if word in words else "False" if word == "cancelled" else repr(_value(word, context))
        for word in _WORD.findall(inside)
    ]
    return bool(eval(" ".join(parts), {"__builtins__": {}}))


def _value(expression: str, context: Mapping[str, Any]) -> Any:
    if expression.startswith("'"):
        return expression.strip("'")
    assert re.fullmatch(r"[\w.-]+", expression), f"{expression!r} is more than is known here"
    found: Any = context
    for part in expression.split("."):
        found = found.get(part, "") if isinstance(found, Mapping) else ""  # as GitHub has it
    return found


def shell_of_make(path: str, variables: Mapping[str, str], seconds: int, skipped: frozenset[str]) -> Shell:
    """Runs a step's command in this checkout with `make` from `path`; some targets are only counted."""
    runners_own = re.compile(r"GITHUB_|RUNNER_|ACTIONS_|ENV$|MAKE|MFLAGS")

    def run_step(command: str, own: Mapping[str, str]) -> None:
        if target(command) in skipped:
            return
        inherited = {name: value for name, value in os.environ.items() if not runners_own.match(name)}
        finished = subprocess.run(
            ["sh", "-ec", command],
            cwd=REPOSITORY,
            env={**inherited, **own, **variables, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        said = finished.stdout + finished.stderr
        assert finished.returncode == 0, f"{command} ended with {finished.returncode}:\n{said}"
        assert "Traceback" not in said

    return run_step

"""Runs of the workflows in .github/workflows, with the steps done by this checkout on the local cloud."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from tests import hostile, workflows
from tests.end_to_end import deploys
from tests.end_to_end.make import path_of_make
from tools.paths import BUILD

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Deployed

REPOSITORY = "team/notes"

Run = Callable[[str, Mapping[str, Any]], list[str]]


def runner(deployed: Deployed, folder: Path, shell_variables: Mapping[str, str] | None = None) -> Run:
    """Runs a workflow for an event; the make targets that were run. `folder` is for what they leave.

    `shell_variables` are set on the runner beside those of the workflow.
    """
    # Tests run this one, so that they cannot be run by it; incompatible_change.py runs the other.
    untried = frozenset({"test", "compatibility"})
    variables = {**(shell_variables or {}), **deployed.variables}
    shell = workflows.shell_of_make(path_of_make(folder), variables, deploys.DEPLOY_SECONDS, untried)

    def workflow(name: str, event: Mapping[str, Any]) -> list[str]:
        place = folder / name
        place.mkdir(exist_ok=True)
        github = {"repository": REPOSITORY, "event": event, "token": "", "run_id": "1"}
        return workflows.run(workflows.FOLDER / "workflows" / f"{name}.yml", github, shell, place)

    return workflow


def report(name: str) -> str:
    """What a step had to say."""
    return (BUILD / f"{name}.md").read_text()


def a_pull_request(deployed: Deployed, env: str, folder: Path) -> str:
    """Open and close the pull request whose stage is `env`, from the repository itself.

    The runner's environment would change everything, if what the commands start had it. As JSON: the make
    targets of both, the API's address and its status while it was open, and the reports.
    """
    place = folder / env
    place.mkdir()
    run = runner(deployed, place, hostile.shell(place))
    head = {"repo": {"full_name": REPOSITORY}, "sha": "0" * 40}
    event = {"pull_request": {"number": int(env.removeprefix("pr-")), "head": head}}

    opened = run("pull-request", event | {"action": "opened"})
    reports = {name: report(name) for name in ("plan-dev", "plan-prod", f"stage-{env}")}
    url = json.loads(deployed.command("outputs", env).stdout)["api_url"]
    status = requests.get(f"{url}/notes", timeout=30).status_code
    closed = run("pull-request", event | {"action": "closed"})
    return json.dumps(
        {
            "opened": opened,
            "reports": reports,
            "url": url,
            "status": status,
            "closed": closed,
            "at last": report(f"stage-{env}"),
        }
    )

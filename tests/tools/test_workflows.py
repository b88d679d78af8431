"""What the workflows may do, and that each of their steps is a make target which the end-to-end tests run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import makefile, workflows
from tools import pipeline_profiles, stages

FORK = {"event": {"action": "opened", "pull_request": {"head": {"repo": {"full_name": "else/fork"}}}}}


def _id(path: Path) -> str:
    return str(path.relative_to(workflows.FOLDER))


each_workflow = pytest.mark.parametrize("path", workflows.WORKFLOWS, ids=_id)


def _jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = workflows.read(path)["jobs"]
    return found


def _steps(path: Path) -> Iterator[dict[str, Any]]:
    document = workflows.read(path)
    for job in document["jobs"].values() if "jobs" in document else [document["runs"]]:
        yield from job["steps"]


def test_there_is_one_for_each_occasion() -> None:
    assert [path.stem for path in workflows.WORKFLOWS] == ["main", "nightly", "pull-request"]
    occasions = {name for path in workflows.WORKFLOWS for name in workflows.events(workflows.read(path))}
    assert occasions == {"pull_request", "push", "schedule", "workflow_dispatch"}


@each_workflow
def test_every_step_is_an_action_or_one_make_target(path: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile.TEXT, re.MULTILINE))
    named = {workflows.target(step["run"]) for step in _steps(path) if "uses" not in step}
    assert named
    assert named <= targets


@each_workflow
def test_every_variable_reaches_the_command(path: Path) -> None:
    """make takes few variables from the environment; a step hands the others over on the command line."""
    taken = makefile.FROM_ENVIRONMENT | {"GITHUB_TOKEN"}  # read by the tools as it is
    for job in _jobs(path).values():
        for step in job["steps"]:
            if "run" not in step:
                continue
            given = workflows.arguments(step["run"])
            assert given.keys() <= makefile.FROM_COMMAND_LINE, step["run"]
            named = {name for value in given.values() for name in re.findall(r"\$(\w+)", value)}
            assert named <= job.get("env", {}).keys() | step.get("env", {}).keys(), step["run"]
            assert step.get("env", {}).keys() <= taken | named, step["run"]
        handed_over = {name for step in job["steps"] for name in re.findall(r"\$(\w+)", step.get("run", ""))}
        assert job.get("env", {}).keys() <= taken | handed_over


@pytest.mark.parametrize("path", [*workflows.WORKFLOWS, *workflows.ACTIONS], ids=_id)
def test_every_action_is_pinned_to_a_commit_and_says_which_version_that_is(path: Path) -> None:
    used = [line.strip(" -") for line in path.read_text().splitlines() if re.match(r"[ -]*uses:", line)]
    assert used
    for line in used:
        if line != "uses: ./.github/actions/setup":
            assert re.fullmatch(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_an_action_is_the_same_commit_everywhere() -> None:
    paths = [*workflows.WORKFLOWS, *workflows.ACTIONS]
    used = {step["uses"] for path in paths for step in _steps(path) if "uses" in step}
    assert len(used) == len({name.partition("@")[0] for name in used})


@each_workflow
def test_rights_are_given_job_by_job_and_no_more_than_needed(path: Path) -> None:
    assert workflows.read(path)["permissions"] == {}
    for name, job in _jobs(path).items():
        ran = {workflows.target(step["run"]) for step in job["steps"] if "run" in step}
        wanted = {"contents": "read"}
        wanted |= {"id-token": "write"} if "credentials" in ran else {}
        wanted |= {"pull-requests": "write"} if "comment" in ran else {}
        assert job["permissions"] == wanted, name


@each_workflow
def test_no_job_runs_for_ever_or_beside_itself(path: Path) -> None:
    assert workflows.read(path)["concurrency"]["cancel-in-progress"] is False
    for name, job in _jobs(path).items():
        assert 0 < job["timeout-minutes"] <= 120, name


@each_workflow
def test_the_checkout_keeps_no_token_and_no_command_is_put_together(path: Path) -> None:
    for step in _steps(path):
        assert "${{" not in step.get("run", "")
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@each_workflow
def test_a_job_acts_on_aws_before_anything_else_and_as_roles_that_there_are(path: Path) -> None:
    context = {"github": {"event": {"pull_request": {"number": 7}}}}
    for job in workflows.in_order(workflows.read(path)):
        ran = [workflows.target(step["run"]) for step in job.steps if "run" in step]
        if ran in (["test"], ["compatibility"]):
            assert "id-token" not in job.settings["permissions"]
            continue
        assert ran[0] == "credentials"
        words = workflows.filled(job.settings["env"]["ROLES"], {**context, "matrix": job.matrix})
        granted = pipeline_profiles.parse(words, stages.load())
        deploys = {grant.account.name for grant in granted if grant.role == "deployer"}
        # A token's subject says the environment, and each deployer trusts those of its own alone.
        allowed = {"dev": {"dev"}, "pull-request": {"dev"}, "prod": {"prod"}, None: set[str]()}
        assert deploys <= allowed[job.settings.get("environment", {}).get("name")], job.name


def test_a_fork_is_tested_and_nothing_else(tmp_path: Path) -> None:
    github = {"repository": "team/notes", **FORK}
    path = workflows.FOLDER / "workflows" / "pull-request.yml"
    assert workflows.run(path, github, lambda _command, _variables: None, tmp_path) == [
        "test",
        "compatibility",
    ]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("github.event.action != 'closed' && github.a == github.b", False),
        ("github.event.action == 'closed' && github.a == github.b", True),
        ("${{ !cancelled() }}", True),
        ("true", True),
    ],
)
def test_conditions_are_understood(condition: str, expected: bool) -> None:
    context = {"github": {"event": {"action": "closed"}, "a": "x", "b": "x"}}
    assert workflows.holds(condition, context) is expected

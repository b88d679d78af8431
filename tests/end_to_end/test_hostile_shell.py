"""What a shell has set for Terraform, pip, Python, git and AWS's SDKs changes nothing of what commands do.

The whole life of a stage in such a shell is that of pull request 9: `workflow_runs.a_pull_request`.
"""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests import hostile
from tests.end_to_end.conftest import Deployed
from tests.end_to_end.make import path_of_make
from tools import state_bucket
from tools.paths import REPOSITORY

SECONDS = 600
# `local` is as deployed, `pr-404` is not there: a plan of it has changes, or fails, in every shell alike.
COMMANDS = [
    ("outputs", "local"),
    ("plan", "local"),
    ("deploy", "local"),
    ("outputs", "pr-404"),
    ("plan", "pr-404"),
    ("destroy", "pr-404"),
]


def _keys(deployed: Deployed, account: str) -> list[str]:
    """Where the states of an account lie; another workspace would have its own below `env:/`."""
    bucket = state_bucket.name(deployed.cloud, deployed.organisation.accounts[account])
    pages = deployed.root(account, "s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def _of_stage(deployed: Deployed, env: str) -> list[str]:
    """Those of one stage, since others are deployed beside these tests."""
    return [key for key in _keys(deployed, "dev") if env in key.split("/")]


@pytest.mark.parametrize(("command", "env"), COMMANDS)
def test_a_command_does_the_same_as_in_a_clean_shell(
    deployed: Deployed, tmp_path: Path, command: str, env: str
) -> None:
    clean = deployed.command(command, env, check=False)
    before = _of_stage(deployed, env)

    seen = subprocess.run(
        ["make", "-s", command, f"ENV={env}"],
        cwd=REPOSITORY,
        env=os.environ | hostile.shell(tmp_path) | deployed.variables | {"PATH": path_of_make(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    # make itself ends with 2 whenever a command fails; what it says then tells with what.
    assert bool(seen.returncode) is bool(clean.returncode), seen.stdout + seen.stderr
    if clean.returncode:
        assert f"Error {clean.returncode}" in seen.stderr
    if command != "deploy":  # which says how long it took
        # Terraform tells what it plans in an order that changes from run to run.
        assert sorted(seen.stdout.splitlines()) == sorted(clean.stdout.splitlines())
    assert "Traceback" not in seen.stderr
    assert _of_stage(deployed, env) == before
    assert not [key for key in _keys(deployed, "dev") if key.startswith("env:")]
    assert not Path("/nowhere").exists()


def test_a_deploy_says_first_as_whom_it_acts(deployed: Deployed) -> None:
    layers = deployed.layers("local")
    first = deployed.command("deploy", "local").stderr.splitlines()[0]
    role = f"{layers.organisation.project}-dev-deployer"
    assert first.startswith(f"Acting as arn:aws:sts::{layers.stage.account.id}:assumed-role/{role}/"), first
    assert first.endswith("(local cloud, account dev)")


def test_a_stage_that_came_and_went_in_such_a_shell_leaves_nothing(
    deployed: Deployed, pull_request_run: Future[str]
) -> None:
    assert json.loads(pull_request_run.result())["status"] == 403, "it was deployed, and answered"
    for account in ("dns", "dev", "prod"):
        keys = _keys(deployed, account)
        assert not [key for key in keys if key.startswith(("env:", "pr-9/"))], keys

"""A deploy that is interrupted at any moment: one more deploy, and callers get what the checkout says.

INTERRUPTIONS sets at how many moments (4), SEED which.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.end_to_end.checkouts import Checkout
from tests.end_to_end.conftest import Deployed
from tests.end_to_end.deploys import Deploy
from tests.waiting import eventually
from tools import state_bucket
from tools.api_client import User
from tools.cloud import client

FUNCTION, API = "notes-local-notes-api", "notes_api"
STATE = "local/services/notes_api.tfstate"
MOMENTS, SEED = int(os.environ.get("INTERRUPTIONS", "4")), int(os.environ.get("SEED", "1"))
APPLY_SECONDS = 6.0


@pytest.fixture(scope="module")
def checkout(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """Somebody else's checkout; afterwards the stage is deployed from this one again."""
    yield Checkout.made(tmp_path_factory.mktemp("checkout"), deployed)
    deployed.command("deploy", "local")


def say(checkout: Checkout, words: str) -> None:
    """Let the code of notes_api, and the description of its API, answer with `words`."""
    for file, pattern, text in (
        ("notes_api/chalicelib/notes.py", r'return NotFound\(".*"\)', f'return NotFound("{words}")'),
        ("tools/gateway.py", r'"route\.[^"]*"', f'"route. {words}"'),
    ):
        path = checkout.folder / file
        changed, count = re.subn(pattern, text, path.read_text())
        assert count == 1
        path.write_text(changed)


def said(user: User, stage: Mapping[str, Any]) -> tuple[str, str]:
    """What the code of notes_api and its API answer."""
    code = user.call("GET", "/notes/00000000000000000000000000").json()["detail"]
    gateway = requests.get(f"{stage['api_url']}/notes", timeout=20).json()["detail"]
    return code, gateway


def applies(deployed: Deployed, deploy: Deploy) -> bool:
    """Whether Terraform works on the service, or the deploy has ended."""
    account = deployed.organisation.stage("local").account
    found = client(deployed.cloud, account, "s3").list_objects_v2(
        Bucket=state_bucket.name(deployed.cloud, account), Prefix=f"{STATE}.tflock"
    )
    return bool(found.get("Contents")) or not deploy.running()


def deploy_in_background(deployed: Deployed, checkout: Checkout, folder: Path) -> Deploy:
    return Deploy(deployed, "local", folder, checkout.folder)


def test_whenever_a_deploy_was_interrupted_the_next_one_gives_callers_the_checkout(
    deployed: Deployed,
    checkout: Checkout,
    user: User,
    stage_outputs: Mapping[str, Any],
    tmp_path: Path,
) -> None:
    moments = random.Random(SEED)
    for number in range(MOMENTS):
        words = f"{SEED}-{number}"
        say(checkout, words)
        deploy = deploy_in_background(deployed, checkout, tmp_path)
        eventually(lambda deploy=deploy: applies(deployed, deploy), seconds=300, what="the apply")  # type: ignore[misc]
        time.sleep(moments.uniform(0, APPLY_SECONDS))  # the moment itself is what is tried
        if number % 2:
            deploy.end_every_process()
        elif deploy.running():
            deploy.interrupt()
            deploy.status()
        again = checkout.command("deploy", "local")
        assert again.returncode == 0, again.stderr
        assert all(words in answer for answer in said(user, stage_outputs)), (number, again.stderr)


def test_what_callers_get_instead_of_the_release_is_reported_and_repaired(
    deployed: Deployed, checkout: Checkout, user: User, stage_outputs: Mapping[str, Any]
) -> None:
    before = said(user, stage_outputs)
    say(checkout, "the next one")
    assert checkout.command("deploy", "local").returncode == 0
    live = _releases(checkout, live=True)
    _point_at_the_version_before(deployed)
    assert said(user, stage_outputs)[0] == before[0]

    assert _releases(checkout, live=True) == []
    planned = checkout.command("plan", "local")
    assert planned.returncode == 2
    assert f"callers of {FUNCTION} get version" in planned.stdout
    drifted = checkout.command("drift", "local")
    assert drifted.returncode == 3
    assert f"callers do not get the live release: {API}: {FUNCTION} runs another package" in drifted.stdout
    table = checkout.command("releases", "local")
    assert f"{API}: {FUNCTION} runs another package" in table.stderr

    assert checkout.command("deploy", "local").returncode == 0
    assert all("the next one" in answer for answer in said(user, stage_outputs))
    assert _releases(checkout, live=True) == live
    assert checkout.command("plan", "local").returncode == 0


def test_an_api_with_the_right_label_and_another_description_is_repaired(
    deployed: Deployed, checkout: Checkout, user: User, stage_outputs: Mapping[str, Any]
) -> None:
    assert checkout.command("deploy", "local").returncode == 0
    gateway = deployed.root("dev", "apigateway")
    api = next(found for found in _apis(gateway) if found["name"] == FUNCTION)["id"]
    stage = gateway.get_stage(restApiId=api, stageName="live")
    label = gateway.get_deployment(restApiId=api, deploymentId=stage["deploymentId"])["description"]
    resource = next(
        found for found in gateway.get_resources(restApiId=api, limit=500)["items"] if found["path"] == "/"
    )["id"]
    gateway.update_method(
        restApiId=api,
        resourceId=resource,
        httpMethod="GET",
        patchOperations=[{"op": "replace", "path": "/authorizationType", "value": "NONE"}],
    )
    demanded = said(user, stage_outputs)[1]
    gateway.create_deployment(restApiId=api, stageName="live", description=label)
    assert said(user, stage_outputs)[1] != demanded, "the fault was not provoked"

    assert checkout.command("plan", "local").returncode == 2
    assert "serves another description" in checkout.command("releases", "local").stderr
    assert checkout.command("deploy", "local").returncode == 0
    assert said(user, stage_outputs)[1] == demanded
    assert user.call("GET", "/notes").status_code == 200
    assert checkout.command("plan", "local").returncode == 0


def _apis(gateway: Any) -> list[dict[str, Any]]:
    pages = gateway.get_paginator("get_rest_apis").paginate()
    return [found for page in pages for found in page["items"]]


def _releases(checkout: Checkout, *, live: bool) -> list[str]:
    found = json.loads(checkout.command("releases", "local", FORMAT="json").stdout)
    return [entry["release"]["id"] for entry in found if entry["live"] == live]


def _point_at_the_version_before(deployed: Deployed) -> None:
    functions = deployed.root("dev", "lambda")
    alias = functions.get_alias(FunctionName=FUNCTION, Name="live")
    pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=FUNCTION)
    numbers = [version["Version"] for page in pages for version in page["Versions"]]
    older = [number for number in numbers if number.isdigit() and int(number) < int(alias["FunctionVersion"])]
    functions.update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=max(older, key=int))

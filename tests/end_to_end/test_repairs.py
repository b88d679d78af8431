"""Deploys of one stage at once, deploys that die, credentials that expire: the next deploy repairs it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from pathlib import Path

import pytest
import requests

from tests.end_to_end.checkouts import copied
from tests.end_to_end.conftest import Deployed
from tests.end_to_end.deploys import Deploy, until_terraform_works
from tests.waiting import eventually
from tools import stage_lock, state_bucket
from tools.paths import BUILD, REPOSITORY

STAGE = "alice"
SERVICE = "notify_job"


@pytest.fixture(scope="module")
def said(ephemeral_deploys: Mapping[str, Future[str]]) -> str:
    """All that the deploys of the stage said, of which only the last was left alone."""
    return ephemeral_deploys[STAGE].result()


@pytest.fixture(scope="module")
def other_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which one service differs, with what was installed for the original."""
    copy = copied(tmp_path_factory.mktemp("checkout"))
    (copy / ".build").mkdir()
    (copy / ".build/dependencies").symlink_to(BUILD / "dependencies")
    app = copy / SERVICE / "app.py"
    app.write_text(app.read_text() + "\n# Another checkout's.\n")
    return copy


@pytest.fixture
def deploy(deployed: Deployed, said: str, tmp_path: Path) -> Callable[..., Deploy]:
    """Begins a deploy of the service that differs between the checkouts."""
    assert said
    return lambda checkout=REPOSITORY, **more: Deploy(
        deployed, STAGE, tmp_path, checkout, SERVICE=SERVICE, **more
    )


def test_a_stage_is_whole_whenever_its_machine_died(deployed: Deployed, said: str) -> None:
    assert f"took over the lock of {STAGE} from" in said
    assert "took over from an unfinished deploy: " in said
    assert "the journey took" in said
    assert "Traceback" not in said
    assert stage_lock.find(deployed.layers(STAGE)) is None  # an empty plan: test_stages_side_by_side.py


def test_nothing_was_made_twice(deployed: Deployed, said: str) -> None:
    assert said
    layers = deployed.layers(STAGE)
    account = layers.stage.account
    apis = deployed.root(account.name, "apigateway").get_rest_apis(limit=500)["items"]
    named = {api["id"]: api["name"] for api in apis if api["name"].startswith(f"notes-{STAGE}-")}
    assert set(Counter(named.values()).values()) == {1}, named
    in_states = {
        instance["attributes"]["id"]
        for key, state in state_bucket.states(deployed.cloud, account)
        if key.startswith(f"{STAGE}/")
        for resource in state["resources"]
        if resource["type"] == "aws_api_gateway_rest_api"
        for instance in resource["instances"]
    }
    assert named.keys() == in_states


def test_one_of_two_deploys_waits_for_the_other(
    deployed: Deployed, deploy: Callable[..., Deploy], other_checkout: Path
) -> None:
    first = deploy(other_checkout)
    eventually(lambda: stage_lock.find(deployed.layers(STAGE)), what="the lock")
    second = deploy()
    refused = deploy(LOCK_WAIT="1")
    assert refused.status() == 1
    assert f"Stage {STAGE} is locked by " in refused.said
    assert f"If it is dead, run: make unlock ENV={STAGE}" in refused.said
    assert first.status() == 0, first.said
    assert second.status() == 0, second.said
    assert f"waiting for {STAGE}: locked by " in second.said
    for one in (first, second):
        assert f"{STAGE} {SERVICE}" in one.said.split("done", 1)[1].splitlines()[0], one.said
    assert stage_lock.find(deployed.layers(STAGE)) is None


def test_credentials_that_expire_halfway_end_a_deploy_and_lose_nothing(
    deployed: Deployed,
    deploy: Callable[..., Deploy],
    other_checkout: Path,
    other_deploys: Mapping[str, Future[str]],
    ephemeral_deploys: Mapping[str, Future[str]],
) -> None:
    # The deploys beside this one have credentials of the same role.
    wait([*other_deploys.values(), *ephemeral_deploys.values()])
    halfway = deploy(other_checkout)
    until_terraform_works(deployed, halfway, f"{STAGE}/services/{SERVICE}.tfstate")
    role = f"notes-{deployed.organisation.stage(STAGE).account.name}-deployer"
    address = f"{deployed.cloud.endpoint_url}/_local/sessions/expire"
    assert requests.post(address, params={"role": role}, timeout=10).json()["expired"] > 0
    assert halfway.status() == 1
    assert halfway.said.count("The credentials for account dev have expired.") == 1, halfway.said
    assert "Sign in again" in halfway.said
    assert "Traceback" not in halfway.said

    again = deploy()
    assert again.status() == 0, again.said
    assert f"took over the lock of {STAGE} from" in again.said
    assert deployed.command("outputs", STAGE).returncode == 0
    assert stage_lock.find(deployed.layers(STAGE)) is None

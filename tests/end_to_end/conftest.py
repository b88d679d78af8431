"""One local cloud for all end-to-end tests, on a free port, with the stage `local` deployed by `make deploy`.

While writing tests, E2E_PORT names a local cloud that is deployed already and stays (LOCAL_HOME as for make).
"""

from __future__ import annotations

import concurrent.futures
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.end_to_end import deploys, incompatible_change, workflow_runs
from tools import aws_sessions, outputs, stage_records, stages
from tools.api_client import User, new_account, sign_in
from tools.cloud import LocalCloud, client
from tools.layers import Layers
from tools.paths import REPOSITORY

# How each stage is deployed.
LISTED: Mapping[str, deploys.Flow] = {"dev": deploys.interrupted, "prod": deploys.whole}
EPHEMERAL: Mapping[str, deploys.Flow] = {
    "pr-1": deploys.whole,
    "pr-2": partial(deploys.whole, STORAGE="own"),
    "alice": deploys.repaired,
}
# Commands that deploy and destroy a stage.
PASSING: Mapping[str, deploys.Flow] = {
    "compatibility": incompatible_change.tried,
    "pr-9": workflow_runs.a_pull_request,
}
FLOWS: Mapping[str, deploys.Flow] = {"local": deploys.whole, **LISTED, **EPHEMERAL, **PASSING}
# The stages that each waits for: some need what it stands on, and on two cores all at once hinder each other.
AFTER: Mapping[str, Sequence[str]] = {
    "dev": ["local"],
    "prod": ["local"],
    "pr-1": ["dev"],
    "pr-2": ["prod"],
    "alice": ["pr-1"],
    "compatibility": ["local", "pr-2"],
    "pr-9": ["dev", "prod", "alice"],
}
# The stages that a fixture stands for, and those that it takes.
NEEDS: Mapping[str, Iterable[str]] = {
    "begun": ["local"],
    "other_deploys": LISTED,
    "ephemeral_deploys": [*LISTED, *EPHEMERAL],
    "compatibility_trial": ["compatibility"],
    "pull_request_run": [*LISTED, "pr-9"],
}


@dataclass(frozen=True)
class Deployed:
    """The local cloud of this run and what is deployed in it."""

    port: int
    home: Path

    @property
    def variables(self) -> dict[str, str]:
        """The variables of a make command that lead to this cloud, beside ENV."""
        return {"CLOUD": "local", "LOCAL_PORT": str(self.port), "LOCAL_HOME": str(self.home)}

    def command(
        self, name: str, env: str, *, check: bool = True, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the tools as make does, for the stage `env` on this cloud."""
        finished = subprocess.run(
            [sys.executable, "-m", "tools", name],
            cwd=REPOSITORY,
            env=os.environ | self.variables | {"ENV": env} | variables,
            capture_output=True,
            text=True,
            timeout=deploys.DEPLOY_SECONDS,
            check=False,
        )
        if check and finished.returncode != 0:
            pytest.fail(f"{name} {env} ended with {finished.returncode}:\n{finished.stdout}{finished.stderr}")
        return finished

    @cached_property
    def organisation(self) -> stages.Organisation:
        """stages.toml."""
        return stages.load()

    @property
    def cloud(self) -> LocalCloud:
        """The cloud as the tools see it."""
        return LocalCloud(self.organisation.project, self.organisation.region, self.port)

    def layers(self, env: str) -> Layers:
        """A stage's layers, with the storage that it has."""
        stage = stage_records.stage_of(self.organisation, self.cloud, env)
        return Layers(self.organisation, self.cloud, stage)

    def root(self, account: str, service: str) -> Any:
        """A client with all rights in the account of that name (dns, dev, prod)."""
        return client(self.cloud, self.organisation.accounts[account], service)

    def assume(self, account: str, role_arn: str) -> boto3.Session:
        """A session with a role's rights in an account (dns, dev, prod); root may assume it for a moment."""
        iam, name = self.root(account, "iam"), role_arn.rsplit("/", 1)[-1]
        trusted = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        number = self.organisation.accounts[account].id
        root = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{number}:root"},
            "Action": "sts:AssumeRole",
        }
        widened = {"Version": "2012-10-17", "Statement": [*trusted["Statement"], root]}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(widened))
        try:
            return self.assumed(self.root(account, "sts"), role_arn)
        finally:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trusted))

    def assumed(self, sts: Any, role_arn: str) -> boto3.Session:
        """A session with the rights of a role that the owner of the client `sts` may assume."""
        granted = sts.assume_role(RoleArn=role_arn, RoleSessionName="end-to-end")["Credentials"]
        return aws_sessions.new(
            aws_access_key_id=granted["AccessKeyId"],
            aws_secret_access_key=granted["SecretAccessKey"],
            aws_session_token=granted["SessionToken"],
            region_name=self.cloud.region,
        )

    def client(self, session: boto3.Session, service: str) -> Any:
        """A client of this cloud with the rights of `session`."""
        return session.client(service, endpoint_url=self.cloud.endpoint_url)


@dataclass(frozen=True)
class Begun:
    """The cloud of this run, and the deploys into it by stage: done, failed, or still running."""

    cloud: Deployed
    deploys: Mapping[str, Future[str]]
    pool: ThreadPoolExecutor
    folder: Path
    stays: bool

    def end(self) -> None:
        """Wait for what still runs and end the cloud, if this run began it."""
        self.pool.shutdown(cancel_futures=True)
        if not self.stays:
            self.cloud.command("cloud-down", "local", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


_BEGUN = pytest.StashKey[Begun]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs other stages, or all of them settled, comes last."""
    items.sort(key=lambda item: bool(_wanted([item]) - {"local"} or "settled" in _fixtures([item])))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin to deploy what the tests of this run need, side by side: most of a first deploy is waiting.

    Tests that need no stage go on meanwhile.
    """
    if (wanted := _wanted(session.items)) and not session.config.option.collectonly:
        session.stash[_BEGUN] = _begin(wanted)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End what was begun."""
    if begun := session.stash.get(_BEGUN, None):
        begun.end()


def _wanted(items: Sequence[pytest.Item]) -> set[str]:
    """The stages that tests need."""
    return {stage for fixture in _fixtures(items) for stage in NEEDS.get(fixture, ())}


def _fixtures(items: Sequence[pytest.Item]) -> set[str]:
    return {name for item in items if isinstance(item, pytest.Function) for name in item.fixturenames}


def _begin(wanted: set[str]) -> Begun:
    ready = "E2E_PORT" in os.environ
    folder = Path(tempfile.mkdtemp(prefix="end-to-end-"))
    cloud = _named_cloud() if ready else Deployed(_free_port(), folder / "cloud")
    flows = {env: flow for env, flow in FLOWS.items() if env in wanted and not (ready and env == "local")}
    pool = ThreadPoolExecutor(max_workers=len(FLOWS))
    if not ready:
        cloud.command("cloud-up", "local")
    begun: dict[str, Future[str]] = {}
    for env, flow in flows.items():
        before = [begun[stage] for stage in AFTER.get(env, []) if stage in begun]
        begun[env] = pool.submit(_in_turn, before, flow, cloud, env, folder)
    return Begun(cloud, begun, pool, folder, stays=ready)


def _in_turn(
    before: Sequence[Future[str]], flow: deploys.Flow, cloud: Deployed, env: str, folder: Path
) -> str:
    for finished in before:
        finished.result()
    return flow(cloud, env, folder)


@pytest.fixture(scope="session")
def begun(request: pytest.FixtureRequest) -> Begun:
    """The cloud of this run and the deploys into it, which may still run."""
    found: Begun = request.session.stash[_BEGUN]
    return found


def _named_cloud() -> Deployed:
    return Deployed(int(os.environ["E2E_PORT"]), Path(os.environ.get("LOCAL_HOME", REPOSITORY / ".local")))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def deployed(begun: Begun) -> Deployed:
    """The stage `local`, deployed from nothing into a cloud of this run's own."""
    if "local" in begun.deploys:
        begun.deploys["local"].result()
    return begun.cloud


@pytest.fixture(scope="session")
def other_deploys(begun: Begun) -> Mapping[str, Future[str]]:
    """What the deploys of `dev`, interrupted twice, and `prod` said, or how they failed."""
    return {env: begun.deploys[env] for env in LISTED}


@pytest.fixture(scope="session")
def ephemeral_deploys(begun: Begun) -> Mapping[str, Future[str]]:
    """The same of `pr-1`, of `pr-2` with storage of its own, and of `alice`, whose machine kept dying."""
    return {env: begun.deploys[env] for env in EPHEMERAL}


@pytest.fixture(scope="session")
def compatibility_trial(begun: Begun) -> Future[str]:
    """What `make compatibility` said of a change that older code cannot live with, or how it failed."""
    return begun.deploys["compatibility"]


@pytest.fixture(scope="session")
def pull_request_run(begun: Begun) -> Future[str]:
    """What was seen of pull request 9 from its opening to its end, as `workflow_runs` tells it."""
    return begun.deploys["pr-9"]


@pytest.fixture
def settled(begun: Begun) -> None:
    """No deploy runs any more, so that a test may disturb the whole cloud."""
    concurrent.futures.wait(begun.deploys.values())


@pytest.fixture(scope="session")
def stage_outputs(deployed: Deployed) -> Mapping[str, Any]:
    """`make outputs ENV=local`."""
    return outputs.collect(deployed.layers("local"))


@pytest.fixture(scope="session")
def new_user(deployed: Deployed, stage_outputs: Mapping[str, Any]) -> Callable[[], User]:
    """Makes users of the stage `local`, signed in."""

    def make() -> User:
        email, password = new_account(stage_outputs, deployed.root("dev", "cognito-idp"))
        return sign_in(stage_outputs, email, password)

    return make


@pytest.fixture(scope="session")
def user(new_user: Callable[[], User]) -> User:
    """Somebody signed in."""
    return new_user()


@pytest.fixture(scope="session")
def stranger(new_user: Callable[[], User]) -> User:
    """Somebody else."""
    return new_user()

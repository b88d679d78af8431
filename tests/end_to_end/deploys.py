"""Deploys in the background: of several stages at once, and interrupted ones."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tests.waiting import eventually
from tools.paths import REPOSITORY

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Deployed

DEPLOY_SECONDS = 900

# Deploys a stage; what was said. A folder is for what its commands say.
Flow = Callable[["Deployed", str, Path], str]


class Deploy:
    """A command in the background, with a process group of its own as one started in a terminal has."""

    def __init__(
        self,
        deployed: Deployed,
        env: str,
        folder: Path,
        checkout: Path = REPOSITORY,
        command: str = "deploy",
        **more: str,
    ) -> None:
        self.env = env
        self._said = folder / f"{env}-{time.monotonic_ns()}.txt"
        with self._said.open("w") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tools", command],
                cwd=checkout,
                env=os.environ | deployed.variables | {"ENV": env, **more},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """What it has printed until now."""
        return self._said.read_text()

    def interrupt(self) -> None:
        """Ctrl-C: every process of the terminal's foreground gets it."""
        os.killpg(self._process.pid, signal.SIGINT)

    def kill(self) -> None:
        """As a machine out of memory does."""
        self._process.kill()

    def end_machine(self) -> None:
        """As a power cut does: nothing that the deploy started gets to save or unlock anything."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self.status()

    def end_every_process(self) -> None:
        """The same, and of what it started with a session of its own: no request goes on."""
        started = _descendants(self._process.pid)
        os.killpg(self._process.pid, signal.SIGKILL)
        for process in started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.status()

    def status(self) -> int:
        """How it ended."""
        return self._process.wait(DEPLOY_SECONDS)

    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None


def _descendants(process: int) -> set[int]:
    """The processes that it started, and those that these started."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = {int(pid): int(parent) for pid, parent in map(str.split, listed.stdout.splitlines())}
    found, more = set[int](), {process}
    while more:
        more = {pid for pid, parent in parents.items() if parent in more} - found
        found |= more
    return found


def until_terraform_works(
    deployed: Deployed, deploy: Deploy, key: str, begun: Callable[[], bool] = lambda: True
) -> None:
    """Wait for the worst moment to interrupt it: the state is locked and resources are made.

    `begun` tells the latter where one command plans and applies, which holds the lock from the beginning.
    """
    layers = deployed.layers(deploy.env)
    bucket = f"{layers.organisation.project}-{layers.stage.account.name}-state-{layers.stage.account.id}"
    s3 = deployed.root(layers.stage.account.name, "s3")

    def locked() -> bool:
        assert deploy.running(), deploy.said
        try:
            info = json.loads(s3.get_object(Bucket=bucket, Key=f"{key}.tflock")["Body"].read())
        except ClientError:
            return False
        return bool(info["Operation"] == "OperationTypeApply")

    eventually(locked, seconds=300, what=f"the lock on {key}")
    eventually(begun, seconds=300, what=f"the first change to what {key} is of")


def whole(deployed: Deployed, env: str, folder: Path, **more: str) -> str:
    """Deploy a stage; what was said."""
    deploy = Deploy(deployed, env, folder, REPOSITORY, "deploy", **more)
    assert deploy.status() == 0, deploy.said
    return deploy.said


def interrupted(deployed: Deployed, env: str, folder: Path) -> str:
    """Deploy a stage, stopped by Ctrl-C, then killed, then left alone; what was said the last time.

    A stage that is deployed already is deployed anew without any interruption.
    """
    if deployed.command("outputs", env, check=False).returncode != 0:
        stopped = Deploy(deployed, env, folder)
        notes = partial(_table_exists, deployed, env, "notes")
        until_terraform_works(deployed, stopped, f"{env}/storage.tfstate", notes)
        stopped.interrupt()
        assert stopped.status() == 130, stopped.said
        assert "Traceback" not in stopped.said
        assert "Run the command again" in stopped.said

        killed = Deploy(deployed, env, folder)
        purchases = partial(_table_exists, deployed, env, "purchases")
        until_terraform_works(deployed, killed, f"{env}/stage.tfstate", purchases)
        killed.kill()
        assert killed.status() == -signal.SIGKILL
    return whole(deployed, env, folder)


def repaired(deployed: Deployed, env: str, folder: Path) -> str:
    """Deploy a stage whose machine dies in the middle of two applies and after each step; all that was said.

    One step runs at a time, so that each death costs no more than the start of the next.
    """
    done: set[str] = set()
    said: list[str] = []
    for exists in (
        partial(_table_exists, deployed, env, "purchases"),
        partial(_api_exists, deployed, env),
    ):
        if not exists():
            deploy = Deploy(deployed, env, folder)
            eventually(exists, seconds=300, what=f"the first resource of {deploy.said}")
            deploy.end_machine()
            done |= _steps(deploy)
            said.append(deploy.said)
    while True:
        deploy = Deploy(deployed, env, folder, JOBS="1")
        while deploy.running() and _steps(deploy) <= done:
            time.sleep(0.1)
        if not deploy.running():
            break
        deploy.end_machine()
        done |= _steps(deploy)
        said.append(deploy.said)
    assert deploy.status() == 0, deploy.said
    return "\n".join([*said, deploy.said])


def _table_exists(deployed: Deployed, env: str, table: str) -> bool:
    layers = deployed.layers(env)
    tables = deployed.root(layers.stage.account.name, "dynamodb").list_tables()["TableNames"]
    return f"{layers.organisation.project}-{env}-{table}" in tables


def _api_exists(deployed: Deployed, env: str) -> bool:
    layers = deployed.layers(env)
    apis = deployed.root(layers.stage.account.name, "apigateway").get_rest_apis(limit=500)["items"]
    return f"{layers.organisation.project}-{env}-notes-api" in {api["name"] for api in apis}


def _steps(deploy: Deploy) -> set[str]:
    """What it has finished."""
    return {
        line.removeprefix("✓ ").rsplit(" s  ", 1)[0].rsplit(maxsplit=1)[0]
        for line in deploy.said.splitlines()
        if line.startswith("✓ ")
    }

"""Commands called wrongly, or in a bad place: one clear message, exit status 1 or 2, never a traceback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.end_to_end.answers import expect
from tests.end_to_end.conftest import Deployed
from tests.waiting import eventually
from tools.api_client import User
from tools.paths import REPOSITORY

SECONDS = 120
BAD_STAGE_NAMES = ["Local", "PROD", "x" * 60, "x" * 21, "1st", "-x", "a_b", "../dev", "dév", "dev\n"]


def run(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the tools as make does; nothing but `variables` says which stage on which cloud."""
    named = {"ENV", "CLOUD", "LOCAL_PORT", "LOCAL_HOME", "NAME", "SERVICE", "FORCE"}
    environment = {key: value for key, value in os.environ.items() if key not in named} | variables
    return subprocess.run(
        [sys.executable, "-m", "tools", *arguments],
        cwd=REPOSITORY,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def refused(finished: subprocess.CompletedProcess[str], status: int, *words: str) -> None:
    """It ended with this status, saying these words once and nothing of Python's."""
    said = finished.stderr
    assert finished.returncode == status, finished.stdout + said
    assert "Traceback" not in finished.stdout + said
    assert "error of the tools" not in said
    for word in words:
        assert said.count(word) == 1, said
    assert len(said.strip().splitlines()) <= 4, said


@pytest.mark.parametrize("name", BAD_STAGE_NAMES)
def test_no_stage_has_such_a_name(name: str) -> None:
    refused(run("deploy", ENV=name, CLOUD="local"), 2, "is not a stage name")


# 2 is what a plan with changes ends with.
@pytest.mark.parametrize(("command", "status"), [("deploy", 2), ("plan", 1), ("destroy", 2), ("outputs", 2)])
def test_a_command_needs_a_stage(command: str, status: int) -> None:
    refused(run(command), status, "ENV is missing")


def test_no_command_has_such_a_name() -> None:
    refused(run("nonsense"), 2, "nonsense")


@pytest.mark.parametrize("cloud", ["nonsense", "LOCAL"])
def test_no_cloud_has_such_a_name(cloud: str) -> None:
    refused(run("outputs", ENV="dev", CLOUD=cloud), 2, f"CLOUD={cloud}")


def test_the_local_stage_is_on_the_local_cloud_only() -> None:
    refused(run("deploy", ENV="local", CLOUD="aws"), 2, "ENV=local")


@pytest.mark.parametrize("port", ["abc", "80", "65536", "-4566", "٤٥٦٦", "9" * 5_000], ids=ascii)
def test_no_port_has_such_a_number(port: str, tmp_path: Path) -> None:
    refused(run("cloud-up", LOCAL_PORT=port, LOCAL_HOME=str(tmp_path)), 2, "LOCAL_PORT")


@pytest.mark.parametrize("command", ["cloud-down", "outputs"])
def test_every_command_looks_at_the_port(command: str, tmp_path: Path) -> None:
    refused(run(command, ENV="local", LOCAL_PORT="80", LOCAL_HOME=str(tmp_path)), 2, "LOCAL_PORT")


@pytest.mark.parametrize("name", ["nonsense", ""])
def test_no_secret_has_such_a_name(name: str) -> None:
    refused(
        run("secret", stdin="value", ENV="dev", CLOUD="local", NAME=name), 2, "is no secret", "stripe-key,"
    )


@pytest.fixture(params=["mute", "web server"])
def occupied_port(request: pytest.FixtureRequest) -> Iterator[int]:
    """A port on which another program listens."""
    if request.param == "mute":
        with socket.create_server(("127.0.0.1", 0)) as listener:
            yield listener.getsockname()[1]
        return
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize("command", ["cloud-up", "deploy"])
def test_an_occupied_port(occupied_port: int, command: str, tmp_path: Path) -> None:
    finished = run(command, ENV="local", LOCAL_PORT=str(occupied_port), LOCAL_HOME=str(tmp_path))

    refused(finished, 1, f"Port {occupied_port} is in use", "LOCAL_PORT=")


def test_a_cloud_that_does_not_run_can_be_stopped(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    finished = run("cloud-down", LOCAL_PORT=str(port), LOCAL_HOME=str(tmp_path))

    assert (finished.returncode, finished.stderr) == (0, "")
    assert "was not running" in finished.stdout


def test_no_terraform_on_the_path(deployed: Deployed, tmp_path: Path) -> None:
    for command in ("plan", "deploy"):
        finished = deployed.command(command, "local", check=False, PATH=str(tmp_path), FORCE="1")
        refused(finished, 1, "no terraform on the PATH", "Install Terraform")


def test_a_stage_that_is_not_deployed(deployed: Deployed) -> None:
    for command in ("outputs", "smoke", "logs", "redrive"):
        finished = deployed.command(command, "pr-404", check=False)
        refused(finished, 1, "is not deployed", "make deploy ENV=pr-404 CLOUD=local")


def test_a_service_that_is_not_deployed(deployed: Deployed) -> None:
    refused(
        deployed.command("logs", "local", check=False, SERVICE="nonsense"),
        2,
        "SERVICE=nonsense",
        "notes_api,",
    )


def test_a_protected_stage_is_never_destroyed(deployed: Deployed) -> None:
    refused(deployed.command("destroy", "prod", check=False), 1, "prod is protected")


def test_a_secret_without_a_value(deployed: Deployed) -> None:
    refused(deployed.command("secret", "local", check=False, NAME="stripe-key"), 2, "The value is empty")


@pytest.mark.usefixtures("settled")
def test_a_killed_cloud_is_started_by_the_next_command_and_has_lost_nothing(
    deployed: Deployed, user: User
) -> None:
    before = deployed.command("outputs", "local").stdout
    note = expect(user.call("POST", "/notes", {"content": "Written before the fall"}), 201)
    home = deployed.home / str(deployed.port)
    saved = home / "state" / "dynamodb.json"
    eventually(lambda: note["note_id"] in saved.read_text(), what="the saved note")

    os.kill(int((home / "server.pid").read_text()), signal.SIGKILL)

    assert deployed.command("outputs", "local").stdout == before
    assert expect(user.call("GET", f"/notes/{note['note_id']}"), 200) == note

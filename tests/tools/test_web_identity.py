"""A job's token exchanged for a role's session, as boto3 and Terraform run it; and what a job is refused."""

from __future__ import annotations

import configparser
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from tools import pipeline_profiles, stages, web_identity
from tools.errors import UsageError

TOKEN = "header.payload.signature"
ROLE = "arn:aws:iam::200000000002:role/notes-dev-reader"
GRANTED = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>
<SecretAccessKey>kept</SecretAccessKey><SessionToken>session</SessionToken>
<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""
REFUSED = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Code>AccessDenied</Code>
<Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>"""


class Server(HTTPServer):
    """GitHub, which gives the token, and STS, which takes it for the role of the account dev only."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, list[str]]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = parse_qs(urlsplit(self.path).query) == {"version": ["2"], "audience": ["sts.amazonaws.com"]}
        allowed = wanted and self.headers["Authorization"] == "Bearer of-the-job"
        self._answer(200 if allowed else 401, json.dumps({"value": TOKEN}))

    def do_POST(self) -> None:
        given = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(given)
        allowed = given["RoleArn"] == [ROLE] and given["WebIdentityToken"] == [TOKEN]
        self._answer(200 if allowed else 403, GRANTED if allowed else REFUSED)

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def job(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The environment of a job on GitHub; its private folder."""
    address = f"http://127.0.0.1:{server.server_port}"
    for name in [name for name in os.environ if name.startswith(("AWS_", "GITHUB_", "ACTIONS_"))]:
        monkeypatch.delenv(name)
    given = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{address}/token?version=2",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job",
        "AWS_ENDPOINT_URL_STS": address,
        "GITHUB_RUN_ID": "77",
        "GITHUB_ENV": str(tmp_path / "env"),
        "RUNNER_TEMP": str(tmp_path),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def write(folder: Path, words: str) -> Path:
    """The configuration for the roles that ROLES= names."""
    grants = pipeline_profiles.parse(words, stages.load())
    file = folder / "aws.ini"
    file.write_text(pipeline_profiles.render("notes", "us-east-1", grants))
    return file


def test_a_profile_gives_boto3_a_session_of_the_role(
    job: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(write(job, "dev-reader")))
    found = boto3.Session(profile_name="notes-dev-reader").get_credentials().get_frozen_credentials()
    assert (found.access_key, found.secret_key, found.token) == ("ASIA1", "kept", "session")
    [asked] = server.asked
    assert asked["Action"] == ["AssumeRoleWithWebIdentity"]
    assert asked["RoleSessionName"] == ["github-77"]


def test_nothing_secret_is_written(job: Path) -> None:
    text = write(job, "dev-reader,prod-deployer").read_text()
    assert "of-the-job" not in text
    assert TOKEN not in text
    assert "_key" not in text


def test_an_accounts_first_role_stands_for_any_other_there(job: Path) -> None:
    parser = configparser.ConfigParser()
    parser.read(write(job, "dev-reader,prod-deployer,prod-reader"))
    roles = {
        name: parser[name]["credential_process"].split()[-2].rpartition("/")[2] for name in parser.sections()
    }
    assert roles == {
        "profile notes-dev-reader": "notes-dev-reader",
        "profile notes-dev": "notes-dev-reader",
        "profile notes-prod-deployer": "notes-prod-deployer",
        "profile notes-prod-reader": "notes-prod-reader",
        "profile notes-prod": "notes-prod-deployer",
    }


def test_a_stage_of_a_pull_request_is_in_the_account_of_dev() -> None:
    [grant] = pipeline_profiles.parse("pr-42-deployer", stages.load())
    assert (grant.account.name, grant.role) == ("dev", "deployer")


@pytest.mark.parametrize(
    "words", ["", ",", "dev", "reader", "dev-administrator", "-reader", "dev-reader,prod"]
)
def test_what_is_no_role_of_a_pipeline_is_refused(words: str) -> None:
    with pytest.raises(UsageError):
        pipeline_profiles.parse(words, stages.load())


def run(role: str = ROLE, **variables: str) -> subprocess.CompletedProcess[str]:
    """As a profile runs it, in a folder that has modules of the same names as Python's own."""
    command = [sys.executable, "-I", str(web_identity.__file__), role, "us-east-1"]
    environment = {**os.environ, **variables}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("job")
def test_another_role_is_refused_in_awss_words() -> None:
    finished = run("arn:aws:iam::300000000003:role/notes-prod-deployer")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "notes-prod-deployer was refused: 403 Not authorized to perform" in finished.stderr
    assert TOKEN not in finished.stderr


@pytest.mark.usefixtures("job")
@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"ACTIONS_ID_TOKEN_REQUEST_URL": ""}, "lacks the permission id-token: write"),
        ({"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "another"}, "was refused: 401"),
        ({"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"}, "cannot be assumed"),
    ],
)
def test_a_job_that_gets_none_is_told_why(variables: dict[str, str], words: str) -> None:
    finished = run(**variables)
    assert finished.returncode == 1
    assert words in finished.stderr
    assert "Traceback" not in finished.stderr
    assert "of-the-job" not in finished.stderr


def test_the_file_is_for_its_owner_alone(job: Path) -> None:
    from tools.commands import credentials

    file = credentials.write(job, "text")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

"""One local cloud for all these tests, on a port of its own, with its state in a temporary directory."""

import io
import json
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest
from botocore.config import Config

from tools.local_cloud import control

ACCOUNT = "200000000002"
REGION = "us-east-1"
Found = TypeVar("Found")


@dataclass(frozen=True)
class Cloud:
    """A running local cloud, and how to reach it."""

    port: int
    state_dir: Path

    @property
    def url(self) -> str:
        """The address of every service."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, *, account: str = ACCOUNT, **credentials: str) -> Any:
        """A boto3 client: root of `account`, or with the given credentials."""
        keys = credentials or {"aws_access_key_id": account, "aws_secret_access_key": "test"}
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
            **keys,
        )


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(look: Callable[[], Found | None], seconds: float = 10.0) -> Found:
    """The first value that is not empty, or a failure after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def package(source: str) -> bytes:
    """A function's zip with `source` as index.py."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()


def make_function(cloud: Cloud, name: str, source: str, **settings: Any) -> str:
    """Create a function `index.handler` with a role that may do anything; its ARN."""
    iam = cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(allow))
    functions = cloud.client("lambda")
    made = functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="index.handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": package(source)},
        **settings,
    )
    arn: str = made["FunctionArn"]
    return arn


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The cloud that the tests share; each test makes names of its own."""
    running = Cloud(free_port(), tmp_path_factory.mktemp("cloud"))
    control.start(running.port, running.state_dir)
    yield running
    control.stop(running.port, running.state_dir)

"""Temporary credentials that have expired."""

from __future__ import annotations

import json
import threading
import types
from collections.abc import Callable
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from tests.local_cloud.conftest import ACCOUNT, REGION, Cloud
from tools import expiry
from tools.errors import ExpiredError
from tools.local_cloud.gaps import expired_sessions

EXPIRED = r"\((ExpiredToken|ExpiredTokenException)\)"


@pytest.fixture
def assume(cloud: Cloud) -> Callable[[str], boto3.Session]:
    """Assumes the role of that name, which may do anything."""
    iam = cloud.client("iam")

    def session(role: str) -> boto3.Session:
        root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        trust = {"Statement": [{"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}]}
        allow = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
        }
        try:
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))
            iam.put_role_policy(RoleName=role, PolicyName="all", PolicyDocument=json.dumps(allow))
        except iam.exceptions.EntityAlreadyExistsException:
            pass
        arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
        made = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], REGION)

    return session


@pytest.fixture
def client(cloud: Cloud) -> Callable[[boto3.Session, str], Any]:
    """A client with the rights of a session."""
    return lambda session, service: session.client(service, endpoint_url=cloud.url)


def expire(cloud: Cloud, role: str) -> int:
    answer = requests.post(f"{cloud.url}/_local/sessions/expire", params={"role": role}, timeout=10)
    expired: int = answer.json()["expired"]
    return expired


def test_the_sessions_of_a_role_end_at_once_and_stay_expired(
    cloud: Cloud, assume: Callable[[str], boto3.Session], client: Callable[[boto3.Session, str], Any]
) -> None:
    session, other = assume("expires"), assume("stays")
    calls: dict[str, Callable[[Any], Any]] = {
        "sts": lambda api: api.get_caller_identity(),
        "dynamodb": lambda api: api.list_tables(),
        "s3": lambda api: api.get_object(Bucket="expires", Key="it"),
        "iam": lambda api: api.get_role(RoleName="expires"),
        "lambda": lambda api: api.list_functions(),
        "apigateway": lambda api: api.get_rest_apis(),
        "route53": lambda api: api.list_hosted_zones(),
        "sqs": lambda api: api.list_queues(),
    }
    cloud.client("s3").create_bucket(Bucket="expires")
    cloud.client("s3").put_object(Bucket="expires", Key="it", Body=b"")
    for service, call in calls.items():
        call(client(session, service))

    assert expire(cloud, "expires") == 1
    assume("expires")  # which makes the emulator forget what it can
    for service, call in calls.items():
        with pytest.raises(ClientError, match=EXPIRED):
            call(client(session, service))
    client(other, "sts").get_caller_identity()


def test_a_head_request_is_refused_without_a_reason(
    cloud: Cloud, assume: Callable[[str], boto3.Session], client: Callable[[boto3.Session, str], Any]
) -> None:
    session = assume("expires")
    expire(cloud, "expires")
    with pytest.raises(ClientError) as refused:
        client(session, "s3").head_bucket(Bucket="expires")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_the_tools_name_the_account_whose_credentials_expired(
    cloud: Cloud, assume: Callable[[str], boto3.Session], client: Callable[[boto3.Session, str], Any]
) -> None:
    session = assume("expires")
    s3 = client(session, "s3")
    expiry.watch(s3, "dev", lambda: client(session, "sts"))
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket="nowhere")
    expire(cloud, "expires")
    for call in (s3.list_buckets, lambda: s3.head_bucket(Bucket="nowhere")):
        with pytest.raises(ExpiredError, match="for account dev have expired"):
            call()


def test_functions_that_start_at_once_do_not_hinder_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each adds a session, in a thread of its own, while another looks which have expired."""
    sts = types.SimpleNamespace(
        __name__="sts",
        _sessions={str(number): {"Arn": "", "Expiration": 0} for number in range(20_000)},
        _evict_expired_sessions=lambda: None,
    )
    monkeypatch.setattr(expired_sessions, "module", lambda _: sts)
    expired_sessions.install()
    looked = threading.Event()

    def start_functions() -> None:
        number = 0
        while not looked.is_set():
            sts._sessions[f"new-{number}"] = {}
            number += 1

    starting = threading.Thread(target=start_functions)
    starting.start()
    try:
        sts._evict_expired_sessions()
    finally:
        looked.set()
        starting.join()
    assert {session.get("Expiration") for session in sts._sessions.values()} == {None}

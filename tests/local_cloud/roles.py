"""Roles with exactly the rights that a test says."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tests.local_cloud.conftest import ACCOUNT, REGION, Cloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def allow(
    action: str | list[str], resource: str = "*", condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A statement that allows it."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition or {}}


def clients_of(
    cloud: Cloud, name: str, statements: Sequence[dict[str, Any]], path: str = "/"
) -> Callable[[str], Any]:
    """Makes clients with the rights of a role that has just these statements."""
    iam = cloud.client("iam")
    made = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(TRUST))
    role = made["Role"]["Arn"]
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=document)
    granted = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    session = boto3.Session(
        granted["AccessKeyId"], granted["SecretAccessKey"], granted["SessionToken"], REGION
    )
    return lambda service: session.client(service, endpoint_url=cloud.url)


def denied(call: Callable[[], Any]) -> bool:
    """Whether a call is denied; one that fails for another reason is not."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"]).startswith(("AccessDenied", "AuthorizationError"))
    return False

"""The app against moto's AWS, in this process. Run one service per process: each has its own `app`."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

sys.path.insert(0, str(Path(__file__).parents[1]))
for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
    os.environ[name] = "test"
os.environ.update(
    AWS_DEFAULT_REGION="us-east-1",
    PURCHASE_TOPIC_ARN="arn:aws:sns:us-east-1:123456789012:notes-test-purchases",
    NOTIFICATIONS_TABLE="notes-test-notifications",
    ADMIN_PHONE_SECRET="notes-test-admin-phone",
)
os.environ.pop("AWS_ENDPOINT_URL", None)

from shared import aws, secrets  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def aws_mock() -> Iterator[None]:
    """One for all tests: making clients is what takes time."""
    with mock_aws():
        aws.client("secretsmanager").create_secret(Name="notes-test-admin-phone", SecretString="+15550100")
        yield


@pytest.fixture(autouse=True)
def cloud(aws_mock: None) -> Iterator[None]:  # noqa: ARG001
    """An empty table and the admin's phone number."""
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(
        TableName="notes-test-notifications",
        KeySchema=[{"AttributeName": "event_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "event_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    aws.client("secretsmanager").put_secret_value(
        SecretId="notes-test-admin-phone", SecretString="+15550100\n"
    )
    secrets.forget("notes-test-admin-phone")
    yield
    dynamodb.delete_table(TableName="notes-test-notifications")

"""The app against moto's AWS, in this process. Run one service per process: each has its own `app`."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

sys.path.insert(0, str(Path(__file__).parents[1]))
for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
    os.environ[name] = "test"
os.environ.update(
    AWS_DEFAULT_REGION="us-east-1", NOTES_TABLE="notes-test-notes", UPLOADS_BUCKET="notes-test-uploads"
)
os.environ.pop("AWS_ENDPOINT_URL", None)

from app import app  # noqa: E402

from shared import aws  # noqa: E402
from shared.tests.apigateway import Api  # noqa: E402

ANN = "us-east-1:aaaaaaaa-0000-4000-8000-000000000001"
BOB = "us-east-1:bbbbbbbb-0000-4000-8000-000000000002"


@pytest.fixture(scope="session", autouse=True)
def aws_mock() -> Iterator[None]:
    """One for all tests: making clients is what takes time."""
    with mock_aws():
        aws.client("s3").create_bucket(Bucket="notes-test-uploads")
        yield


@pytest.fixture(autouse=True)
def cloud(aws_mock: None) -> Iterator[None]:  # noqa: ARG001
    """An empty table and bucket."""
    dynamodb, s3 = aws.client("dynamodb"), aws.client("s3")
    dynamodb.create_table(
        TableName="notes-test-notes",
        KeySchema=[
            {"AttributeName": "user_id", "KeyType": "HASH"},
            {"AttributeName": "note_id", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "user_id", "AttributeType": "S"},
            {"AttributeName": "note_id", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    yield
    dynamodb.delete_table(TableName="notes-test-notes")
    for item in s3.list_objects_v2(Bucket="notes-test-uploads").get("Contents", []):
        s3.delete_object(Bucket="notes-test-uploads", Key=item["Key"])


@pytest.fixture
def ann() -> Api:
    return Api(app, ANN)


@pytest.fixture
def bob() -> Api:
    return Api(app, BOB)


@pytest.fixture
def s3() -> Any:
    return aws.client("s3")


@pytest.fixture
def uploaded(s3: Any) -> Callable[[str], str]:
    """Puts a file where Ann may have put it; its key."""

    def put(name: str) -> str:
        key = f"private/{ANN}/{name}"
        s3.put_object(Bucket="notes-test-uploads", Key=key, Body=b"file")
        return key

    return put


@pytest.fixture
def stored(s3: Any) -> Callable[[], list[str]]:
    """The keys in the bucket."""

    def keys() -> list[str]:
        return [item["Key"] for item in s3.list_objects_v2(Bucket="notes-test-uploads").get("Contents", [])]

    return keys

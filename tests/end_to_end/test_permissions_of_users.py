"""What somebody signed in may do with their temporary credentials, and what nobody may without any."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.end_to_end.conftest import Deployed
from tests.end_to_end.rights import may
from tools.api_client import SECONDS, User


def own(user: User) -> str:
    """A new key under the user's own prefix."""
    return f"private/{user.identity_id}/{secrets.token_hex(8)}/file.txt"


def test_own_files(user: User) -> None:
    s3, bucket, key = user.client("s3"), user.outputs["uploads_bucket"], own(user)
    s3.put_object(Bucket=bucket, Key=key, Body=b"mine")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"mine"
    s3.delete_object(Bucket=bucket, Key=key)


@pytest.mark.parametrize("operation", ["get_object", "put_object", "delete_object", "list_objects_v2"])
def test_nobody_elses_files(deployed: Deployed, user: User, stranger: User, operation: str) -> None:
    bucket, theirs = user.outputs["uploads_bucket"], own(stranger)
    stranger.client("s3").put_object(Bucket=bucket, Key=theirs, Body=b"theirs")
    beyond = [
        theirs,
        f"private/{user.identity_id}",
        f"private/{user.identity_id}-more/file",
        f"public/{user.identity_id}/file",
        "private/*/file",
    ]
    s3 = user.client("s3")
    for key in beyond:
        if operation == "list_objects_v2":
            assert not may(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=key)), key  # noqa: B023
        else:
            assert not may(lambda: getattr(s3, operation)(Bucket=bucket, Key=key)), key  # noqa: B023
    kept = deployed.root("dev", "s3").get_object(Bucket=bucket, Key=theirs)
    assert kept["Body"].read() == b"theirs"


def test_dots_in_a_key_lead_nowhere(user: User, stranger: User) -> None:
    """To S3 they are letters of a key under the user's own prefix."""
    bucket, theirs = user.outputs["uploads_bucket"], own(stranger)
    stranger.client("s3").put_object(Bucket=bucket, Key=theirs, Body=b"theirs")
    dotted = f"private/{user.identity_id}/../../{theirs}"
    user.client("s3").put_object(Bucket=bucket, Key=dotted, Body=b"mine")
    assert stranger.client("s3").get_object(Bucket=bucket, Key=theirs)["Body"].read() == b"theirs"
    user.client("s3").delete_object(Bucket=bucket, Key=dotted)
    assert stranger.client("s3").get_object(Bucket=bucket, Key=theirs)["Body"].read() == b"theirs"


def test_no_listing_even_of_own_files(user: User) -> None:
    bucket, prefix = user.outputs["uploads_bucket"], f"private/{user.identity_id}/"
    assert not may(lambda: user.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix))
    assert not may(lambda: user.client("s3").list_buckets())


def test_no_other_stages_bucket(deployed: Deployed, user: User) -> None:
    root, bucket, key = deployed.root("dev", "s3"), "notes-other-uploads-permissions", own(user)
    root.create_bucket(Bucket=bucket)
    root.put_object(Bucket=bucket, Key=key, Body=b"another stage's")
    try:
        s3 = user.client("s3")
        assert not may(lambda: s3.get_object(Bucket=bucket, Key=key))
        assert not may(lambda: s3.put_object(Bucket=bucket, Key=key))
        assert not may(lambda: s3.delete_object(Bucket=bucket, Key=key))
    finally:
        root.delete_object(Bucket=bucket, Key=key)
        root.delete_bucket(Bucket=bucket)


def test_no_other_service(user: User) -> None:
    outputs = user.outputs
    key = {"user_id": {"S": user.identity_id}, "note_id": {"S": "any"}}
    function = outputs["services"]["notes_api"]["functions"]["api_handler"]["name"]
    attempts: dict[str, Callable[[Any], Any]] = {
        "dynamodb": lambda client: client.get_item(TableName=outputs["notes_table"], Key=key),
        "lambda": lambda client: client.invoke(FunctionName=function, InvocationType="DryRun"),
        "sns": lambda client: client.publish(TopicArn=outputs["topic_arn"], Message=""),
        "secretsmanager": lambda client: client.list_secrets(),
        "sqs": lambda client: client.list_queues(),
        "iam": lambda client: client.list_roles(),
        "logs": lambda client: client.describe_log_groups(),
    }
    allowed = [name for name, call in attempts.items() if may(lambda: call(user.client(name)))]  # noqa: B023
    assert allowed == []
    sms = {"PhoneNumber": "+12025550199", "Message": "Try"}
    assert not may(lambda: user.client("sns").publish(**sms))


@pytest.fixture
def foreign_api(deployed: Deployed) -> Iterator[str]:
    """The URL of another API in the same account that any role allowed to may call."""
    apis = deployed.root("dev", "apigateway")
    api = apis.create_rest_api(name="notes-other-api")["id"]
    [root] = [item["id"] for item in apis.get_resources(restApiId=api)["items"]]
    method: Mapping[str, str] = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    apis.put_method(**method, authorizationType="AWS_IAM")
    template = {"application/json": '{"statusCode": 200}'}
    apis.put_integration(**method, type="MOCK", requestTemplates=template)
    apis.put_method_response(**method, statusCode="200")
    apis.put_integration_response(**method, statusCode="200", selectionPattern="")
    apis.create_deployment(restApiId=api, stageName="live")
    yield f"{deployed.cloud.endpoint_url}/_aws/execute-api/{api}/live/"
    apis.delete_rest_api(restApiId=api)


def _get(url: str, credentials: Credentials, region: str) -> int:
    request = AWSRequest("GET", url)
    SigV4Auth(credentials, "execute-api", region).add_auth(request)
    return requests.get(url, headers=dict(request.headers), timeout=SECONDS).status_code


def test_these_apis_and_no_other(deployed: Deployed, user: User, foreign_api: str) -> None:
    root = Credentials(deployed.organisation.accounts["dev"].id, "test")
    region = user.outputs["region"]
    assert _get(foreign_api, root, region) == 200
    assert _get(foreign_api, user.credentials, region) == 403
    assert user.call("GET", "/notes").status_code == 200
    assert user.call("GET", "/billing/00000000-0000-0000-0000-000000000000").status_code == 404


def test_the_definition_of_the_apis_is_closed(deployed: Deployed, user: User) -> None:
    api = deployed.layers("local").service_outputs()["notes_api"]["rest_api_id"]
    assert not may(lambda: user.client("apigateway").get_rest_api(restApiId=api))


def test_unsigned(user: User) -> None:
    """S3 and the APIs answer nobody who did not sign, or who signed with a key of their own making."""
    s3, bucket, key = user.client("s3"), user.outputs["uploads_bucket"], own(user)
    s3.put_object(Bucket=bucket, Key=key, Body=b"mine")
    url = f"{user.outputs['endpoint_url']}/{bucket}"
    assert requests.get(f"{url}/{key}", timeout=SECONDS).status_code == 403
    assert requests.put(f"{url}/{key}", data=b"theirs", timeout=SECONDS).status_code == 403
    assert requests.delete(f"{url}/{key}", timeout=SECONDS).status_code == 403
    assert requests.get(url, timeout=SECONDS).status_code == 403
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"mine"
    s3.delete_object(Bucket=bucket, Key=key)
    assert requests.get(f"{user.outputs['api_url']}/notes", timeout=SECONDS).status_code == 403
    forged = Credentials(user.credentials.access_key, "forged", user.credentials.token)
    assert _get(f"{user.outputs['api_url']}/notes", forged, user.outputs["region"]) == 403

"""Run a deployed function's own zip in a new process, with its own variables and its role's credentials.

The interpreter has the standard library and what Lambda provides, nothing else of this machine.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
"""

from __future__ import annotations

import base64
import importlib.util
import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3

from tests.end_to_end.conftest import Deployed

PROVIDED = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
SECONDS = 60

_RUN = """
import importlib, json, sys
job = json.load(sys.stdin)
sys.path[:0] = job["path"]
exec(job["before"])


class Context:
    aws_request_id = "00000000-0000-4000-8000-000000000000"
    function_name = invoked_function_arn = job["name"]

    def get_remaining_time_in_millis(self):
        return 60_000


module, _, handler = job["handler"].rpartition(".")
answer = getattr(importlib.import_module(module), handler)(job["event"], Context())
print(json.dumps({"answer": answer, "files": [getattr(m, "__file__", None) for m in sys.modules.values()]}))
exec(job["after"])
"""


@dataclass(frozen=True)
class Function:
    """A deployed function: its configuration, its unpacked zip, and what it runs beside."""

    configuration: Mapping[str, Any]
    code: Path
    provided: Path
    environment: Mapping[str, str]

    def run(self, event: Any, before: str = "", after: str = "") -> subprocess.CompletedProcess[str]:
        """Handle `event` in a new process, with statements to run before the import and after the answer."""
        job = {
            "path": [str(self.code), str(self.provided)],
            "name": self.configuration["FunctionName"],
            "handler": self.configuration["Handler"],
            "event": event,
            "before": before,
            "after": after,
        }
        return subprocess.run(
            [sys.executable, "-I", "-S", "-c", _RUN],
            input=json.dumps(job),
            cwd=self.code,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


def load(deployed: Deployed, function: Mapping[str, Any], folder: Path) -> Function:
    """The function that the stage's outputs describe, unpacked below `folder`."""
    found = deployed.root("dev", "lambda").get_function_configuration(FunctionName=function["alias_arn"])
    code = folder / base64.b64decode(found["CodeSha256"]).hex()
    if not code.exists():
        with zipfile.ZipFile(BytesIO(archive(deployed, found["CodeSha256"]))) as package:
            package.extractall(code)
    role = deployed.assume("dev", function["role_arn"])
    return Function(found, code, _provided(folder), _environment(deployed, found, role))


def archive(deployed: Deployed, sha256_base64: str) -> bytes:
    """The zip with this digest, from the artifact bucket."""
    layers = deployed.layers("local")
    bucket = layers.read(layers.account())["artifact_bucket_name"]
    s3, name = deployed.root("dev", "s3"), f"{base64.b64decode(sha256_base64).hex()}.zip"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="packages/")
    [key] = [
        entry["Key"]
        for page in pages
        for entry in page.get("Contents", [])
        if entry["Key"].endswith(f"/{name}")
    ]
    content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return content


def _environment(
    deployed: Deployed, configuration: Mapping[str, Any], role: boto3.Session
) -> Mapping[str, str]:
    variables: dict[str, str] = dict(configuration["Environment"]["Variables"])
    credentials: Any = role.get_credentials()
    return {
        **variables,
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_SESSION_TOKEN": credentials.token,
        "AWS_REGION": deployed.cloud.region,
        "AWS_DEFAULT_REGION": deployed.cloud.region,
        "AWS_ENDPOINT_URL": deployed.cloud.endpoint_url,
        "AWS_LAMBDA_FUNCTION_NAME": configuration["FunctionName"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration["MemorySize"]),
    }


def _provided(folder: Path) -> Path:
    """A folder with the libraries that Lambda provides, and only those."""
    provided = folder / "provided"
    if provided.exists():
        return provided
    provided.mkdir(parents=True)
    for name in PROVIDED:
        found = importlib.util.find_spec(name)
        assert found is not None, name
        assert found.origin is not None, name
        origin = Path(found.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (provided / source.name).symlink_to(source)
    return provided


def api_event(method: str, path: str, resource: str, identity_id: str, **members: Any) -> dict[str, Any]:
    """API Gateway's proxy event for a signed request. `members` are the event's own, such as body.

    https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html
    """
    headers = members.pop("headers", {"Content-Type": "application/json"})
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "path": path,
            "stage": "live",
            "requestId": "00000000-0000-4000-8000-000000000001",
            "identity": {"cognitoIdentityId": identity_id, "sourceIp": "127.0.0.1"},
        },
        "body": None,
        "isBase64Encoded": False,
        **members,
    }

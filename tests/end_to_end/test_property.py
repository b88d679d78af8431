"""Requests that nobody thought of, made from the API's description: no 5xx, no answer that it lacks."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.end_to_end.answers import expect
from tools import openapi, stages
from tools.api_client import SECONDS, User
from tools.services import all_services

EXAMPLES = 30
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

moderately = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class Signature(requests.auth.AuthBase):
    """Signs what requests is about to send, as a signed-in user."""

    def __init__(self, user: User) -> None:
        self._signer = SigV4Auth(user.credentials, "execute-api", user.outputs["region"])

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = AWSRequest(request.method, request.url, data=request.body)
        self._signer.add_auth(signed)
        request.headers.update(signed.headers.items())
        return request


def described() -> Any:
    """What `make openapi` writes; read at once, because the operations are this module's parameters."""
    mocks = stages.load().mocks
    services = [service for service in all_services() if service.name not in mocks]
    return schemathesis.openapi.from_dict(openapi.describe("https://api.example", services))


schema = described()
Case = schemathesis.Case[Any]


def hold(case: Case, user: User) -> None:
    """Send the request, signed unless the operation is public, and check the answer."""
    public = not case.operation.definition.raw.get("security")
    answer = case.call(user.outputs["api_url"], auth=None if public else Signature(user), timeout=SECONDS)
    case.validate_response(answer, checks=CHECKS)


@schema.parametrize()  # type: ignore[untyped-decorator]
@moderately
def test_any_request(case: Case, user: User) -> None:
    hold(case, user)


@pytest.fixture(scope="module")
def note_id(user: User) -> str:
    """A note that is there while it is not deleted."""
    identifier: str = expect(user.call("POST", "/notes", {"content": "A note"}), 201)["note_id"]
    return identifier


@schema.include(path_regex="note_id", method=["GET", "PUT"]).parametrize()  # type: ignore[untyped-decorator]
@moderately
def test_any_request_about_a_note_that_is_there(case: Case, user: User, note_id: str) -> None:
    case.path_parameters = {"note_id": note_id}

    hold(case, user)

"""What API Gateway checks by itself, made from what the code declares."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools import gateway

BODY = {"type": "object", "properties": {"content": {"type": "string"}}, "additionalProperties": False}
OPERATION = {
    "path": "/{note_id}",
    "method": "PUT",
    "operation_id": "update_note",
    "body": BODY,
    "parameters": [
        {"name": "note_id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}},
        {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer"}},
    ],
}


def completed(body: Any = BODY, origins: tuple[str, ...] = ("https://app.example",)) -> dict[str, Any]:
    path = {"name": "note_id", "in": "path", "required": True, "type": "string"}
    method = {"parameters": [path], "security": [{"sigv4": []}]}
    swagger: dict[str, Any] = {"paths": {"/{note_id}": {"put": method, "options": {}}}, "definitions": {}}
    gateway.complete(swagger, [{**OPERATION, "body": body}], origins)
    return swagger


def test_body_and_parameters_are_checked_by_model_and_validator() -> None:
    swagger = completed()
    method = swagger["paths"]["/{note_id}"]["put"]
    validator = swagger["x-amazon-apigateway-request-validators"][
        method["x-amazon-apigateway-request-validator"]
    ]
    assert validator == {"validateRequestBody": True, "validateRequestParameters": True}
    assert swagger["definitions"] == {"UpdateNote": BODY}
    assert method["operationId"] == "update_note"
    assert method["security"] == [{"sigv4": []}]
    assert method["parameters"] == [
        {"name": "note_id", "in": "path", "required": True, "type": "string"},
        {"name": "If-Match", "in": "header", "required": False, "type": "string"},
        {"name": "limit", "in": "query", "required": True, "type": "string"},
        {
            "name": "UpdateNote",
            "in": "body",
            "required": True,
            "schema": {"$ref": "#/definitions/UpdateNote"},
        },
    ]


def test_without_a_body_there_is_no_model() -> None:
    swagger = completed(body=None)
    assert swagger["definitions"] == {}
    assert "body" not in [entry["in"] for entry in swagger["paths"]["/{note_id}"]["put"]["parameters"]]


def test_other_methods_are_left_alone() -> None:
    assert completed()["paths"]["/{note_id}"]["options"] == {}


RESPONSES = completed()["x-amazon-apigateway-gateway-responses"]


@pytest.mark.parametrize("kind", RESPONSES)
def test_every_gateway_response_is_a_problem_document(kind: str) -> None:
    response = RESPONSES[kind]
    (template,) = response["responseTemplates"].values()
    document = json.loads(template.replace("$context.error.messageString", '"what API Gateway says"'))
    assert document.keys() == {"type", "title", "status", "detail"}
    assert document["detail"]
    assert response["statusCode"] == str(document["status"])
    headers = response["responseParameters"]
    assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
    assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'https://app.example'"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("BAD_REQUEST_BODY", "400"),
        ("BAD_REQUEST_PARAMETERS", "400"),
        ("UNSUPPORTED_MEDIA_TYPE", "400"),
        ("REQUEST_TOO_LARGE", "400"),
        ("MISSING_AUTHENTICATION_TOKEN", "403"),
        ("THROTTLED", "429"),
    ],
)
def test_what_is_wrong_with_the_request_is_a_400_and_unsigned_a_403(kind: str, status: str) -> None:
    assert RESPONSES[kind]["statusCode"] == status


def test_with_several_origins_the_callers_is_sent_back() -> None:
    swagger = completed(origins=("https://a.example", "https://b.example"))
    for response in swagger["x-amazon-apigateway-gateway-responses"].values():
        origin = response["responseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"]
        assert origin == "method.request.header.Origin"

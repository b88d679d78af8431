"""Complete the API description that Chalice writes, so that API Gateway itself checks requests.

Chalice knows routes and authorisers only. From the operations that the code declares
(shared.contract) come the models and request validators; from this page the problem documents
that API Gateway answers with when a request never reaches the code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Operation = Mapping[str, Any]

_VALIDATOR = "body-and-parameters"

# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
# Type: status, title, detail (None: API Gateway's own message). What is wrong with the request is a 400.
_GATEWAY_PROBLEMS: dict[str, tuple[int, str, str | None]] = {
    "ACCESS_DENIED": (403, "Forbidden", None),
    "API_CONFIGURATION_ERROR": (500, "Internal Server Error", None),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "Internal Server Error", None),
    "AUTHORIZER_FAILURE": (500, "Internal Server Error", None),
    "BAD_REQUEST_BODY": (
        400,
        "Bad Request",
        "The body is not what this operation takes: malformed JSON, a missing or unknown field, or a value "
        "out of bounds. The API description has the schema.",
    ),
    "BAD_REQUEST_PARAMETERS": (400, "Bad Request", None),
    "DEFAULT_4XX": (403, "Forbidden", None),
    "DEFAULT_5XX": (500, "Internal Server Error", None),
    "EXPIRED_TOKEN": (403, "Forbidden", None),
    "INTEGRATION_FAILURE": (502, "Bad Gateway", None),
    "INTEGRATION_TIMEOUT": (504, "Gateway Timeout", None),
    "INVALID_SIGNATURE": (403, "Forbidden", None),
    "MISSING_AUTHENTICATION_TOKEN": (
        403,
        "Forbidden",
        "The request is not signed (AWS Signature Version 4, service execute-api), or there is no such "
        "route.",
    ),
    "QUOTA_EXCEEDED": (429, "Too Many Requests", None),
    "REQUEST_TOO_LARGE": (400, "Bad Request", "The request is larger than 10 MB."),
    "RESOURCE_NOT_FOUND": (404, "Not Found", None),
    "THROTTLED": (429, "Too Many Requests", None),
    "UNAUTHORIZED": (401, "Unauthorized", None),
    "UNSUPPORTED_MEDIA_TYPE": (400, "Bad Request", None),
}


def complete(
    swagger: dict[str, Any], operations: Sequence[Operation], allowed_origins: Sequence[str]
) -> None:
    """Add models, validators and gateway responses to Chalice's Swagger document, in place.

    `operations` is what shared.contract.describe returns for the same application.
    """
    swagger["x-amazon-apigateway-request-validators"] = {
        _VALIDATOR: {"validateRequestBody": True, "validateRequestParameters": True}
    }
    swagger["x-amazon-apigateway-gateway-responses"] = _gateway_responses(allowed_origins)
    for operation in operations:
        method = swagger["paths"][operation["path"]][operation["method"].lower()]
        method["operationId"] = operation["operation_id"]
        method["x-amazon-apigateway-request-validator"] = _VALIDATOR
        parameters = [entry for entry in method.get("parameters", []) if entry["in"] == "path"]
        parameters += [
            {"name": entry["name"], "in": entry["in"], "required": bool(entry["required"]), "type": "string"}
            for entry in operation["parameters"]
            if entry["in"] != "path"
        ]
        if operation["body"] is not None:
            model = model_name(operation["operation_id"])
            swagger["definitions"][model] = operation["body"]
            reference = {"$ref": f"#/definitions/{model}"}
            parameters.append({"name": model, "in": "body", "required": True, "schema": reference})
        method["parameters"] = parameters


def problem(kind: str) -> dict[str, Any]:
    """The problem document that API Gateway answers with; for a `kind` whose detail is our own."""
    status, title, detail = _GATEWAY_PROBLEMS[kind]
    return {"type": "about:blank", "title": title, "status": status, "detail": detail}


def model_name(operation_id: str) -> str:
    """API Gateway takes letters and digits only: create_note becomes CreateNote."""
    return "".join(word.capitalize() for word in operation_id.split("_"))


def _gateway_responses(allowed_origins: Sequence[str]) -> dict[str, Any]:
    # These answers hold nothing of the user's, so with several origins the caller's is sent back.
    origin = f"'{allowed_origins[0]}'" if len(allowed_origins) == 1 else "method.request.header.Origin"
    headers = {
        "gatewayresponse.header.Access-Control-Allow-Origin": origin,
        "gatewayresponse.header.Content-Type": "'application/problem+json'",
    }
    responses = {}
    for kind, (status, title, detail) in _GATEWAY_PROBLEMS.items():
        start = json.dumps({"type": "about:blank", "title": title, "status": status})
        # messageString comes quoted.
        message = "$context.error.messageString" if detail is None else json.dumps(detail)
        responses[kind] = {
            "statusCode": str(status),
            "responseParameters": headers,
            "responseTemplates": {"application/json": f'{start[:-1]}, "detail": {message}}}'},
        }
    return responses

"""What a stage of a REST API serves, as API Gateway itself exports it.

A deployment's description is a label that anybody can write. The export is made from the deployed snapshot:
https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from tools.cloud import Cloud, client
from tools.stages import Account

Document = Mapping[str, Any]

_EXTENSION = "x-amazon-apigateway-"
# What callers can tell apart. The rest of an export (info, host, basePath) names the moment and the address.
_SERVED = (
    *("paths", "definitions", "securityDefinitions"),
    *(
        f"{_EXTENSION}{name}"
        for name in ("binary-media-types", "gateway-responses", "minimum-compression-size")
    ),
    *(f"{_EXTENSION}{name}" for name in ("policy", "request-validator", "request-validators")),
)


def served(cloud: Cloud, account: Account, api: str) -> Document:
    """What the stage `api` (`<id>/<stage>`) serves, as a Swagger 2.0 document with Amazon's extensions."""
    rest_api, _, stage = api.partition("/")
    answer = client(cloud, account, "apigateway").get_export(
        restApiId=rest_api,
        stageName=stage,
        exportType="swagger",
        parameters={"extensions": "apigateway"},
        accepts="application/json",
    )
    document: Document = json.loads(answer["body"].read())
    return {name: document[name] for name in _SERVED if document.get(name)}


def digest(document: Document) -> str:
    """A SHA-256 (hex) of what is served; the order of lists that have none does not count."""
    return hashlib.sha256(json.dumps(_ordered(document), sort_keys=True).encode()).hexdigest()


def differences(document: Document, body: str) -> list[str]:
    """How what is served differs from `body`, the imported description: routes and what answers them.

    Only what an export repeats as it was imported is compared. API Gateway leaves out of models what it does
    not know: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
    """
    wanted, found = dict(_routes(json.loads(body))), dict(_routes(document))
    return [
        *(f"{route} is missing" for route in sorted(wanted.keys() - found.keys())),
        *(f"{route} is not of this release" for route in sorted(found.keys() - wanted.keys())),
        *(
            f"{route} is answered by something else"
            for route in sorted(wanted.keys() & found.keys())
            if wanted[route] != found[route]
        ),
    ]


def _routes(document: Document) -> Iterator[tuple[str, tuple[str, str]]]:
    """`GET /notes` and the like, with the type and the address of what answers it."""
    for path, methods in document.get("paths", {}).items():
        for method, operation in methods.items():
            integration = operation.get(f"{_EXTENSION}integration") if isinstance(operation, dict) else None
            if integration:
                name = "ANY" if method == f"{_EXTENSION}any-method" else method.upper()
                answers = str(integration.get("type", "")).lower(), str(integration.get("uri", ""))
                yield f"{name} /{path.strip('/')}", answers


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _ordered(item) for name, item in value.items()}
    if isinstance(value, list):
        return sorted((_ordered(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value

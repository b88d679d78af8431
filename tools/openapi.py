"""The OpenAPI description of the whole API, from what the code declares of its operations."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from tools import environments, packaging, references
from tools.gateway import model_name
from tools.paths import REPOSITORY

_REGION = "us-east-1"  # of a description, which is the same in each
_SIGNED: list[dict[str, list[str]]] = [{"sigv4": []}]


def describe(server_url: str, services: list[Path]) -> dict[str, Any]:
    """An OpenAPI 3.0 document of the operations of `services` under `server_url`.

    OpenAPI 3.0 schemas have no type lists: ["string", "null"] becomes a nullable string.
    """
    paths: dict[str, dict[str, Any]] = {}
    for service in services:
        config = references.loose(service)
        if config.get("base_path") is None:
            continue
        for operation in packaging.operations(service, [service, REPOSITORY], _environment(config)):
            path = f"/{config['base_path']}{operation['path']}".rstrip("/")
            paths.setdefault(path, {})[operation["method"].lower()] = _operation(operation)
    _tell_apart(paths)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Notes",
            "version": "1",
            "description": "Calls are signed with AWS Signature Version 4 (service execute-api) and the "
            "temporary credentials of the identity pool. Errors are RFC 9457 problem documents.",
        },
        "servers": [{"url": server_url}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                }
            }
        },
    }


def _tell_apart(paths: dict[str, dict[str, Any]]) -> None:
    """Operations of several services with the same id get that of their base path before it, too.

    https://spec.openapis.org/oas/v3.0.3#operation-object: the id must be unique among all operations.
    """
    found = [(path.split("/")[1], one) for path, methods in paths.items() for one in methods.values()]
    used = Counter(operation["operationId"] for _, operation in found)
    for base_path, operation in found:
        if used[operation["operationId"]] > 1:
            operation["operationId"] = f"{base_path.replace('-', '_')}_{operation['operationId']}"


def _environment(config: dict[str, Any]) -> dict[str, str]:
    """What app.py reads while it is imported; the values do not matter for a description."""
    variables = {key: str(value) for key, value in config["stage"].get("environment_variables", {}).items()}
    return {**environments.without_aws(_REGION), **variables, "LOG_LEVEL": "INFO"}


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation["operation_id"],
        "summary": operation["summary"],
        "security": [] if operation["public"] else _SIGNED,
        "parameters": [
            {
                "name": parameter["name"],
                "in": parameter["in"],
                "required": parameter["required"],
                "description": parameter.get("description", ""),
                "schema": _schema(parameter["schema"]),
            }
            for parameter in operation["parameters"]
        ],
        "responses": {status: _response(answer) for status, answer in sorted(operation["responses"].items())},
    }
    if operation["body"] is not None:
        described["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"title": model_name(operation["operation_id"]), **_schema(operation["body"])}
                }
            },
        }
    return described


def _response(answer: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": answer["description"]}
    if answer.get("headers"):
        described["headers"] = {
            name: {"description": header["description"], "schema": _schema(header["schema"])}
            for name, header in answer["headers"].items()
        }
    schema = answer.get("schema")
    if schema is not None:
        problem = schema.get("title") == "Problem"
        media_type = "application/problem+json" if problem else "application/json"
        described["content"] = {media_type: {"schema": _schema(schema)}}
    return described


def _schema(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_schema(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {key: _schema(value) for key, value in schema.items() if key != "$schema"}
    types = converted.get("type")
    if isinstance(types, list):
        (converted["type"],) = [name for name in types if name != "null"]
        if "null" in types:
            converted["nullable"] = True
    return converted

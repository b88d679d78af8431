"""An API definition (Swagger 2.0 or OpenAPI 3.0, Amazon's extensions) as API Gateway's operations take it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

import json
from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]

_EXTENSION = "x-amazon-apigateway-"
_METHODS = {name: name.upper() for name in ("delete", "get", "head", "options", "patch", "post", "put")} | {
    f"{_EXTENSION}any-method": "ANY"
}
_LOCATIONS = {"header": "header", "path": "path", "query": "querystring"}


class DefinitionError(Exception):
    """The definition cannot be imported; the message says what is wrong with it."""


class Definition:
    """Reads one definition; every method gives the input of API Gateway's operation of that name."""

    def __init__(self, document: Any) -> None:
        if not isinstance(document, dict) or not ("swagger" in document or "openapi" in document):
            raise DefinitionError("the body is neither a Swagger 2.0 nor an OpenAPI 3.0 document")
        if not isinstance(document.get("paths", {}), dict):
            raise DefinitionError("paths is not an object")
        self.document: Document = document

    def settings(self) -> Document:
        """What the definition says of the API as a whole, in the shape of UpdateRestApi's properties."""
        info = self.document.get("info") or {}
        endpoint = self.document.get(f"{_EXTENSION}endpoint-configuration") or {}
        return {
            "name": str(info.get("title") or "imported"),
            "description": info.get("description"),
            "version": str(info["version"]) if "version" in info else None,
            "apiKeySource": self.document.get(f"{_EXTENSION}api-key-source") or "HEADER",
            "binaryMediaTypes": self.document.get(f"{_EXTENSION}binary-media-types") or [],
            "disableExecuteApiEndpoint": bool(endpoint.get("disableExecuteApiEndpoint", False)),
            "minimumCompressionSize": self.document.get(f"{_EXTENSION}minimum-compression-size"),
            "policy": self.document.get(f"{_EXTENSION}policy"),
        }

    def models(self, api_id: str) -> Iterator[Document]:
        """CreateModel for each schema; a reference becomes the address of the model it names."""
        schemas = self.document.get("definitions")
        if schemas is None:
            schemas = (self.document.get("components") or {}).get("schemas")
        for name, schema in (schemas or {}).items():
            rewritten = _rewrite_references(
                schema, f"https://apigateway.amazonaws.com/restapis/{api_id}/models/"
            )
            yield {"name": name, "contentType": "application/json", "schema": json.dumps(rewritten)}

    def validators(self) -> Iterator[Document]:
        """CreateRequestValidator."""
        for name, checks in (self.document.get(f"{_EXTENSION}request-validators") or {}).items():
            yield {
                "name": name,
                "validateRequestBody": bool(checks.get("validateRequestBody")),
                "validateRequestParameters": bool(checks.get("validateRequestParameters")),
            }

    def validator_name(self, operation: Document) -> str | None:
        """The validator of the method: its own, else the API's."""
        key = f"{_EXTENSION}request-validator"
        name: str | None = operation.get(key, self.document.get(key))
        return name

    def gateway_responses(self) -> Iterator[tuple[str, Document]]:
        """PutGatewayResponse, by response type."""
        for kind, response in (self.document.get(f"{_EXTENSION}gateway-responses") or {}).items():
            kept = ("statusCode", "responseParameters", "responseTemplates")
            given = {key: response[key] for key in kept if response.get(key) is not None}
            if "statusCode" in given:
                given["statusCode"] = str(given["statusCode"])
            yield kind, given

    def paths(self) -> Iterator[tuple[str, dict[str, Document]]]:
        """Each path with its operations by HTTP method; parameters of the path are in every operation."""
        for path, item in (self.document.get("paths") or {}).items():
            if not path.startswith("/"):
                raise DefinitionError(f"the path {path} does not begin with /")
            shared = item.get("parameters") or []
            yield (
                "/" + path.strip("/"),
                {
                    _METHODS[name]: operation | {"parameters": shared + (operation.get("parameters") or [])}
                    for name, operation in item.items()
                    if name in _METHODS
                },
            )

    def method(self, operation: Document) -> Document:
        """PutMethod, without its authorization and validator."""
        parameters, models = {}, {}
        for given in operation["parameters"]:
            parameter = self._resolve(given)
            location = parameter.get("in")
            if location in _LOCATIONS:
                source = f"method.request.{_LOCATIONS[location]}.{parameter['name']}"
                parameters[source] = bool(parameter.get("required", location == "path"))
            elif location == "body":
                for media_type in self._media_types(operation, "consumes"):
                    models[media_type] = _model_name(parameter.get("schema"))
        body = self._resolve(operation.get("requestBody") or {})
        models |= {
            name: _model_name(content.get("schema")) for name, content in body.get("content", {}).items()
        }
        return {
            "operationName": operation.get("operationId") or "",
            "requestParameters": parameters,
            "requestModels": {media_type: name for media_type, name in models.items() if name},
        }

    def method_responses(self, operation: Document) -> Iterator[tuple[str, Document]]:
        """PutMethodResponse, by status."""
        for status, given in (operation.get("responses") or {}).items():
            if not str(status).isdigit():
                continue  # `default` names no status, and API Gateway has no method response without one
            response = self._resolve(given)
            models = {
                media_type: _model_name(response.get("schema"))
                for media_type in self._media_types(operation, "produces")
            } | {
                name: _model_name(content.get("schema"))
                for name, content in response.get("content", {}).items()
            }
            yield (
                str(status),
                {
                    "responseParameters": {
                        f"method.response.header.{name}": False for name in response.get("headers") or {}
                    },
                    "responseModels": {media_type: name for media_type, name in models.items() if name},
                },
            )

    def integration(self, operation: Document) -> Document | None:
        """PutIntegration."""
        given = operation.get(f"{_EXTENSION}integration")
        if given is None:
            return None
        if not given.get("type"):
            raise DefinitionError("an integration has no type")
        integration = {key: value for key, value in given.items() if key not in ("responses", "type")}
        for key in ("passthroughBehavior", "contentHandling"):
            if integration.get(key):
                integration[key] = integration[key].upper()
        return integration | {"type": given["type"].upper()}

    def integration_responses(self, operation: Document) -> Iterator[tuple[str, Document]]:
        """PutIntegrationResponse, by status; the key of each is the pattern that selects it."""
        responses = (operation.get(f"{_EXTENSION}integration") or {}).get("responses") or {}
        for pattern, response in responses.items():
            selection = {} if pattern == "default" else {"selectionPattern": pattern}
            yield str(response.get("statusCode", "200")), response | selection

    def _media_types(self, operation: Document, key: str) -> list[str]:
        found: list[str] = operation.get(key) or self.document.get(key) or ["application/json"]
        return found

    def _resolve(self, given: Document) -> Document:
        """The object itself, or what its reference within the document names."""
        reference = given.get("$ref")
        if reference is None:
            return given
        found: Any = self.document
        for part in str(reference).removeprefix("#/").split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise DefinitionError(f"nothing is at {reference}")
        return found


def _model_name(schema: Document | None) -> str | None:
    reference = (schema or {}).get("$ref")
    if schema and reference is None:
        raise DefinitionError("the schema of a body is not a reference to a definition")
    return str(reference).rpartition("/")[2] if reference else None


def _rewrite_references(value: Any, base: str) -> Any:
    if isinstance(value, list):
        return [_rewrite_references(item, base) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base + item.rpartition("/")[2]
        if key == "$ref"
        and isinstance(item, str)
        and item.startswith(("#/definitions/", "#/components/schemas/"))
        else _rewrite_references(item, base)
        for key, item in value.items()
    }

"""PutRestApi and ImportRestApi, made of MiniStack's own operations.

https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html
"""

import copy
import json
from collections.abc import Awaitable, Callable
from typing import Any

from tools.local_cloud.gaps.api_definition import Definition, DefinitionError, Document
from tools.local_cloud.patching import module, patch, require

Response = tuple[int, dict[str, Any], bytes]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, list[str]]], Awaitable[Response]]

# What one API consists of besides its deployments and stages, which an import leaves alone.
_STORES = (
    "_rest_apis",
    "_resources",
    "_models",
    "_request_validators",
    "_gateway_responses",
    "_authorizers_v1",
)


def install() -> None:
    """Serve the two calls in front of MiniStack's API Gateway."""
    apis = module("services.apigateway_v1")
    require(apis, *_STORES, "_import_security_schemes", "_method_security", "_v1_error")

    def make(original: Handler) -> Handler:
        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, list[str]]
        ) -> Response:
            parts = [part for part in path.split("/") if part]
            mode = (query_params.get("mode") or [""])[0]
            if method == "POST" and parts == ["restapis"] and mode == "import":
                return await _import(original, body)
            if method == "PUT" and len(parts) == 2 and parts[0] == "restapis":
                return await _put(original, parts[1], mode or "merge", body)
            return await original(method, path, headers, body, query_params)

        return handle

    patch(apis, "handle_request", "method path headers body query_params", make)


async def _import(handler: Handler, body: bytes) -> Response:
    name = "imported"
    status, headers, created = await handler("POST", "/restapis", {}, json.dumps({"name": name}).encode(), {})
    if status >= 300:
        return status, headers, created
    api_id = json.loads(created)["id"]
    answer = await _put(handler, api_id, "overwrite", body)
    if answer[0] >= 300:
        await handler("DELETE", f"/restapis/{api_id}", {}, b"", {})
        return answer
    return (201, *answer[1:])


async def _put(handler: Handler, api_id: str, mode: str, body: bytes) -> Response:
    apis = module("services.apigateway_v1")
    if api_id not in apis._rest_apis:
        return _error("NotFoundException", "Invalid API identifier specified", 404)
    if mode not in ("merge", "overwrite"):
        return _error("BadRequestException", f"Invalid mode {mode}: merge or overwrite", 400)
    before = {name: copy.deepcopy(getattr(apis, name).get(api_id)) for name in _STORES}
    try:
        definition = Definition(json.loads(body))
        await _Import(handler, api_id, definition).run(overwrite=mode == "overwrite")
    except (ValueError, DefinitionError) as error:
        for name, value in before.items():
            if value is None:
                getattr(apis, name).pop(api_id, None)
            else:
                getattr(apis, name)[api_id] = value
        return _error("BadRequestException", f"Unable to put the API: {error}", 400)
    return await handler("GET", f"/restapis/{api_id}", {}, b"", {})


def _error(code: str, message: str, status: int) -> Response:
    answer: Response = module("services.apigateway_v1")._v1_error(code, message, status)
    return answer


class _Import:
    """One definition on its way into one API."""

    def __init__(self, handler: Handler, api_id: str, definition: Definition) -> None:
        self._handler = handler
        self._api_id = api_id
        self._definition = definition
        self._apis = module("services.apigateway_v1")

    async def run(self, *, overwrite: bool) -> None:
        """Bring the API to the definition; with `overwrite` nothing else is left."""
        if overwrite:
            await self._clear()
        api = self._apis._rest_apis[self._api_id]
        settings = self._definition.settings()
        api.update(settings if overwrite else {key: value for key, value in settings.items() if value})
        known = {model["name"] for model in await self._items("/models")}
        for model in self._definition.models(self._api_id):
            if model["name"] in known:
                await self._call("DELETE", f"/models/{model['name']}")
            await self._call("POST", "/models", model)
        validators = {found["name"]: found["id"] for found in await self._items("/requestvalidators")}
        for validator in self._definition.validators():
            if validator["name"] in validators:
                await self._call("DELETE", f"/requestvalidators/{validators[validator['name']]}")
            made = await self._call("POST", "/requestvalidators", validator)
            validators[validator["name"]] = made["id"]
        for kind, response in self._definition.gateway_responses():
            await self._call("PUT", f"/gatewayresponses/{kind}", response)
        schemes = self._apis._import_security_schemes(self._api_id, self._definition.document)
        resources = {resource["path"]: resource["id"] for resource in await self._items("/resources")}
        for path, methods in self._definition.paths():
            resource = await self._resource(path, resources)
            for http_method, operation in methods.items():
                await self._method(
                    f"/resources/{resource}/methods/{http_method}", operation, schemes, validators
                )

    async def _clear(self) -> None:
        for resource in await self._items("/resources"):
            if resource["path"] != "/":
                await self._call("DELETE", f"/resources/{resource['id']}")
                continue
            for http_method in list(resource.get("resourceMethods", {})):
                await self._call("DELETE", f"/resources/{resource['id']}/methods/{http_method}")
        for model in await self._items("/models"):
            await self._call("DELETE", f"/models/{model['name']}")
        for collection in ("/requestvalidators", "/authorizers"):
            for found in await self._items(collection):
                await self._call("DELETE", f"{collection}/{found['id']}")
        for response in await self._items("/gatewayresponses"):
            if not response.get("defaultResponse"):
                await self._call("DELETE", f"/gatewayresponses/{response['responseType']}")

    async def _resource(self, path: str, resources: dict[str, str]) -> str:
        """The id of the resource at `path`, made with its parents where they are missing."""
        if path not in resources:
            parent, _, part = path.rpartition("/")
            parent_id = await self._resource(parent or "/", resources)
            made = await self._call("POST", f"/resources/{parent_id}", {"pathPart": part})
            resources[path] = made["id"]
        return resources[path]

    async def _method(
        self, path: str, operation: Document, schemes: Document, validators: dict[str, str]
    ) -> None:
        definition = self._definition
        method = definition.method(operation) | self._apis._method_security(
            operation.get("security", definition.document.get("security")), schemes
        )
        validator = definition.validator_name(operation)
        if validator:
            if validator not in validators:
                raise DefinitionError(f"no request validator is named {validator}")
            method["requestValidatorId"] = validators[validator]
        await self._call("PUT", path, method)
        for status, response in definition.method_responses(operation):
            await self._call("PUT", f"{path}/responses/{status}", response)
        integration = definition.integration(operation)
        if integration is None:
            return
        await self._call("PUT", f"{path}/integration", integration)
        for status, response in definition.integration_responses(operation):
            await self._call("PUT", f"{path}/integration/responses/{status}", response)

    async def _items(self, path: str) -> list[Document]:
        found = await self._call("GET", path, query={"limit": ["500"]})
        items: list[Document] = found.get("item") or found.get("items") or []
        return items

    async def _call(
        self, method: str, path: str, data: Document | None = None, query: dict[str, list[str]] | None = None
    ) -> Document:
        body = json.dumps(data).encode() if data is not None else b""
        status, _, answer = await self._handler(
            method, f"/restapis/{self._api_id}{path}", {}, body, query or {}
        )
        if status >= 300:
            raise DefinitionError(f"{method} {path} was refused: {answer.decode(errors='replace')}")
        document: Document = json.loads(answer) if answer else {}
        return document

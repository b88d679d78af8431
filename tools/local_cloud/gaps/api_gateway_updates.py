"""API Gateway's updates that MiniStack lacks or stores in a shape that AWS never answers.

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

import json
from collections.abc import Callable
from typing import Any

from tools.local_cloud.patching import module, patch, require

Document = dict[str, Any]

# AWS leaves these out where they are not configured; an empty object is drift to the AWS provider.
_LEFT_OUT_WHEN_EMPTY = ("accessLogSettings", "mutualTlsAuthentication")


def install() -> None:
    """Patch updates of APIs, domain names and base path mappings, and what all answers have in common."""
    apis = module("services.apigateway_v1")
    require(apis, "_apply_patch", "_domain_names", "_base_path_mappings", "_get_domain_name")
    patch(apis, "_v1_response", "data status", _answers_without_empty_settings)
    patch(apis, "_update_rest_api", "api_id data", _updates_typed_properties)
    patch(apis, "handle_request", "method path headers body query_params", _updates_domains)


def _answers_without_empty_settings(original: Callable[..., Any]) -> Callable[..., Any]:
    def clean(document: Any) -> Any:
        if not isinstance(document, dict):
            return document
        return {key: value for key, value in document.items() if value or key not in _LEFT_OUT_WHEN_EMPTY}

    def answer(data: Any, status: int = 200) -> Any:
        document = clean(data)
        if isinstance(document, dict) and isinstance(document.get("item"), list):
            document["item"] = [clean(item) for item in document["item"]]
        return original(document, status)

    return answer


def _updates_typed_properties(original: Callable[..., Any]) -> Callable[..., Any]:
    apis = module("services.apigateway_v1")

    def update(api_id: str, data: Document) -> Any:
        api = apis._rest_apis.get(api_id)
        operations = data.get("patchOperations", [])
        if api is None:
            return original(api_id, data)
        return original(api_id, {"patchOperations": [one for one in operations if not _apply(api, one)]})

    return update


def _apply(api: Document, operation: Document) -> bool:
    """Apply one patch operation to a property that is not plain text; False for any other."""
    name, *rest = (
        part.replace("~1", "/").replace("~0", "~") for part in operation.get("path", "").strip("/").split("/")
    )
    removes, value = operation.get("op") == "remove", operation.get("value")
    if name == "binaryMediaTypes" and rest:
        kept = [media_type for media_type in api.get("binaryMediaTypes") or [] if media_type != rest[0]]
        added = [] if removes else [value if operation.get("op") == "replace" and value else rest[0]]
        api[name] = kept + added
    elif name == "minimumCompressionSize":
        api[name] = None if removes or value in (None, "") else int(str(value))
    elif name == "disableExecuteApiEndpoint":
        api[name] = str(value).lower() == "true"
    elif name == "endpointConfiguration" and rest[:1] == ["types"]:
        api[name] = (api.get(name) or {}) | {"types": [value]}
    else:
        return False
    return True


def _updates_domains(original: Callable[..., Any]) -> Callable[..., Any]:
    """UpdateDomainName and UpdateBasePathMapping, which MiniStack does not serve."""
    apis = module("services.apigateway_v1")

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, list[str]]
    ) -> Any:
        parts = [part for part in path.split("/") if part]
        if method != "PATCH" or parts[:1] != ["domainnames"] or len(parts) not in (2, 4):
            return await original(method, path, headers, body, query_params)
        record = apis._domain_names.get(parts[1])
        if len(parts) == 4:
            record = apis._base_path_mappings.get(parts[1], {}).get(parts[3])
        if record is not None:
            for operation in json.loads(body or b"{}").get("patchOperations", []):
                name = operation["path"].strip("/")
                if len(parts) == 4 and name == "basePath":
                    mappings = apis._base_path_mappings[parts[1]]
                    new = operation["value"] or "(none)"
                    mappings[new] = mappings.pop(parts[3]) | {"basePath": new}
                    parts[3] = new
                    record = mappings[new]
                elif len(parts) == 4:
                    record["restApiId" if name == "restapiId" else name] = operation.get("value") or ""
                else:
                    apis._apply_patch(record, [operation])
        return await original("GET", "/" + "/".join(parts), headers, b"", {})

    return handle

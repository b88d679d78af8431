"""An export of a stage is of what the stage serves, with IAM authorisation, validators and gateway responses.

MiniStack exports the API as it is described now, and leaves those out: an export could not tell an API that
demands signatures from one that does not.
https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

import copy
from collections.abc import Callable
from typing import Any

from tools.local_cloud.gaps import deployment_snapshots
from tools.local_cloud.patching import module, patch, require

_EXTENSION = "x-amazon-apigateway-"
_SIGNED = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    f"{_EXTENSION}authtype": "awsSigv4",
}


def install() -> None:
    """Export by the snapshot of the stage's deployment."""
    apis = module("services.apigateway_v1")
    require(apis, "_resources", "_request_validators", "_stages_v1", "_deployed_gateway_responses")

    def exports(original: Callable[..., Any]) -> Callable[..., Any]:
        def export(api_id: str, stage_name: str, *format_of_it: Any) -> Any:
            with deployment_snapshots.serving(api_id, stage_name):
                return original(api_id, stage_name, *format_of_it)

        return export

    def builds(original: Callable[..., Any]) -> Callable[..., Any]:
        def build(api_id: str, stage_name: str, kind: str, integrations: bool, authorizers: bool) -> Any:
            document = original(api_id, stage_name, kind, integrations, authorizers)
            if kind == "swagger":
                _complete(apis, document, api_id, stage_name, extended=integrations)
            return document

        return build

    patch(apis, "_get_export", "api_id stage_name export_type headers query_params", exports)
    patch(
        apis,
        "_build_api_export",
        "api_id stage_name export_type include_integrations include_authorizers",
        builds,
    )


def _complete(apis: Any, document: dict[str, Any], api_id: str, stage_name: str, extended: bool) -> None:
    validators = apis._request_validators.get(api_id) or {}
    for resource in (apis._resources.get(api_id) or {}).values():
        for http_method, method in resource.get("resourceMethods", {}).items():
            key = f"{_EXTENSION}any-method" if http_method == "ANY" else http_method.lower()
            operation = document["paths"][resource.get("path", "/")][key]
            if method.get("authorizationType") == "AWS_IAM":
                operation["security"] = [*operation.get("security", []), {"sigv4": []}]
                document.setdefault("securityDefinitions", {})["sigv4"] = copy.deepcopy(_SIGNED)
            validator = validators.get(method.get("requestValidatorId"))
            if extended and validator:
                operation[f"{_EXTENSION}request-validator"] = validator["name"]
    if extended and validators:
        document[f"{_EXTENSION}request-validators"] = {
            found["name"]: {
                name: bool(found.get(name)) for name in ("validateRequestBody", "validateRequestParameters")
            }
            for found in validators.values()
        }
    deployment = apis._stages_v1[api_id][stage_name].get("deploymentId")
    responses = (apis._deployed_gateway_responses.get(api_id) or {}).get(deployment) or {}
    if extended and responses:
        kept = ("statusCode", "responseParameters", "responseTemplates")
        document[f"{_EXTENSION}gateway-responses"] = {
            kind: {name: response[name] for name in kept if response.get(name)}
            for kind, response in responses.items()
        }

"""An IAM denial by API Gateway is answered by the API's gateway response, with its CORS headers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import json
from collections.abc import Callable
from typing import Any

from tools.local_cloud.patching import module, patch, require

_PARAMETERS = "api_id stage method execute_path headers query_params iam_action"


def install() -> None:
    """Patch the place where MiniStack answers a denied execute-api call."""
    app, apis, responses = module("app"), module("services.apigateway_v1"), module("core.responses")
    require(apis, "_gateway_error_response", "_gw_error", "find_api_scope", "stages_for_api")
    require(responses, "new_uuid", "request_scope")

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def enforce(
            api_id: str,
            stage: str,
            method: str,
            execute_path: str,
            headers: dict[str, str],
            query_params: dict[str, Any],
            iam_action: str = "execute-api:Invoke",
        ) -> Any:
            denied = original(api_id, stage, method, execute_path, headers, query_params, iam_action)
            message = _denial_message(denied)
            owner = apis.find_api_scope(api_id)
            deployed = apis.stages_for_api(api_id).get(stage)
            if message is None or owner is None or deployed is None:
                return denied
            request = {
                "api_id": api_id,
                "stage_name": stage,
                "stage": deployed,
                "headers": headers,
                "query_params": query_params,
                "path_params": {},
                "resource_path": "",
                "request_id": responses.new_uuid(),
            }
            with responses.request_scope(*owner):
                return apis._gateway_error_response(apis._gw_error("ACCESS_DENIED", message), request)

        return enforce

    patch(app, "_enforce_execute_api", _PARAMETERS, make)


def _denial_message(response: Any) -> str | None:
    """The message of a plain IAM denial; None for anything else, such as an answer already rendered."""
    if response is None or response[0] != 403:
        return None
    names = {name.lower(): value for name, value in response[1].items()}
    if (
        not names.get("x-amzn-errortype", "").startswith("AccessDenied")
        and b"AccessDenied" not in response[2]
    ):
        return None
    try:
        document = json.loads(response[2])
    except ValueError:
        return None
    message = document.get("Message") or document.get("message")
    return message if isinstance(message, str) else None

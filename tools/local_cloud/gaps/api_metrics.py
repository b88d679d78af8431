"""Every request to a REST API is measured by API, and by API and stage. MiniStack measures none.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

import functools
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tools.local_cloud.patching import module, patch, require


def install() -> None:
    """Patch the two places that answer: the API, and IAM before it."""
    apis, responses = module("services.apigateway_v1"), module("core.responses")
    require(apis, "find_api_scope", "_rest_apis")
    require(responses, "request_scope")
    patch(apis, "handle_execute", "api_id stage_name method path headers body query_params", _measures)
    patch(
        module("app"),
        "_enforce_execute_api",
        "api_id stage method execute_path headers query_params iam_action",
        _measures_denials,
    )


def _measures(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(original)
    async def execute(api_id: str, stage_name: str, *request: Any) -> Any:
        began = time.monotonic()
        answer = await original(api_id, stage_name, *request)
        _record(api_id, stage_name, answer[0], 1000 * (time.monotonic() - began))
        return answer

    return execute


def _measures_denials(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def enforce(api_id: str, stage: str, *request: Any, **named: Any) -> Any:
        denied = original(api_id, stage, *request, **named)
        if denied is not None:
            _record(api_id, stage, denied[0], 0.0)
        return denied

    return enforce


def _record(api_id: str, stage_name: str, status: int, milliseconds: float) -> None:
    apis, responses = module("services.apigateway_v1"), module("core.responses")
    owner = apis.find_api_scope(api_id)
    if owner is None:
        return
    with responses.request_scope(*owner):
        by_api = {"ApiName": str(apis._rest_apis[api_id].get("name", ""))}
        record = module("services.cloudwatch").record_metric
        for measured in (by_api, by_api | {"Stage": stage_name}):
            record("AWS/ApiGateway", "Count", 1, "Count", measured)
            record("AWS/ApiGateway", "4XXError", int(400 <= status < 500), "Count", measured)
            record("AWS/ApiGateway", "5XXError", int(status >= 500), "Count", measured)
            record("AWS/ApiGateway", "Latency", milliseconds, "Milliseconds", measured)

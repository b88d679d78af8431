"""A function with a reserved concurrency of 0 gets no asynchronous event, and no event is tried again.

Lambda sends each new one to the dead-letter queue or the on-failure destination at once. MiniStack tries it as
often as one on which the function failed, with pauses between.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from collections.abc import Callable
from typing import Any

from tools.local_cloud.patching import module, patch, require


def install() -> None:
    """Patch what every asynchronous invocation comes through."""
    functions = module("services.lambda_svc")
    require(functions, "_reserved_concurrency", "_event_invoke_config")
    patch(functions, "invoke_async_with_retry", "func event", _gives_up_at_once)


def _gives_up_at_once(original: Callable[..., None]) -> Callable[..., None]:
    functions = module("services.lambda_svc")

    def invoke(func: dict[str, Any], event: Any) -> None:
        if functions._reserved_concurrency(func, func.get("config") or func) == 0:
            settings = func.get("event_invoke_config") or functions._event_invoke_config(func, None) or {}
            func = func | {"event_invoke_config": settings | {"MaximumRetryAttempts": 0}}
        original(func, event)

    return invoke

"""A function's reserved concurrency counts for all its versions, and with 0 no asynchronous event is retried.

Lambda then sends each new event to the dead-letter queue or the on-failure destination at once. MiniStack
retries it as one on which the function failed, and looks for the concurrency of a version in the version.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from collections.abc import Callable
from typing import Any

from tools.local_cloud.patching import module, patch, require

Record = dict[str, Any]


def install() -> None:
    """Patch where a concurrency is looked up, and what every asynchronous invocation comes through."""
    functions = module("services.lambda_svc")
    require(functions, "_functions", "_account_region_from_function_config", "_event_invoke_config")
    patch(functions, "_reserved_concurrency", "func config", _is_of_the_function)
    patch(functions, "invoke_async_with_retry", "func event", _gives_up_at_once)


def _is_of_the_function(original: Callable[..., int | None]) -> Callable[..., int | None]:
    functions = module("services.lambda_svc")

    def reserved(func: Record, config: Record) -> int | None:
        account, region = functions._account_region_from_function_config(config)
        owner = functions._functions.get_scoped(account, region, config.get("FunctionName"))
        return original(owner or func, config)

    return reserved


def _gives_up_at_once(original: Callable[..., None]) -> Callable[..., None]:
    functions = module("services.lambda_svc")

    def invoke(func: Record, event: Any) -> None:
        if functions._reserved_concurrency(func, func.get("config") or func) == 0:
            settings = func.get("event_invoke_config") or functions._event_invoke_config(func, None) or {}
            func = func | {"event_invoke_config": settings | {"MaximumRetryAttempts": 0}}
        original(func, event)

    return invoke

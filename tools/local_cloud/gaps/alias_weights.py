"""An alias's weights decide, for every invocation anew, which version answers.

https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
"""

import random
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from tools.local_cloud.patching import module, patch, require

Record = dict[str, Any]

# Set while GetFunction and its like read: they describe the alias's main version, they do not invoke.
_reading: ContextVar[bool] = ContextVar("local_cloud_reading_function", default=False)
# The alias ARN that the current Invoke call named, and the version ARN that was drawn for it.
_drawn: ContextVar[tuple[str, str] | None] = ContextVar("local_cloud_drawn_alias", default=None)


def draw_version(alias: Record) -> str:
    """The version that the next invocation of `alias` goes to."""
    point = random.random()  # noqa: S311 - it shares out traffic, it guards nothing
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    for version, weight in weights.items():
        point -= float(weight)
        if point < 0:
            return str(version)
    return str(alias.get("FunctionVersion", "$LATEST"))


def install() -> None:
    """Patch each place where MiniStack turns an alias into what it executes."""
    functions = module("services.lambda_svc")
    require(functions, "_functions", "_func_arn", "_event_invoke_config")
    patch(functions, "_effective_func_record_for_qualifier", "func qualifier", _draws_on_resolution)
    for reader in ("_get_function", "_get_function_config"):
        patch(functions, reader, "name qualifier", _reads)
    patch(functions, "_invoke", "name event headers path_qualifier query_params", _draws_on_invoke)
    patch(functions, "_execute_function_with_config_scope", "func event", _executes_as_drawn)
    patch(functions, "invoke_async_with_retry", "func event", _executes_as_drawn)


def _draws_on_resolution(original: Callable[..., Any]) -> Callable[..., Any]:
    """API Gateway, SNS, EventBridge, Step Functions and event source mappings resolve an alias here."""
    functions = module("services.lambda_svc")

    def resolve(func: Record | None, qualifier: str | None) -> tuple[Record | None, Record | None]:
        alias = (func or {}).get("aliases", {}).get(qualifier)
        if func is None or alias is None or _reading.get():
            record, config = original(func, qualifier)
            return record, config
        version, config = original(func, draw_version(alias))
        if version is None or config is None:
            return None, None
        config = config | {"FunctionArn": f"{func['config']['FunctionArn']}:{qualifier}"}
        # Concurrency belongs to the function and the asynchronous settings to the alias, not to the version.
        record = version | {
            "config": config,
            "concurrency": func.get("concurrency"),
            "event_invoke_config": functions._event_invoke_config(func, qualifier),
        }
        return record, config

    return resolve


def _reads(original: Callable[..., Any]) -> Callable[..., Any]:
    def read(name: str, qualifier: str | None = None) -> Any:
        token = _reading.set(True)
        try:
            return original(name, qualifier)
        finally:
            _reading.reset(token)

    return read


def _draws_on_invoke(original: Callable[..., Any]) -> Callable[..., Any]:
    """The Invoke operation resolves its qualifier itself, so it is told the version instead."""
    functions = module("services.lambda_svc")

    async def invoke(
        name: str,
        event: Any,
        headers: dict[str, str],
        path_qualifier: str | None = None,
        query_params: dict[str, list[str]] | None = None,
    ) -> Any:
        named = (query_params or {}).get("Qualifier") or [""]
        qualifier = path_qualifier or (named if isinstance(named, str) else named[0])
        alias = (functions._functions.get(name) or {}).get("aliases", {}).get(qualifier)
        if alias is None:
            return await original(name, event, headers, path_qualifier, query_params)
        version, arn = draw_version(alias), functions._func_arn(name)
        token = _drawn.set((f"{arn}:{qualifier}", f"{arn}:{version}"))
        try:
            return await original(name, event, headers, version, query_params)
        finally:
            _drawn.reset(token)

    return invoke


def _executes_as_drawn(original: Callable[..., Any]) -> Callable[..., Any]:
    """The function sees the ARN it was invoked by; its concurrency and the alias's own settings apply."""
    functions = module("services.lambda_svc")

    def execute(func: Record, event: Any) -> Any:
        drawn = _drawn.get()
        config = func.get("config") or func
        if drawn and config.get("FunctionArn") == drawn[1]:
            alias_arn, qualifier = drawn[0], drawn[0].rpartition(":")[2]
            base = functions._functions.get(config.get("FunctionName")) or {}
            func = func | {
                "config": config | {"FunctionArn": alias_arn},
                "concurrency": base.get("concurrency"),
                "event_invoke_config": functions._event_invoke_config(base, qualifier),
            }
        return original(func, event)

    return execute

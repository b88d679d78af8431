"""Every invocation is measured by function, by what was called, and by version while an alias has weights.

MiniStack measures by function only, and not at all what API Gateway, SNS, queues and rules invoke.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from tools.local_cloud.patching import module, patch, require

Record = dict[str, Any]
Dimensions = dict[str, str]

# Seconds of the current invocation that went into starting its environment: AWS's Duration is without them.
_starting: ContextVar[list[float] | None] = ContextVar("local_cloud_starting_environment", default=None)


def install() -> None:
    """Patch the one place that every invocation passes."""
    functions = module("services.lambda_svc")
    require(functions, "_function_config_scope_mismatch", "_functions")
    patch(functions, "_execute_function", "func event", _measures)
    patch(
        functions,
        "_emit_lambda_metrics",
        "function_name duration_ms error throttle",
        lambda _: lambda *_arguments, **_named: None,
    )
    patch(module("core.lambda_runtime").Worker, "_spawn", "self", _times_the_start)


def dimensions(config: Record) -> list[Dimensions]:
    """What an invocation of `config`, as it was resolved, is measured by."""
    name = str(config.get("FunctionName", ""))
    qualifier = str(config.get("FunctionArn", "")).partition(f":function:{name}:")[2]
    by_function = {"FunctionName": name}
    by_resource = by_function | {"Resource": f"{name}:{qualifier}" if qualifier else name}
    function = module("services.lambda_svc")._functions.get(name) or {}
    alias = function.get("aliases", {}).get(qualifier) or {}
    if not (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights"):
        return [by_function, by_resource]
    return [by_function, by_resource, by_resource | {"ExecutedVersion": str(config.get("Version"))}]


def _measures(original: Callable[[Record, Any], Record]) -> Callable[[Record, Any], Record]:
    functions = module("services.lambda_svc")

    def execute(func: Record, event: Any) -> Record:
        config = func.get("config") or func
        if functions._function_config_scope_mismatch(config):  # it comes back here in the right scope
            return original(func, event)
        measured_by = dimensions(config)  # before: the weights may change while it runs
        starting: list[float] = []
        token = _starting.set(starting)
        began = time.monotonic()
        try:
            result = original(func, event)
        finally:
            _starting.reset(token)
        milliseconds = 1000 * (time.monotonic() - began - sum(starting))
        for measured in measured_by:
            _record(measured, result, milliseconds)
        return result

    return execute


def _record(measured: Dimensions, result: Record, milliseconds: float) -> None:
    record = module("services.cloudwatch").record_metric
    if result.get("throttle"):
        record("AWS/Lambda", "Throttles", 1, "Count", measured)
        return
    record("AWS/Lambda", "Invocations", 1, "Count", measured)
    record("AWS/Lambda", "Errors", 1 if result.get("error") else 0, "Count", measured)
    record("AWS/Lambda", "Throttles", 0, "Count", measured)
    record("AWS/Lambda", "Duration", max(milliseconds, 0.0), "Milliseconds", measured)


def _times_the_start(original: Callable[[Any], None]) -> Callable[[Any], None]:
    def spawn(self: Any) -> None:
        began = time.monotonic()
        try:
            original(self)
        finally:
            starting = _starting.get()
            if starting is not None:
                starting.append(time.monotonic() - began)

    return spawn

"""What calls a service, and how that is switched off and on again without Terraform.

terraform/service describes the same with its variable `paused`, so that no plan sees a difference.

- Reserved concurrency 0 stops every invocation of a function. What SNS or EventBridge send to it then ends in
  its dead-letter queue or on-failure destination, without retries:
  https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
  https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
- An event source mapping that is disabled does not poll, so messages wait in their queue:
  https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
- A rule that is disabled has no schedule:
  https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html
- An API that is throttled to 0 answers 429, through its gateway response THROTTLED. With the functions
  stopped alone it would answer as a broken one, with 5xx:
  https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
  https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tools.cloud import Cloud, client
from tools.stages import Account

NO_LIMIT = -1  # of reserved concurrency, as Terraform writes it
_PATHS_AT_ONCE = 40  # two patch operations each, and one request takes 80

Change = tuple[str, Callable[[], object]]


@dataclass(frozen=True)
class Api:
    """A REST API's stage, and how many requests it takes while it is not paused."""

    id: str
    stage: str
    rate: float
    burst: float


@dataclass(frozen=True)
class Switches:
    """What calls a service's functions, as it is configured while the service is not paused.

    `functions` have their reserved concurrency, `queues` are ARNs by the id of the mapping that polls them,
    and `deliveries` are the topics (ARNs) and the rules (names) that send events, by function.
    """

    functions: Mapping[str, int] = field(default_factory=dict)
    api: Api | None = None
    schedules: tuple[str, ...] = ()
    queues: Mapping[str, str] = field(default_factory=dict)
    deliveries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def of(state: Mapping[str, Any]) -> Switches:
    """The switches of the service that a state describes.

    They are an output. A service that was deployed before there was one was never paused, so that its
    resources are configured as they are to be.
    """
    output = state.get("outputs", {}).get("switches")
    if output is None:
        return _of_resources(state)
    value = output["value"]
    return Switches(
        {name: int(reserved) for name, reserved in value["functions"].items()},
        Api(**value["api"]) if value["api"] else None,
        tuple(value["schedules"]),
        dict(value["queues"]),
        {name: tuple(sources) for name, sources in value["deliveries"].items()},
    )


def _of_resources(state: Mapping[str, Any]) -> Switches:
    api, functions, queues, schedules = None, dict[str, int](), dict[str, str](), list[str]()
    deliveries, rules = defaultdict[str, list[str]](list), _attributes(state, "aws_cloudwatch_event_rule")
    for one in _attributes(state, "aws_lambda_function"):
        functions[one["function_name"]] = one["reserved_concurrent_executions"]
    for one in _attributes(state, "aws_api_gateway_method_settings"):
        limits = one["settings"][0]
        api = Api(
            one["rest_api_id"],
            one["stage_name"],
            limits["throttling_rate_limit"],
            limits["throttling_burst_limit"],
        )
    for one in _attributes(state, "aws_lambda_event_source_mapping"):
        queues[one["uuid"]] = one["event_source_arn"]
    scheduled = [one["name"] for one in rules if one.get("schedule_expression")]
    schedules += scheduled
    for one in _attributes(state, "aws_cloudwatch_event_target"):
        if one["rule"] not in scheduled:
            deliveries[_function_of(one["arn"])].append(one["rule"])
    for one in _attributes(state, "aws_sns_topic_subscription"):
        deliveries[_function_of(one["endpoint"])].append(one["topic_arn"])
    sources = {name: tuple(sorted(found)) for name, found in deliveries.items()}
    return Switches(functions, api, tuple(sorted(schedules)), queues, sources)


def _attributes(state: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [
        instance["attributes"]
        for resource in state.get("resources", [])
        if resource.get("type") == kind and resource.get("mode") == "managed"
        for instance in resource["instances"]
    ]


def _function_of(arn: str) -> str:
    return arn.split(":function:", 1)[-1].partition(":")[0]


def off(cloud: Cloud, account: Account, switches: Switches) -> list[str]:
    """Switch everything off; what could not be, in words. One fault does not keep the rest from it.

    Functions come last. While they refuse calls, Lambda still takes messages of a queue that it polls, and
    each time counts for the queue's own dead-letter queue.
    """
    return _faults([*_polling(cloud, account, switches, False), *_functions(cloud, account, switches, False)])


def on(cloud: Cloud, account: Account, switches: Switches) -> list[str]:
    """Set everything as it is configured; what could not be, in words. Functions come first."""
    return _faults([*_functions(cloud, account, switches, True), *_polling(cloud, account, switches, True)])


def _faults(changes: Iterable[Change]) -> list[str]:
    faults = []
    for what, change in changes:
        try:
            change()
        except (ClientError, BotoCoreError) as error:
            if not _is_gone(error):  # nothing calls it any more
                faults.append(f"{what}: {error}")
    return faults


def _is_gone(error: Exception) -> bool:
    codes = ("ResourceNotFoundException", "NotFoundException")
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in codes


def _polling(cloud: Cloud, account: Account, switches: Switches, enabled: bool) -> Iterator[Change]:
    if switches.api is not None:
        yield f"API {switches.api.id}", partial(_throttle, cloud, account, switches.api, enabled)
    functions, events = client(cloud, account, "lambda"), client(cloud, account, "events")
    for mapping, queue in switches.queues.items():
        yield f"queue {queue}", partial(functions.update_event_source_mapping, UUID=mapping, Enabled=enabled)
    for rule in switches.schedules:
        yield f"schedule {rule}", partial(events.enable_rule if enabled else events.disable_rule, Name=rule)


def _functions(cloud: Cloud, account: Account, switches: Switches, enabled: bool) -> Iterator[Change]:
    for name, reserved in switches.functions.items():
        yield f"function {name}", partial(_limit, cloud, account, name, reserved if enabled else 0)


def _limit(cloud: Cloud, account: Account, function: str, reserved: int) -> None:
    functions = client(cloud, account, "lambda")
    if reserved == NO_LIMIT:
        functions.delete_function_concurrency(FunctionName=function)
    else:
        functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=reserved)


def _throttle(cloud: Cloud, account: Account, api: Api, enabled: bool) -> None:
    """Let an API take requests, or none but preflights: without those a browser could not show the answer.

    https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateStage-Patch
    """
    gateway = client(cloud, account, "apigateway")
    where = {"restApiId": api.id, "stageName": api.stage}
    settings = gateway.get_stage(**where).get("methodSettings", {})
    limited = {_plain(method) for method in settings}
    operations = list[list[dict[str, str]]]()
    for path in _preflights(gateway, api):
        if not enabled:
            operations.append(_limits(path, api.rate, api.burst))
        elif _plain(path) in limited:
            operations.append([{"op": "remove", "path": f"/{path}"}])
    rate, burst = (api.rate, api.burst) if enabled else (0, 0)
    operations.append(_limits("*/*", rate, burst))
    for start in range(0, len(operations), _PATHS_AT_ONCE):
        batch = [one for part in operations[start : start + _PATHS_AT_ONCE] for one in part]
        gateway.update_stage(**where, patchOperations=batch)


def _limits(path: str, rate: float, burst: float) -> list[dict[str, str]]:
    return [
        {"op": "replace", "path": f"/{path}/throttling/rateLimit", "value": f"{rate:g}"},
        {"op": "replace", "path": f"/{path}/throttling/burstLimit", "value": f"{burst:.0f}"},
    ]


def _preflights(gateway: Any, api: Api) -> list[str]:
    """The OPTIONS methods of an API, as paths of method settings have them."""
    pages = gateway.get_paginator("get_resources").paginate(restApiId=api.id)
    return [
        f"{resource['path'].replace('~', '~0').replace('/', '~1')}/OPTIONS"
        for page in pages
        for resource in page["items"]
        if "OPTIONS" in resource.get("resourceMethods", {})
    ]


def _plain(path: str) -> str:
    """A key of method settings in the one way of the several in which it is written."""
    return path.replace("~1", "/").replace("~0", "~").lstrip("/")


def destination(cloud: Cloud, account: Account, function: str, alias: str) -> str | None:
    """The ARN of where events end that a function does not take; None where they are dropped."""
    functions = client(cloud, account, "lambda")
    with suppress(functions.exceptions.ResourceNotFoundException):
        found = functions.get_function_event_invoke_config(FunctionName=function, Qualifier=alias)
        arn: str | None = found.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        return arn
    return None


def as_recorded(state: Mapping[str, Any], paused: bool) -> dict[str, Any]:
    """The state as the cloud is to be: paused or not, whichever it was while it was applied last."""
    wanted, switches = copy.deepcopy(dict(state)), of(state)
    for one in _attributes(wanted, "aws_lambda_function"):
        reserved = switches.functions.get(one["function_name"], one["reserved_concurrent_executions"])
        one["reserved_concurrent_executions"] = 0 if paused else reserved
    for one in _attributes(wanted, "aws_api_gateway_method_settings"):
        if switches.api is not None:
            rate, burst = (0, 0) if paused else (switches.api.rate, switches.api.burst)
            one["settings"][0] |= {"throttling_rate_limit": rate, "throttling_burst_limit": burst}
    for one in _attributes(wanted, "aws_lambda_event_source_mapping"):
        one["enabled"] = not paused
    for one in _attributes(wanted, "aws_cloudwatch_event_rule"):
        if one["name"] in switches.schedules:
            one["state"], one["is_enabled"] = ("DISABLED", False) if paused else ("ENABLED", True)
    return wanted

"""Asynchronous invocations fail as on AWS: retried, then sent to their destination or dead-letter queue.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

import json
import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from tools.local_cloud.patching import module, patch, require

_LOG = logging.getLogger("local_cloud.async_delivery")

# https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html: to a function SNS writes these names otherwise.
_NAMES = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}

# The target that EventBridge is calling, and the ARN of its rule.
_TARGET: ContextVar[tuple[dict[str, Any], str] | None] = ContextVar("target", default=None)


def install() -> None:
    """Let SNS and EventBridge invoke functions asynchronously, with the settings of what they invoke."""
    functions, sns = module("services.lambda_svc"), module("services.sns")
    require(functions, "_get_func_record_for_ref", "_event_invoke_config")
    require(sns, "_topic_by_arn_any_scope", "_deliver_to_sqs")
    patch(functions, "invoke_async_with_retry", "func event", _applies_the_unqualified_settings)
    patch(
        sns,
        "_deliver_to_lambda",
        "endpoint envelope topic_arn sub_arn msg_id raw_message message_attributes",
        lambda _: _deliver_notification,
    )
    events, queues = module("services.eventbridge"), module("services.sqs")
    require(queues, "_act_send_message", "_queue_by_arn", "queue_policy_allows")
    patch(events, "_dispatch_to_lambda", "arn payload", lambda _: _deliver_event)
    patch(events, "_invoke_target", "target event rule view", _remembers_the_target)


def _applies_the_unqualified_settings(original: Callable[..., None]) -> Callable[..., None]:
    functions = module("services.lambda_svc")

    def invoke(func: dict[str, Any], event: Any) -> None:
        if not func.get("event_invoke_config"):
            func = func | {"event_invoke_config": functions._event_invoke_config(func, None)}
        original(func, event)

    return invoke


def _deliver_notification(
    endpoint: str,
    envelope: str,
    topic_arn: str,
    sub_arn: str,
    msg_id: str,  # noqa: ARG001
    raw_message: str,
    message_attributes: dict[str, Any],
) -> None:
    """One SNS notification to a function; what cannot be delivered goes to the subscription's own queue."""
    notification = json.loads(envelope)
    named = re.sub("SubscriptionArn=.*", f"SubscriptionArn={sub_arn}", notification["UnsubscribeURL"])
    notification["UnsubscribeURL"] = named
    to_function = {_NAMES.get(name, name): value for name, value in notification.items()}
    event = {
        "Records": [
            {
                "EventVersion": "1.0",
                "EventSubscriptionArn": sub_arn,
                "EventSource": "aws:sns",
                # Present even when empty: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
                "Sns": {"Subject": None, "MessageAttributes": {}} | to_function,
            }
        ]
    }
    if _invoke(endpoint, event):
        return
    sns = module("services.sns")
    topic = sns._topic_by_arn_any_scope(topic_arn) or {"subscriptions": []}
    for subscription in topic["subscriptions"]:
        policy = subscription.get("attributes", {}).get("RedrivePolicy")
        if subscription["arn"] == sub_arn and policy:
            queue = json.loads(policy)["deadLetterTargetArn"]
            sns._deliver_to_sqs(
                queue,
                json.dumps({name: value for name, value in notification.items() if value is not None}),
                False,
                raw_message,
                message_attributes=message_attributes,
                topic_arn=topic_arn,
            )


def _remembers_the_target(original: Callable[..., None]) -> Callable[..., None]:
    def invoke(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> None:
        token = _TARGET.set((target, rule["Arn"]))
        try:
            original(target, event, rule, view)
        finally:
            _TARGET.reset(token)

    return invoke


def _deliver_event(arn: str, payload: str) -> None:
    """One EventBridge event to a function; what cannot be delivered goes to the target's own queue."""
    called = _TARGET.get()
    if _invoke(arn, json.loads(payload)) or called is None:
        return
    target, rule = called
    queue = target.get("DeadLetterConfig", {}).get("Arn")
    if queue:
        attributes = {"RULE_ARN": rule, "TARGET_ARN": arn, "ERROR_CODE": "NO_RESOURCE"}
        _send(queue, payload, attributes, rule)


def _send(queue_arn: str, body: str, attributes: dict[str, str], rule: str) -> None:
    """Put a message into a queue as EventBridge does, where the queue's policy lets it."""
    sqs = module("services.sqs")
    queue = sqs._queue_by_arn(queue_arn)
    if queue is None or not sqs.queue_policy_allows(queue_arn, "events.amazonaws.com", rule, ""):
        _LOG.warning("The dead-letter queue %s is not there, or takes nothing of %s.", queue_arn, rule)
        return
    message = {
        "MessageBody": body,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    }
    sqs._act_send_message(message, queue["url"])


def _invoke(arn: str, event: Any) -> bool:
    functions = module("services.lambda_svc")
    record, config, _ = functions._get_func_record_for_ref(arn)
    if record is None or config is None:
        _LOG.warning("Nothing to invoke at %s: no such function, version or alias.", arn)
        return False
    functions.invoke_async_with_retry(record | {"config": config}, event)
    return True

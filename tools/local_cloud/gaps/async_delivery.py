"""Asynchronous invocations fail as on AWS: retried, then sent to their destination or dead-letter queue.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
"""

import json
import logging
from collections.abc import Callable
from typing import Any

from tools.local_cloud.patching import module, patch, require

_LOG = logging.getLogger("local_cloud.async_delivery")


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
    patch(module("services.eventbridge"), "_dispatch_to_lambda", "arn payload", lambda _: _deliver_event)


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
    event = {
        "Records": [
            {
                "EventVersion": "1.0",
                "EventSubscriptionArn": sub_arn,
                "EventSource": "aws:sns",
                # Present even when empty: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
                "Sns": {"Subject": None, "MessageAttributes": {}} | json.loads(envelope),
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
                envelope,
                False,
                raw_message,
                message_attributes=message_attributes,
                topic_arn=topic_arn,
            )


def _deliver_event(arn: str, payload: str) -> None:
    """One EventBridge event to a function."""
    _invoke(arn, json.loads(payload))


def _invoke(arn: str, event: Any) -> bool:
    functions = module("services.lambda_svc")
    record, config, _ = functions._get_func_record_for_ref(arn)
    if record is None or config is None:
        _LOG.warning("Nothing to invoke at %s: no such function, version or alias.", arn)
        return False
    functions.invoke_async_with_retry(record | {"config": config}, event)
    return True

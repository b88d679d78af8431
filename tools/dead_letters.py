"""What lies in a dead-letter queue: which function failed on it, why, and with which event.

A message comes in one of three forms:
- an undelivered notification, as SNS writes it
  (https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html);
- the record of a failed invocation, as Lambda sends it to a destination
  (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html);
- the event itself, as EventBridge puts it there
  (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html) and Lambda by its older setting.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

_WHY_LENGTH = 160
_OF_EVENTBRIDGE = ("RULE_ARN", "TARGET_ARN")  # attributes that only EventBridge gives a message
_OF_LAMBDA = ("RequestID", "ErrorCode")  # and those of Lambda's older setting
# SNS writes these names otherwise to a function than to a queue.
# https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
_NAMES = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
_FUNCTION = re.compile(r"(arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:]+)(?::[^:]+)?")


@dataclass(frozen=True)
class Letter:
    """A message of a dead-letter queue. `event` is for the function that `function` or `subscription` names.

    Those are ARNs, empty where the message does not say. `fault`: why nobody can tell the event; else empty.
    """

    id: str
    sent_at: datetime.datetime
    event: Any = None
    function: str = ""
    subscription: str = ""
    why: str = ""
    fault: str = ""


def read(message: Mapping[str, Any]) -> Letter:
    """What a message says, as SQS gave it with all its attributes."""
    sent_at = datetime.datetime.fromtimestamp(
        int(message["Attributes"]["SentTimestamp"]) / 1000, datetime.UTC
    )
    attributes = {
        name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()
    }
    try:
        body = json.loads(message["Body"])
    except ValueError:
        return Letter(message["MessageId"], sent_at, fault="it is no JSON")
    return Letter(message["MessageId"], sent_at, **_told(body, attributes))


def function_of(arn: str) -> str:
    """The ARN of the function alone, of one that may name a version or an alias; empty for another thing."""
    found = _FUNCTION.fullmatch(arn)
    return found[1] if found else ""


def _told(body: Any, attributes: Mapping[str, str]) -> dict[str, Any]:
    """The members of the letter that body and attributes tell."""
    if isinstance(body, dict) and not attributes.keys() & set(_OF_EVENTBRIDGE):
        if "requestPayload" in body:
            return _failed_invocation(body)
        if body.get("Type") == "Notification" and "TopicArn" in body:
            return _undelivered(body)
    if not _is_event(body) and not attributes.keys() & {*_OF_EVENTBRIDGE, *_OF_LAMBDA}:
        return {"fault": "it is neither an event nor the record of one"}
    said = (attributes.get(name) for name in ("ErrorMessage", "ERROR_MESSAGE", "ERROR_CODE"))
    return {
        "event": body,
        "function": function_of(attributes.get("TARGET_ARN", "")),
        "subscription": _subscription(body),
        "why": one_line(next(filter(None, said), "")),
    }


def _is_event(body: Any) -> bool:
    """Whether it is what SNS, S3 and their like send to a function, or EventBridge."""
    if not isinstance(body, dict):
        return False
    records = body.get("Records")
    listed = isinstance(records, list) and bool(records) and all(isinstance(one, dict) for one in records)
    return listed or {"source", "detail-type", "detail"} <= body.keys()


def _failed_invocation(body: Mapping[str, Any]) -> dict[str, Any]:
    context = body.get("requestContext")
    context = context if isinstance(context, dict) else {}
    return {
        "event": body["requestPayload"],
        "function": function_of(str(context.get("functionArn", ""))),
        "subscription": _subscription(body["requestPayload"]),
        "why": failure(body.get("responsePayload")) or one_line(context.get("condition", "")),
    }


def _undelivered(body: Mapping[str, Any]) -> dict[str, Any]:
    # SNS leaves out what a message does not have; the event that Lambda gets has it empty.
    notification = {_NAMES.get(name, name): value for name, value in body.items()}
    notification = {"Subject": None, "MessageAttributes": {}, **notification}
    query = parse_qs(urlsplit(str(body.get("UnsubscribeURL", ""))).query)
    subscription = query.get("SubscriptionArn", [""])[0]
    record = {
        "EventVersion": "1.0",
        "EventSource": "aws:sns",
        "EventSubscriptionArn": subscription or body["TopicArn"],
        "Sns": notification,
    }
    return {"event": {"Records": [record]}, "subscription": subscription, "why": "SNS could not deliver it"}


def _subscription(event: Any) -> str:
    """The subscription by which SNS sent an event; empty where something else did."""
    records = event.get("Records") if isinstance(event, dict) else None
    first = records[0] if isinstance(records, list) and records else None
    return str(first.get("EventSubscriptionArn", "")) if isinstance(first, dict) else ""


def failure(answer: Any) -> str:
    """What a function's answer says of its failure: the kind of error and its words, in one line."""
    if not isinstance(answer, dict):
        return ""
    return one_line(
        ": ".join(str(answer[name]) for name in ("errorType", "errorMessage") if answer.get(name))
    )


def one_line(words: object) -> str:
    """Words as a terminal can show them in one line."""
    shown = "".join(character if character.isprintable() else " " for character in str(words))
    line = " ".join(shown.split())
    return line if len(line) <= _WHY_LENGTH else f"{line[: _WHY_LENGTH - 1]}…"

"""What a dead letter says: the event, whose it is, and why it failed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools import dead_letters
from tools.dead_letters import Letter

ARN = "arn:aws:lambda:us-east-1:200000000002:function:notes-dev-notify-job-notify"
TOPIC = "arn:aws:sns:us-east-1:200000000002:notes-dev-purchases"
SUBSCRIPTION = f"{TOPIC}:0b1c"
EVENT = {"Records": [{"EventSubscriptionArn": SUBSCRIPTION, "Sns": {"Message": "m", "Subject": "s"}}]}
CLOUD_EVENT = {"source": "aws.s3", "detail-type": "Object Created", "detail": {"bucket": "b"}}


def letter(body: Any, **attributes: str) -> Letter:
    message = {
        "MessageId": "1",
        "Body": body if isinstance(body, str) else json.dumps(body),
        "Attributes": {"SentTimestamp": "1764363600500"},
        "MessageAttributes": {name: {"StringValue": value} for name, value in attributes.items()},
    }
    return dead_letters.read(message)


def failed(event: Any = EVENT, **more: Any) -> dict[str, Any]:
    return {"requestContext": {"functionArn": f"{ARN}:live"}, "requestPayload": event, **more}


@pytest.mark.parametrize("qualifier", ["", ":live", ":$LATEST", ":7"])
def test_the_record_of_a_failed_invocation(qualifier: str) -> None:
    answer = {"errorType": "KeyError", "errorMessage": "'version'", "stackTrace": ["secret"]}
    context = {"functionArn": ARN + qualifier, "condition": "RetriesExhausted"}
    found = letter({"requestContext": context, "requestPayload": EVENT, "responsePayload": answer})
    assert (found.event, found.function, found.subscription) == (EVENT, ARN, SUBSCRIPTION)
    assert found.why == "KeyError: 'version'"
    assert found.sent_at.isoformat() == "2025-11-28T21:00:00.500000+00:00"


def test_an_invocation_that_never_ran_has_its_condition_for_a_reason() -> None:
    context = {"functionArn": ARN, "condition": "EventAgeExceeded"}
    assert letter({"requestContext": context, "requestPayload": {}}).why == "EventAgeExceeded"


@pytest.mark.parametrize("event", [CLOUD_EVENT, {"number": 1}, [1], "text", None])
def test_a_failed_invocation_may_have_had_any_event(event: Any) -> None:
    found = letter(failed(event))
    assert (found.event, found.function, found.fault) == (event, ARN, "")


def test_an_undelivered_notification_becomes_the_event_that_the_function_would_have_got() -> None:
    address = f"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={SUBSCRIPTION}"
    body = {"Type": "Notification", "MessageId": "2", "TopicArn": TOPIC, "Message": "m", "Timestamp": "t"}
    found = letter(body | {"UnsubscribeURL": address, "SigningCertURL": "c"}, ErrorCode="404")
    [record] = found.event["Records"]
    assert (record["EventSource"], record["EventSubscriptionArn"]) == ("aws:sns", SUBSCRIPTION)
    rest: dict[str, Any] = {
        "Subject": None,
        "MessageAttributes": {},
        "UnsubscribeUrl": address,
        "SigningCertUrl": "c",
    }
    assert record["Sns"] == body | rest
    assert (found.function, found.subscription, found.fault) == ("", SUBSCRIPTION, "")


def test_a_notification_without_its_subscription_names_none() -> None:
    found = letter({"Type": "Notification", "TopicArn": TOPIC, "Message": "m", "Subject": "s"})
    assert found.subscription == ""
    assert found.event["Records"][0]["Sns"]["Subject"] == "s"


@pytest.mark.parametrize("event", [EVENT, CLOUD_EVENT])
def test_an_event_by_itself(event: Any) -> None:
    found = letter(event)
    assert (found.event, found.fault) == (event, "")


def test_eventbridge_may_have_sent_anything_and_says_to_whom() -> None:
    marks = {"RULE_ARN": "r", "TARGET_ARN": f"{ARN}:live", "ERROR_CODE": "NO_PERMISSIONS"}
    for event in (CLOUD_EVENT, {"requestPayload": "transformed"}, ["transformed"]):
        found = letter(event, **marks)
        assert (found.event, found.function, found.why) == (event, ARN, "NO_PERMISSIONS")


def test_lambdas_older_setting_keeps_the_event_and_the_error() -> None:
    found = letter({"number": 1}, RequestID="r", ErrorCode="200", ErrorMessage="no luck")
    assert (found.event, found.why) == ({"number": 1}, "no luck")


@pytest.mark.parametrize("body", ["no json", {}, {"number": 1}, {"Records": []}, {"Records": "x"}, [], "1"])
def test_what_is_no_event_is_named_as_such(body: Any) -> None:
    found = letter(body)
    assert found.fault
    assert found.event is None


def test_a_reason_is_one_line_that_a_terminal_can_show() -> None:
    answer = {"errorType": "E", "errorMessage": "a\n\x1b[31mb" + "c" * 500}
    why = letter(failed(responsePayload=answer)).why
    assert why.startswith("E: a [31mbc")
    assert why.isprintable()
    assert len(why) <= 160


def test_an_arn_of_something_else_names_no_function() -> None:
    assert dead_letters.function_of("arn:aws:sqs:us-east-1:200000000002:q") == ""
    assert dead_letters.function_of(ARN) == ARN

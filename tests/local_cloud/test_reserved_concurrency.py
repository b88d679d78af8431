"""A reserved concurrency of 0 stops every call of a function; what calls it can be switched off and on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.local_cloud.apis import deploy, notes_definition
from tests.local_cloud.conftest import Cloud, eventually, make_function, package
from tests.local_cloud.test_async_delivery import queue, received

ANSWERS = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'here'}\n"
NAME = "silenced"
# Seconds in which a retried event would not be at its destination yet: MiniStack's pauses are 1 and 2 s.
AT_ONCE = 0.9


@pytest.fixture(scope="module")
def alias(cloud: Cloud) -> str:
    """The alias of a function with a failure destination, and with retries."""
    arn = make_function(cloud, NAME, ANSWERS)
    functions = cloud.client("lambda")
    functions.publish_version(FunctionName=NAME)
    functions.create_alias(FunctionName=NAME, Name="live", FunctionVersion="1")
    return f"{arn}:live"


@pytest.fixture
def silenced(cloud: Cloud, alias: str) -> Iterator[str]:
    """The alias while the function has no concurrency."""
    functions = cloud.client("lambda")
    functions.put_function_concurrency(FunctionName=NAME, ReservedConcurrentExecutions=0)
    yield alias
    functions.delete_function_concurrency(FunctionName=NAME)


@pytest.mark.parametrize("qualifier", [{}, {"Qualifier": "live"}, {"Qualifier": "1"}])
def test_a_call_is_refused(cloud: Cloud, silenced: str, qualifier: dict[str, str]) -> None:
    functions = cloud.client("lambda")
    with pytest.raises(functions.exceptions.TooManyRequestsException) as refused:
        functions.invoke(FunctionName=silenced.rsplit(":", 2)[1], **qualifier)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert refused.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_a_call_is_taken_again(cloud: Cloud, alias: str) -> None:
    answer = cloud.client("lambda").invoke(FunctionName=alias)
    assert json.loads(answer["Payload"].read())["body"] == "here"


@pytest.mark.usefixtures("alias")
def test_a_version_published_meanwhile_is_called_afterwards(cloud: Cloud) -> None:
    functions = cloud.client("lambda")
    functions.put_function_concurrency(FunctionName=NAME, ReservedConcurrentExecutions=0)
    functions.update_function_code(FunctionName=NAME, ZipFile=package(f"{ANSWERS}# again\n"))
    functions.get_waiter("function_updated_v2").wait(FunctionName=NAME)
    version = functions.publish_version(FunctionName=NAME)["Version"]
    functions.delete_function_concurrency(FunctionName=NAME)
    answer = functions.invoke(FunctionName=NAME, Qualifier=version)
    assert json.loads(answer["Payload"].read())["body"] == "here"


def test_an_event_goes_to_the_destination_without_retries(cloud: Cloud, silenced: str) -> None:
    sns, (url, arn) = cloud.client("sns"), queue(cloud, "silenced-failures")
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName=NAME,
        Qualifier="live",
        MaximumRetryAttempts=2,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    topic = sns.create_topic(Name=NAME)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=silenced)
    began = time.monotonic()
    sns.publish(TopicArn=topic, Message="later", Subject="test")
    message = received(cloud, url)
    assert time.monotonic() - began < AT_ONCE
    assert message["requestPayload"]["Records"][0]["Sns"]["Message"] == "later"


def test_messages_wait_while_their_mapping_is_disabled(cloud: Cloud, alias: str) -> None:
    functions, sqs, (url, arn) = cloud.client("lambda"), cloud.client("sqs"), queue(cloud, "waiting")
    mapping = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=alias)["UUID"]
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    assert functions.get_event_source_mapping(UUID=mapping)["State"] in ("Disabling", "Disabled")
    sqs.send_message(QueueUrl=url, MessageBody="later")
    # Whoever polls would have it by now.
    other_url, other = queue(cloud, "polled")
    polled = functions.create_event_source_mapping(EventSourceArn=other, FunctionName=alias)["UUID"]
    sqs.send_message(QueueUrl=other_url, MessageBody="now")
    eventually(lambda: _waiting(sqs, other_url) == 0)
    assert _waiting(sqs, url) == 1

    functions.update_event_source_mapping(UUID=mapping, Enabled=True)

    eventually(lambda: _waiting(sqs, url) == 0)
    for one in (mapping, polled):
        functions.delete_event_source_mapping(UUID=one)


def _waiting(sqs: Any, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def test_a_disabled_rule_calls_nothing(cloud: Cloud) -> None:
    events, sqs, (url, arn) = cloud.client("events"), cloud.client("sqs"), queue(cloud, "ruled")
    other_url, other = queue(cloud, "still-ruled")
    for rule, target in (("resting", arn), ("working", other)):
        events.put_rule(Name=rule, EventPattern=json.dumps({"source": ["resting"]}))
        events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": target}])
    events.disable_rule(Name="resting")
    assert events.describe_rule(Name="resting")["State"] == "DISABLED"
    event = {"Source": "resting", "DetailType": "x", "Detail": "{}"}
    events.put_events(Entries=[event])
    eventually(lambda: _waiting(sqs, other_url) == 1)
    assert _waiting(sqs, url) == 0

    events.enable_rule(Name="resting")
    events.put_events(Entries=[event])

    eventually(lambda: _waiting(sqs, url) == 1)


def test_an_api_throttled_to_nothing_answers_429_and_a_method_may_be_spared(cloud: Cloud, alias: str) -> None:
    api, gateway = deploy(cloud, notes_definition(alias)), cloud.client("apigateway")
    where = {"restApiId": api.id, "stageName": "live"}

    def patch(op: str, path: str, value: str | None = None) -> None:
        operation = {"op": op, "path": path} | ({} if value is None else {"value": value})
        gateway.update_stage(**where, patchOperations=[operation])

    for limit in ("rateLimit", "burstLimit"):
        patch("replace", f"/*/*/throttling/{limit}", "0")
        patch("replace", f"/~1/OPTIONS/throttling/{limit}", "50")
    refused = requests.post(f"{api.url}/public/search", timeout=20)
    assert refused.status_code == 429
    assert refused.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert requests.options(f"{api.url}/", timeout=20).status_code == 200

    patch("remove", "/~1/OPTIONS")

    assert requests.options(f"{api.url}/", timeout=20).status_code == 429
    for limit in ("rateLimit", "burstLimit"):
        patch("replace", f"/*/*/throttling/{limit}", "50")
    assert requests.post(f"{api.url}/public/search", timeout=20).status_code == 200

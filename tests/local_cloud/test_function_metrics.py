"""Invocations are measured by function, alias and executed version, whatever they came by."""

import datetime
import json

import pytest
import requests

from tests.local_cloud.apis import deploy, integration
from tests.local_cloud.conftest import Cloud, eventually, make_function, package

SOURCE = """
def handler(event, context):
    if "fail" in event:
        raise RuntimeError("asked to")
    return {"statusCode": 200, "body": ""}
"""
BY_FUNCTION = {"FunctionName": "measured"}
BY_ALIAS = BY_FUNCTION | {"Resource": "measured:live"}
BY_VERSION = BY_ALIAS | {"ExecutedVersion": "2"}


def total(cloud: Cloud, metric: str, dimensions: dict[str, str], namespace: str = "AWS/Lambda") -> float:
    """The sum of the last hour."""
    now = datetime.datetime.now(datetime.UTC)
    found = cloud.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - datetime.timedelta(hours=1),
        EndTime=now + datetime.timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in found["Datapoints"]))


@pytest.fixture(scope="module")
def alias(cloud: Cloud) -> str:
    """The ARN of an alias of version 1 whose weights send everything to version 2."""
    arn = make_function(cloud, "measured", SOURCE)
    functions = cloud.client("lambda")
    functions.publish_version(FunctionName="measured")
    functions.update_function_code(FunctionName="measured", ZipFile=package(SOURCE + "# second\n"))
    functions.publish_version(FunctionName="measured")
    weights = {"AdditionalVersionWeights": {"2": 1.0}}
    functions.create_alias(FunctionName="measured", Name="live", FunctionVersion="1", RoutingConfig=weights)
    return f"{arn}:live"


@pytest.mark.parametrize("way", ["invoke", "event", "api", "topic", "queue"])
def test_every_way_to_invoke_is_measured_once(cloud: Cloud, alias: str, way: str) -> None:
    measured = [("Invocations", dimensions) for dimensions in (BY_FUNCTION, BY_ALIAS, BY_VERSION)]
    before = [total(cloud, *one) for one in measured]
    if way in ("invoke", "event"):
        kind = "RequestResponse" if way == "invoke" else "Event"
        cloud.client("lambda").invoke(FunctionName=alias, InvocationType=kind, Payload=b"{}")
    elif way == "api":
        method = {"get": {"x-amazon-apigateway-integration": integration(alias)}}
        definition = {"swagger": "2.0", "info": {"title": "measured"}, "paths": {"/": method}}
        assert requests.get(f"{deploy(cloud, definition).url}/", timeout=20).status_code == 200
    elif way == "topic":
        topic = cloud.client("sns").create_topic(Name="measured")["TopicArn"]
        cloud.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=alias)
        cloud.client("sns").publish(TopicArn=topic, Message="hello", Subject="test")
    else:
        sqs, functions = cloud.client("sqs"), cloud.client("lambda")
        queue = sqs.create_queue(QueueName="measured")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=alias)
        sqs.send_message(QueueUrl=queue, MessageBody="hello")
    once = [count + 1 for count in before]
    eventually(lambda: [total(cloud, *one) for one in measured] == once)


def test_errors_and_durations(cloud: Cloud, alias: str) -> None:
    before = total(cloud, "Errors", BY_VERSION)
    cloud.client("lambda").invoke(FunctionName=alias, Payload=json.dumps({"fail": 1}).encode())
    assert total(cloud, "Errors", BY_VERSION) == before + 1
    milliseconds = total(cloud, "Duration", BY_VERSION) / total(cloud, "Invocations", BY_VERSION)
    assert 0 < milliseconds < 500, "starting the environment does not count"


def test_throttled_calls_reach_no_version(cloud: Cloud, alias: str) -> None:
    functions, before = cloud.client("lambda"), total(cloud, "Invocations", BY_ALIAS)
    functions.put_function_concurrency(FunctionName="measured", ReservedConcurrentExecutions=0)
    with pytest.raises(functions.exceptions.TooManyRequestsException):
        functions.invoke(FunctionName=alias, Payload=b"{}")
    functions.delete_function_concurrency(FunctionName="measured")
    assert total(cloud, "Throttles", BY_ALIAS) > 0
    assert total(cloud, "Invocations", BY_ALIAS) == before


def test_without_weights_there_is_no_measure_by_version(cloud: Cloud, alias: str) -> None:
    steady = alias.replace(":live", ":steady")
    cloud.client("lambda").create_alias(FunctionName="measured", Name="steady", FunctionVersion="2")
    cloud.client("lambda").invoke(FunctionName=steady, Payload=b"{}")
    by_alias = BY_FUNCTION | {"Resource": "measured:steady"}
    assert total(cloud, "Invocations", by_alias) == 1
    assert total(cloud, "Invocations", by_alias | {"ExecutedVersion": "2"}) == 0

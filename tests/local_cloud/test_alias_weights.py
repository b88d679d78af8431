"""An alias's weights split the traffic on every path by which a function is invoked."""

import json
from collections import Counter
from typing import Any

import pytest
import requests

from tests.local_cloud.apis import deploy, integration
from tests.local_cloud.conftest import Cloud, eventually, make_function, package

# Answers its version, and counts it in a table named after the function.
SOURCE = """
import json, os
def handler(event, context):
    import boto3
    version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
    if isinstance(event, dict) and ("Records" in event or event.get("source") == "test"):
        boto3.client("dynamodb").update_item(
            TableName="weighted", Key={"version": {"S": version}},
            UpdateExpression="ADD calls :one", ExpressionAttributeValues={":one": {"N": "1"}})
    return {"statusCode": 200, "body": json.dumps([version, context.invoked_function_arn])}
"""


@pytest.fixture(scope="module")
def alias(cloud: Cloud) -> str:
    """The ARN of an alias that halves its traffic between versions 1 and 2."""
    arn = make_function(cloud, "weighted", SOURCE)
    functions = cloud.client("lambda")
    functions.publish_version(FunctionName="weighted")
    functions.update_function_code(FunctionName="weighted", ZipFile=package(SOURCE + "# second\n"))
    functions.publish_version(FunctionName="weighted")
    functions.create_alias(
        FunctionName="weighted",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    cloud.client("dynamodb").create_table(
        TableName="weighted",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "version", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "version", "AttributeType": "S"}],
    )
    return f"{arn}:live"


def _calls(cloud: Cloud) -> Counter[str]:
    items = cloud.client("dynamodb").scan(TableName="weighted", ConsistentRead=True)["Items"]
    return Counter({item["version"]["S"]: int(item["calls"]["N"]) for item in items})


def _both_versions_were_called(cloud: Cloud, times: int, before: Counter[str]) -> None:
    eventually(lambda: (_calls(cloud) - before).total() >= times, seconds=20)
    assert set(_calls(cloud) - before) == {"1", "2"}


def test_invoke_with_a_qualifier(cloud: Cloud, alias: str) -> None:
    functions, versions = cloud.client("lambda"), Counter[str]()
    for _ in range(24):
        answer = functions.invoke(FunctionName="weighted", Qualifier="live", Payload=b"{}")
        version, arn = json.loads(json.load(answer["Payload"])["body"])
        assert (answer["ExecutedVersion"], arn) == (version, alias)
        versions[version] += 1
    assert set(versions) == {"1", "2"}  # missing one of them: once in 2^23 runs


def test_an_alias_without_weights_stays_with_its_version(cloud: Cloud, alias: str) -> None:
    functions = cloud.client("lambda")
    functions.create_alias(FunctionName="weighted", Name="steady", FunctionVersion="2")
    for _ in range(5):
        answer = functions.invoke(FunctionName=alias.replace(":live", ":steady"), Payload=b"{}")
        assert answer["ExecutedVersion"] == "2"
    described = functions.get_function_configuration(FunctionName="weighted", Qualifier="live")
    assert described["Version"] == "1"


def test_api_gateway(cloud: Cloud, alias: str) -> None:
    method = {"x-amazon-apigateway-integration": integration(alias)}
    definition = {"swagger": "2.0", "info": {"title": "weighted"}, "paths": {"/": {"get": method}}}
    url = f"{deploy(cloud, definition).url}/"
    answers = [requests.get(url, timeout=20).json() for _ in range(24)]
    assert {version for version, _ in answers} == {"1", "2"}
    assert {arn for _, arn in answers} == {alias}


def test_sns(cloud: Cloud, alias: str) -> None:
    sns, before = cloud.client("sns"), _calls(cloud)
    topic = sns.create_topic(Name="weighted")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=alias)
    for _ in range(24):
        sns.publish(TopicArn=topic, Message="hello", Subject="test")
    _both_versions_were_called(cloud, 24, before)


def test_eventbridge(cloud: Cloud, alias: str) -> None:
    events, before = cloud.client("events"), _calls(cloud)
    events.put_rule(Name="weighted", EventPattern=json.dumps({"source": ["test"]}))
    events.put_targets(Rule="weighted", Targets=[{"Id": "live", "Arn": alias}])
    entry: dict[str, Any] = {"Source": "test", "DetailType": "x", "Detail": "{}"}
    for _ in range(3):
        events.put_events(Entries=[entry] * 8)
    _both_versions_were_called(cloud, 24, before)


def test_sqs_mappings(cloud: Cloud, alias: str) -> None:
    sqs, before = cloud.client("sqs"), _calls(cloud)
    queue = sqs.create_queue(QueueName="weighted")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    mapping = cloud.client("lambda").create_event_source_mapping(
        EventSourceArn=arn, FunctionName=alias, BatchSize=1
    )
    for number in range(24):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    _both_versions_were_called(cloud, 24, before)
    cloud.client("lambda").delete_event_source_mapping(UUID=mapping["UUID"])

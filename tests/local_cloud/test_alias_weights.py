"""An alias's weights split the traffic on every path by which a function is invoked."""

import json

import pytest
import requests

from tests.local_cloud.apis import deploy, integration
from tests.local_cloud.conftest import Cloud, eventually, make_function, package

# Answers its version, and notes it in a table under the way by which it was invoked.
SOURCE = """
import json, os
def handler(event, context):
    version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
    record = event.get("Records", [{}])[0]
    way = record.get("EventSource") or record.get("eventSource") or event.get("source")
    if way:
        import boto3
        item = {"way": {"S": way}, "version": {"S": version}}
        boto3.client("dynamodb").put_item(TableName="weighted", Item=item)
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
        KeySchema=[{"AttributeName": "way", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "way", "AttributeType": "S"}],
    )
    return f"{arn}:live"


@pytest.fixture(scope="module")
def shifted(cloud: Cloud, alias: str) -> str:
    """The ARN of an alias of version 1 whose weights send everything to version 2."""
    functions = cloud.client("lambda")
    weights = {"AdditionalVersionWeights": {"2": 1.0}}
    functions.create_alias(
        FunctionName="weighted", Name="shifted", FunctionVersion="1", RoutingConfig=weights
    )
    return alias.replace(":live", ":shifted")


def _version_2_was_called(cloud: Cloud, way: str) -> None:
    key = {"way": {"S": way}}
    item = eventually(
        lambda: (
            cloud.client("dynamodb").get_item(TableName="weighted", Key=key, ConsistentRead=True).get("Item")
        )
    )
    assert item["version"] == {"S": "2"}


def test_invoke_with_a_qualifier(cloud: Cloud, alias: str) -> None:
    functions, versions = cloud.client("lambda"), set()
    for _ in range(24):
        answer = functions.invoke(FunctionName="weighted", Qualifier="live", Payload=b"{}")
        version, arn = json.loads(json.load(answer["Payload"])["body"])
        assert (answer["ExecutedVersion"], arn) == (version, alias)
        versions.add(version)
    assert versions == {"1", "2"}  # by chance only one of them: once in 2^23 runs


def test_an_alias_without_weights_stays_with_its_version(cloud: Cloud, alias: str) -> None:
    functions = cloud.client("lambda")
    functions.create_alias(FunctionName="weighted", Name="steady", FunctionVersion="2")
    for _ in range(5):
        answer = functions.invoke(FunctionName=alias.replace(":live", ":steady"), Payload=b"{}")
        assert answer["ExecutedVersion"] == "2"


@pytest.mark.usefixtures("shifted")
def test_describing_an_alias_shows_its_main_version(cloud: Cloud) -> None:
    described = cloud.client("lambda").get_function_configuration(
        FunctionName="weighted", Qualifier="shifted"
    )
    assert described["Version"] == "1"


def test_api_gateway(cloud: Cloud, alias: str) -> None:
    method = {"x-amazon-apigateway-integration": integration(alias)}
    definition = {"swagger": "2.0", "info": {"title": "weighted"}, "paths": {"/": {"get": method}}}
    url = f"{deploy(cloud, definition).url}/"
    answers = [requests.get(url, timeout=20).json() for _ in range(24)]
    assert {version for version, _ in answers} == {"1", "2"}
    assert {arn for _, arn in answers} == {alias}


def test_sns(cloud: Cloud, shifted: str) -> None:
    sns = cloud.client("sns")
    topic = sns.create_topic(Name="weighted")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=shifted)
    sns.publish(TopicArn=topic, Message="hello", Subject="test")
    _version_2_was_called(cloud, "aws:sns")


def test_eventbridge(cloud: Cloud, shifted: str) -> None:
    events = cloud.client("events")
    events.put_rule(Name="weighted", EventPattern=json.dumps({"source": ["test"]}))
    events.put_targets(Rule="weighted", Targets=[{"Id": "shifted", "Arn": shifted}])
    events.put_events(Entries=[{"Source": "test", "DetailType": "x", "Detail": "{}"}])
    _version_2_was_called(cloud, "test")


def test_sqs_mappings(cloud: Cloud, shifted: str) -> None:
    sqs, functions = cloud.client("sqs"), cloud.client("lambda")
    queue = sqs.create_queue(QueueName="weighted")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    mapping = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=shifted)
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    _version_2_was_called(cloud, "aws:sqs")
    functions.delete_event_source_mapping(UUID=mapping["UUID"])

"""What fails asynchronously is retried and ends where its function or subscription says."""

import json
from typing import Any

import pytest

from tests.local_cloud.conftest import Cloud, eventually, make_function

FAILS = "def handler(event, context):\n    raise RuntimeError('no luck')\n"


@pytest.fixture(scope="module")
def alias(cloud: Cloud) -> str:
    """The alias of a function that always fails, without retries."""
    arn = make_function(cloud, "failing", FAILS)
    functions = cloud.client("lambda")
    functions.publish_version(FunctionName="failing")
    functions.create_alias(FunctionName="failing", Name="live", FunctionVersion="1")
    return f"{arn}:live"


def queue(cloud: Cloud, name: str) -> tuple[str, str]:
    """URL and ARN of a new queue that SNS may write to."""
    sqs = cloud.client("sqs")
    allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    url = sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, arn


def received(cloud: Cloud, url: str) -> Any:
    """The first message that arrives, as JSON."""
    sqs = cloud.client("sqs")
    [message] = eventually(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    return json.loads(message["Body"])


def send_failures_to(cloud: Cloud, destination: str, **qualifier: str) -> None:
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName="failing",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": destination}},
        **qualifier,
    )


def test_sns_to_an_alias_ends_at_the_aliass_destination(cloud: Cloud, alias: str) -> None:
    sns, (url, arn) = cloud.client("sns"), queue(cloud, "sns-failures")
    send_failures_to(cloud, arn, Qualifier="live")
    topic = sns.create_topic(Name="failing")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=alias)
    sns.publish(TopicArn=topic, Message="lost?", Subject="test")
    message = received(cloud, url)
    assert message["requestPayload"]["Records"][0]["Sns"]["Message"] == "lost?"
    assert message["requestContext"]["condition"] == "RetriesExhausted"


def test_a_schedule_to_an_alias_ends_at_the_aliass_destination(cloud: Cloud, alias: str) -> None:
    events, (url, arn) = cloud.client("events"), queue(cloud, "schedule-failures")
    send_failures_to(cloud, arn, Qualifier="live")
    events.put_rule(Name="failing", EventPattern=json.dumps({"source": ["failing"]}))
    events.put_targets(Rule="failing", Targets=[{"Id": "live", "Arn": alias}])
    events.put_events(Entries=[{"Source": "failing", "DetailType": "x", "Detail": "{}"}])
    assert received(cloud, url)["requestPayload"]["source"] == "failing"


@pytest.mark.usefixtures("alias")
@pytest.mark.parametrize("qualifier", [{}, {"Qualifier": "live"}])
def test_an_asynchronous_invoke(cloud: Cloud, qualifier: dict[str, str]) -> None:
    url, arn = queue(cloud, f"invoke-failures-{len(qualifier)}")
    send_failures_to(cloud, arn, **qualifier)
    cloud.client("lambda").invoke(
        FunctionName="failing", InvocationType="Event", Payload=b'{"number": 1}', **qualifier
    )
    assert received(cloud, url)["requestPayload"] == {"number": 1}


def test_what_sns_cannot_deliver_goes_to_the_subscriptions_queue(cloud: Cloud) -> None:
    sns, (url, arn) = cloud.client("sns"), queue(cloud, "undelivered")
    function = make_function(cloud, "short-lived", FAILS)
    topic = sns.create_topic(Name="undelivered")["TopicArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn})
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function, Attributes={"RedrivePolicy": redrive})
    cloud.client("lambda").delete_function(FunctionName="short-lived")
    sns.publish(TopicArn=topic, Message="to nobody", Subject="test")
    message = received(cloud, url)
    assert message["Message"] == "to nobody"
    [subscription] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert message["UnsubscribeURL"].endswith(f"SubscriptionArn={subscription['SubscriptionArn']}")


def test_what_a_topic_cannot_deliver_goes_to_the_queue_of_each_subscription(cloud: Cloud) -> None:
    sns, functions = cloud.client("sns"), cloud.client("lambda")
    topic = sns.create_topic(Name="undelivered-to-two")["TopicArn"]
    queues = {}
    for name in ("first", "second"):
        url, arn = queue(cloud, f"undelivered-to-{name}")
        endpoint = make_function(cloud, f"gone-{name}", FAILS)
        policy = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn})}
        made = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=endpoint, Attributes=policy)
        queues[url] = made["SubscriptionArn"]
        functions.delete_function(FunctionName=f"gone-{name}")
    sns.publish(TopicArn=topic, Message="to nobody")
    for url, subscription in queues.items():
        message = received(cloud, url)
        assert message["UnsubscribeURL"].endswith(f"SubscriptionArn={subscription}")
        assert "Subject" not in message, "SNS leaves out what there is not"


def test_an_event_that_cannot_be_delivered_goes_to_the_targets_queue(cloud: Cloud) -> None:
    events, sqs = cloud.client("events"), cloud.client("sqs")
    rule = events.put_rule(Name="undelivered", EventPattern=json.dumps({"source": ["undelivered"]}))[
        "RuleArn"
    ]
    function = make_function(cloud, "gone-target", FAILS)
    allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "*"}
    mine = allow | {"Resource": "*", "Condition": {"ArnEquals": {"aws:SourceArn": rule}}}
    urls, targets = [], []
    for number, statement in enumerate(
        (mine, mine | {"Condition": {"ArnEquals": {"aws:SourceArn": f"{rule}x"}}})
    ):
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        url = sqs.create_queue(QueueName=f"undelivered-events-{number}", Attributes={"Policy": policy})[
            "QueueUrl"
        ]
        asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        targets.append({"Id": str(number), "Arn": function, "DeadLetterConfig": {"Arn": asked["QueueArn"]}})
        urls.append(url)
    events.put_targets(Rule="undelivered", Targets=targets)
    cloud.client("lambda").delete_function(FunctionName="gone-target")
    events.put_events(Entries=[{"Source": "undelivered", "DetailType": "x", "Detail": '{"number": 1}'}])

    taken = {"QueueUrl": urls[0], "MessageAttributeNames": ["All"]}
    [message] = eventually(lambda: sqs.receive_message(**taken).get("Messages"))
    assert json.loads(message["Body"])["detail"] == {"number": 1}
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (attributes["RULE_ARN"], attributes["TARGET_ARN"]) == (rule, function)
    assert "Messages" not in sqs.receive_message(QueueUrl=urls[1]), "its policy does not let that rule"

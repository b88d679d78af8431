"""IAM proven by trying: each function's role can do what it needs, and nothing to its neighbours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import boto3
import pytest

from tests.end_to_end.conftest import Deployed
from tests.end_to_end.rights import may
from tools import aws_names, render
from tools.paths import REPOSITORY
from tools.services import all_services

TOO_LONG = "x" * 300_000
RUNTIME = {"Logs", "Tracing", "DeadLetters", "Poll"}  # terraform/modules/lambda_function/role.tf

NOTES = "notes_api.api_handler"
BILLING = "billing_api.api_handler"
SETTLE = "billing_api.settle"
NOTIFY = "notify_job.notify"
STRIPE = "stripe_mock.api_handler"
DELIVER = "stripe_mock.deliver"
# Whose rights are listed here one by one. A service that was added since has those of its policy templates.
LISTED = {NOTES, BILLING, SETTLE, NOTIFY, STRIPE, DELIVER}
EVERYBODY = {
    f"{service.name}.{function}" for service in all_services() for function in aws_names.functions(service)
}

# What the code of each function does to each table. Everything else is to be denied.
TABLES = {
    "notes": {
        NOTES: {"get_item", "put_item", "update_item", "delete_item", "query"},
    },
    "purchases": {
        BILLING: {"get_item", "put_item", "update_item"},
        SETTLE: {"update_item", "query_due"},
    },
    "notifications": {
        NOTIFY: {"put_item", "update_item"},
    },
    "stripe_mock": {
        STRIPE: {"get_item", "put_item", "delete_item", "query"},
        DELIVER: {"get_item"},
    },
}
KEYS = {
    "notes": ("user_id", "note_id"),
    "purchases": ("user_id", "purchase_id"),
    "notifications": ("event_id",),
    "stripe_mock": ("pk", "sk"),
}
OPERATIONS = ("get_item", "put_item", "update_item", "delete_item", "query", "query_due", "scan")

SECRETS = {
    "stripe-key": {BILLING, SETTLE},
    "stripe-webhook-secret": {BILLING},
    "admin-phone": {NOTIFY},
}


@dataclass
class Stage:
    """The names of what the stage has, and clients with the rights of each function."""

    deployed: Deployed
    names: Mapping[str, Any]
    functions: Mapping[str, Mapping[str, Any]]
    sessions: dict[str, boto3.Session] = field(default_factory=dict)

    def client(self, function: str, service: str) -> Any:
        """A client with the rights of a function's role."""
        if function not in self.sessions:
            self.sessions[function] = self.deployed.assume("dev", self.functions[function]["role_arn"])
        return self.deployed.client(self.sessions[function], service)

    def who_may(self, service: str, call: Callable[[Any], Any]) -> set[str]:
        """The functions whose role allows a call."""
        return {name for name in self.functions if may(lambda: call(self.client(name, service)))}  # noqa: B023

    def listed_may(self, service: str, call: Callable[[Any], Any]) -> set[str]:
        """The same, of the functions whose rights are listed here."""
        return {name for name in LISTED if may(lambda: call(self.client(name, service)))}  # noqa: B023


@pytest.fixture(scope="module")
def stage(deployed: Deployed, stage_outputs: Mapping[str, Any]) -> Stage:
    """The stage `local` and everything in it."""
    layers = deployed.layers("local")
    functions = {
        f"{service}.{name}": function
        for service, outputs in stage_outputs["services"].items()
        for name, function in outputs["functions"].items()
    }
    names = {**layers.storage_outputs(), **layers.read(layers.stage_unit())}
    return Stage(deployed, names, functions)


def _on_table(operation: str, table: str, kind: str) -> Callable[[Any], Any]:
    """A call that changes nothing: writes are on a condition that is never met."""
    key = {name: {"S": "permissions"} for name in KEYS[kind]}
    never = {"ConditionExpression": "attribute_exists(never_there)"}
    equals = {"ExpressionAttributeValues": {":value": {"S": "permissions"}}}
    hash_key = KEYS[kind][0]
    requests: dict[str, dict[str, Any]] = {
        "get_item": {"Key": key},
        "put_item": {"Item": key, **never},
        "update_item": {"Key": key, **never, "UpdateExpression": "REMOVE never_there"},
        "delete_item": {"Key": key, **never},
        "query": {"KeyConditionExpression": f"{hash_key} = :value", **equals},
        "query_due": {"KeyConditionExpression": "due = :value", "IndexName": "due", **equals},
        "scan": {},
    }
    method = operation.removesuffix("_due")
    return lambda client: getattr(client, method)(TableName=table, **requests[operation])


def test_every_function_is_tried(stage: Stage) -> None:
    assert set(stage.functions) == EVERYBODY >= LISTED
    assert len({function["role_arn"] for function in stage.functions.values()}) == len(EVERYBODY)


@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_a_role_has_what_its_policy_template_says_and_what_every_function_needs(
    stage: Stage, name: str
) -> None:
    service, function = name.split(".")
    iam, role = stage.deployed.root("dev", "iam"), stage.functions[name]["role_arn"].rpartition("/")[2]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    written = {
        policy: iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }
    names = stage.deployed.layers("local").names(REPOSITORY / service)
    template = REPOSITORY / service / ".chalice" / f"policy-{function}.template.json"
    assert (
        written.pop("business", {"Statement": []})["Statement"] == render.load(template, names)["Statement"]
    )
    assert written.keys() == {"runtime"}
    assert {statement["Sid"] for statement in written["runtime"]["Statement"]} <= RUNTIME


@pytest.mark.parametrize(
    ("kind", "operation"),
    [(kind, op) for kind, op in product(TABLES, OPERATIONS) if op != "query_due" or kind == "purchases"],
)
def test_tables(stage: Stage, kind: str, operation: str) -> None:
    call = _on_table(operation, stage.names[f"{kind}_table_name"], kind)
    allowed = {name for name, operations in TABLES[kind].items() if operation in operations}
    assert stage.listed_may("dynamodb", call) == allowed


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets(stage: Stage, secret: str) -> None:
    name = stage.names["secrets"][secret]["name"]
    read = stage.listed_may("secretsmanager", lambda client: client.get_secret_value(SecretId=name))
    assert read == SECRETS[secret]
    # Under a label of its own, which nobody reads.
    written = stage.who_may(
        "secretsmanager",
        lambda client: client.put_secret_value(SecretId=name, SecretString="try", VersionStages=["try"]),
    )
    assert written == set()


def test_feature_flags(stage: Stage) -> None:
    place = stage.names["feature_flags"]
    session = {
        "ApplicationIdentifier": place["application_id"],
        "EnvironmentIdentifier": place["environment_id"],
        "ConfigurationProfileIdentifier": place["profile_id"],
    }
    read = stage.listed_may("appconfigdata", lambda client: client.start_configuration_session(**session))
    assert read == {NOTES}
    profile = {
        "ApplicationId": place["application_id"],
        "ConfigurationProfileId": place["profile_id"],
        "Content": b"{}",
        "ContentType": "application/json",
        "LatestVersionNumber": 1_000_000,
    }
    written = stage.who_may("appconfig", lambda client: client.create_hosted_configuration_version(**profile))
    assert written == set()


def test_purchase_topic(stage: Stage) -> None:
    topic = stage.names["topic_arn"]
    # Longer than SNS takes: nobody hears of it even where it is allowed.
    published = stage.listed_may("sns", lambda client: client.publish(TopicArn=topic, Message=TOO_LONG))
    assert published == {BILLING, SETTLE}
    subscribed = stage.who_may("sns", lambda client: client.subscribe(TopicArn=topic, Protocol="none"))
    assert subscribed == set()


def test_alarm_topic(stage: Stage) -> None:
    topic = stage.names["alarm_topic_arn"]
    assert stage.who_may("sns", lambda client: client.publish(TopicArn=topic, Message=TOO_LONG)) == set()


def test_sms(stage: Stage) -> None:
    phone = "+12025550199"  # not the admin's
    assert stage.listed_may("sns", lambda client: client.publish(PhoneNumber=phone, Message="Try")) == {
        NOTIFY
    }


@pytest.mark.parametrize(
    ("queue", "senders", "receivers"),
    [("stripe_mock_queue", {STRIPE}, {DELIVER}), (NOTIFY, {NOTIFY}, set())],
)
def test_queues(stage: Stage, queue: str, senders: set[str], receivers: set[str]) -> None:
    """A queue of the stage, and the dead-letter queue of the one function that has one."""
    owners = [name for name, function in stage.functions.items() if function["dead_letter_queue_url"]]
    assert owners == [NOTIFY]
    url = stage.functions[queue]["dead_letter_queue_url"] if queue in owners else stage.names[f"{queue}_url"]
    # Nobody can delay a message by a day: nothing is sent even where it is allowed.
    sent = stage.listed_may(
        "sqs", lambda client: client.send_message(QueueUrl=url, MessageBody="try", DelaySeconds=86400)
    )
    assert sent == senders
    received = stage.listed_may(
        "sqs", lambda client: client.receive_message(QueueUrl=url, VisibilityTimeout=0)
    )
    assert received == receivers
    purged = stage.who_may("sqs", lambda client: client.purge_queue(QueueUrl=url))
    assert purged == set()


@pytest.mark.parametrize("operation", ["get_object", "put_object", "delete_object"])
def test_uploads(stage: Stage, operation: str) -> None:
    bucket = stage.names["uploads_bucket_name"]

    def on(key: str) -> set[str]:
        return stage.listed_may("s3", lambda client: getattr(client, operation)(Bucket=bucket, Key=key))

    try:
        assert on("private/permissions/file") == {NOTES}
        assert on("public/file") == set()
        assert on("privately/file") == set()
    finally:
        stage.deployed.root("dev", "s3").delete_object(Bucket=bucket, Key="private/permissions/file")


def test_listing_and_opening_uploads(stage: Stage) -> None:
    bucket = stage.names["uploads_bucket_name"]
    assert stage.listed_may("s3", lambda client: client.list_objects_v2(Bucket=bucket)) == {NOTES}
    assert stage.who_may("s3", lambda client: client.get_bucket_policy(Bucket=bucket)) == set()
    opened = {"Version": "2012-10-17", "Statement": []}
    policy = json.dumps(opened)
    written = stage.who_may("s3", lambda client: client.put_bucket_policy(Bucket=bucket, Policy=policy))
    assert written == set()


def test_terraform_states_and_packages(stage: Stage) -> None:
    layers = stage.deployed.layers("local")
    packages = layers.read(layers.account())["artifact_bucket_name"]
    for bucket in (f"notes-dev-state-{layers.stage.account.id}", packages):
        assert stage.who_may("s3", lambda client: client.list_objects_v2(Bucket=bucket)) == set()  # noqa: B023
        read = stage.who_may("s3", lambda client: client.get_object(Bucket=bucket, Key="dns.tfstate"))  # noqa: B023
        assert read == set()
        written = stage.who_may("s3", lambda client: client.put_object(Bucket=bucket, Key="try"))  # noqa: B023
        assert written == set()


@pytest.mark.parametrize("owner", sorted(EVERYBODY))
def test_log_groups(stage: Stage, owner: str) -> None:
    group = stage.functions[owner]["log_group"]
    root = stage.deployed.root("dev", "logs")
    try:
        created = stage.who_may(
            "logs", lambda client: client.create_log_stream(logGroupName=group, logStreamName="permissions")
        )
        assert created == {owner}
        read = stage.who_may("logs", lambda client: client.filter_log_events(logGroupName=group))
        assert read == set()
    finally:
        root.delete_log_stream(logGroupName=group, logStreamName="permissions")


@pytest.mark.parametrize("called", sorted(EVERYBODY))
def test_nobody_calls_a_function_or_changes_it(stage: Stage, called: str) -> None:
    name = stage.functions[called]["name"]
    invoked = stage.who_may(
        "lambda", lambda client: client.invoke(FunctionName=name, Qualifier="live", InvocationType="DryRun")
    )
    assert invoked == set()
    described = stage.who_may("lambda", lambda client: client.get_function_configuration(FunctionName=name))
    assert described == set()


def test_nobody_rises(stage: Stage, deployed: Deployed) -> None:
    dns = deployed.layers("local").read(deployed.layers("local").dns())
    [role, *_] = dns["delegation_role_arns"].values()
    other = stage.functions[NOTES]["role_arn"]
    for arn in (role, other, stage.names["signed_in_role_arn"]):
        assumed = stage.who_may("sts", lambda client: client.assume_role(RoleArn=arn, RoleSessionName="try"))  # noqa: B023
        assert assumed == set()
    assert stage.who_may("iam", lambda client: client.list_roles()) == set()
    name = other.rsplit("/", 1)[-1]
    document = json.dumps({"Version": "2012-10-17", "Statement": []})
    written = stage.who_may(
        "iam", lambda client: client.put_role_policy(RoleName=name, PolicyName="try", PolicyDocument=document)
    )
    assert written == set()


@pytest.fixture(scope="module")
def foreign(deployed: Deployed) -> Iterator[Mapping[str, str]]:
    """A bucket and a table in the account prod, with something in each."""
    s3, dynamodb = deployed.root("prod", "s3"), deployed.root("prod", "dynamodb")
    bucket, table = "notes-prod-permissions", "notes-prod-permissions"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="private/file", Body=b"prod's")
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    yield {"bucket": bucket, "table_arn": arn}
    dynamodb.delete_table(TableName=table)
    s3.delete_object(Bucket=bucket, Key="private/file")
    s3.delete_bucket(Bucket=bucket)


def test_functions_of_dev_touch_nothing_in_prod(stage: Stage, foreign: Mapping[str, str]) -> None:
    bucket, table = foreign["bucket"], foreign["table_arn"]
    read = stage.who_may("s3", lambda client: client.get_object(Bucket=bucket, Key="private/file"))
    assert read == set()
    assert stage.who_may("s3", lambda client: client.put_object(Bucket=bucket, Key="private/x")) == set()
    got = stage.who_may(
        "dynamodb", lambda client: client.get_item(TableName=table, Key={"id": {"S": "permissions"}})
    )
    assert got == set()

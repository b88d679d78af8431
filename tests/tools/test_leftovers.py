"""What an interrupted deploy left is found by what a plan says of it, and nobody else's is."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from tools import leftovers
from tools.cloud import AwsCloud, client
from tools.leftovers import Clients
from tools.stages import Account

TAGS = {"project": "notes", "stage": "alice", "managed-by": "terraform"}
OTHERS = TAGS | {"stage": "dev"}


@pytest.fixture
def clients(aws: AwsCloud, account: Account) -> Clients:
    return partial(client, aws, account)


def table(clients: Clients) -> str:
    clients("dynamodb").create_table(
        TableName="notes-alice-purchases",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return "notes-alice-purchases"


def bucket(clients: Clients) -> str:
    clients("s3").create_bucket(Bucket="notes-alice-uploads")
    return "notes-alice-uploads"


def log_group(clients: Clients) -> str:
    for name in ("/aws/lambda/notes-alice-job", "/aws/lambda/notes-alice-job-2"):
        clients("logs").create_log_group(logGroupName=name)
    return "/aws/lambda/notes-alice-job"


def role(clients: Clients) -> str:
    clients("iam").create_role(RoleName="notes-alice-job", AssumeRolePolicyDocument=json.dumps({}))
    return "notes-alice-job"


def secret(clients: Clients) -> str:
    arn: str = clients("secretsmanager").create_secret(Name="notes-alice-stripe-key")["ARN"]
    return arn


def key_alias(clients: Clients) -> str:
    key = clients("kms").create_key()["KeyMetadata"]["KeyId"]
    clients("kms").create_alias(AliasName="alias/notes-dev-alarms", TargetKeyId=key)
    return "alias/notes-dev-alarms"


@pytest.mark.parametrize(
    ("kind", "values", "make"),
    [
        ("aws_dynamodb_table", {"name": "notes-alice-purchases"}, table),
        ("aws_s3_bucket", {"bucket": "notes-alice-uploads"}, bucket),
        ("aws_cloudwatch_log_group", {"name": "/aws/lambda/notes-alice-job"}, log_group),
        ("aws_iam_role", {"name": "notes-alice-job"}, role),
        ("aws_secretsmanager_secret", {"name": "notes-alice-stripe-key"}, secret),
        ("aws_kms_alias", {"name": "alias/notes-dev-alarms"}, key_alias),
    ],
)
def test_what_has_a_name_of_its_own_is_found_by_it(
    clients: Clients, kind: str, values: dict[str, str], make: Callable[[Clients], str]
) -> None:
    assert leftovers.find(clients, kind, values) == []
    made = make(clients)
    assert leftovers.find(clients, kind, values) == [made]


def user_pool(clients: Clients, tags: dict[str, str]) -> str:
    made: str = clients("cognito-idp").create_user_pool(PoolName="notes-alice-users", UserPoolTags=tags)[
        "UserPool"
    ]["Id"]
    return made


def zone(clients: Clients, tags: dict[str, str]) -> str:
    route53 = clients("route53")
    made: str = route53.create_hosted_zone(Name="dev.notes.example", CallerReference=json.dumps(tags))[
        "HostedZone"
    ]["Id"].rsplit("/", 1)[-1]
    listed = [{"Key": name, "Value": value} for name, value in tags.items()]
    route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=made, AddTags=listed)
    return made


def certificate(clients: Clients, tags: dict[str, str]) -> str:
    made: str = clients("acm").request_certificate(
        DomainName="*.api.dev.notes.example",
        Tags=[{"Key": name, "Value": value} for name, value in tags.items()],
    )["CertificateArn"]
    return made


def key(clients: Clients, tags: dict[str, str]) -> str:
    made: str = clients("kms").create_key(
        Description="Encrypts alarm topics",
        Tags=[{"TagKey": name, "TagValue": value} for name, value in tags.items()],
    )["KeyMetadata"]["KeyId"]
    return made


@pytest.mark.parametrize(
    ("kind", "values", "make"),
    [
        ("aws_cognito_user_pool", {"name": "notes-alice-users"}, user_pool),
        ("aws_route53_zone", {"name": "dev.notes.example"}, zone),
        ("aws_acm_certificate", {"domain_name": "*.api.dev.notes.example"}, certificate),
        ("aws_kms_key", {"description": "Encrypts alarm topics"}, key),
    ],
)
def test_what_others_may_have_the_same_name_as_is_found_by_its_tags(
    clients: Clients,
    kind: str,
    values: dict[str, Any],
    make: Callable[[Clients, dict[str, str]], str],
) -> None:
    make(clients, OTHERS)
    assert leftovers.find(clients, kind, values | {"tags_all": TAGS}) == []
    ours = make(clients, TAGS)
    assert leftovers.find(clients, kind, values | {"tags_all": TAGS}) == [ours]


def test_what_is_not_known_yet_is_not_looked_for(clients: Clients) -> None:
    assert leftovers.find(clients, "aws_lambda_alias", {"name": "live"}) == []
    assert leftovers.find(clients, "aws_sns_topic", {"name": "notes-alice-purchases"}) == []


class AppConfig:
    """Lists an application, an environment, a profile and a strategy of ours, and others; moto lists none."""

    meta = SimpleNamespace(region_name="us-east-1")

    def get_paginator(self, operation: str) -> Any:
        kind = operation.removeprefix("list_")
        items = [{"Id": f"{owner}-{kind}", "Name": "notes-alice-flags"} for owner in ("ours", "other")]
        ours = [*items, {"Id": "unlike", "Name": "notes-alice"}]
        return SimpleNamespace(paginate=lambda **given: [{"Items": ours if given else ours[::-1]}])

    def list_tags_for_resource(self, ResourceArn: str) -> dict[str, Any]:  # noqa: N803
        assert ResourceArn.startswith("arn:aws:appconfig:us-east-1:123456789012:")
        return {"Tags": TAGS if "/ours-" in ResourceArn else OTHERS}


@pytest.mark.parametrize(
    ("kind", "values", "found"),
    [
        ("aws_appconfig_application", {}, ["ours-applications"]),
        ("aws_appconfig_deployment_strategy", {}, ["ours-deployment_strategies"]),
        (
            "aws_appconfig_environment",
            {"application_id": "a"},
            ["ours-environments:a", "other-environments:a"],
        ),
        (
            "aws_appconfig_configuration_profile",
            {"application_id": "a"},
            ["ours-configuration_profiles:a", "other-configuration_profiles:a"],
        ),
        ("aws_appconfig_environment", {"application_id": None}, []),
    ],
)
def test_where_flags_lie_is_found(
    clients: Clients, kind: str, values: dict[str, Any], found: list[str]
) -> None:
    planned = {"name": "notes-alice-flags", "tags_all": TAGS, **values}
    with_appconfig = {"appconfig": AppConfig()}
    assert leftovers.find(lambda name: with_appconfig.get(name) or clients(name), kind, planned) == found

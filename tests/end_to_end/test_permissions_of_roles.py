"""What an account's deployer and reader are denied, tried. What they may do, deploys and plans prove."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.end_to_end.conftest import Deployed
from tests.end_to_end.rights import may
from tools import roles, state_bucket
from tools.names import Role

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
EVERYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)

Call = Callable[[Any], Any]


@dataclass(frozen=True)
class Account:
    """The account dev with the stage `local`, and clients with the rights of its roles."""

    deployed: Deployed
    names: Mapping[str, Any]
    functions: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its number."""
        return self.deployed.organisation.accounts["dev"].id

    def arn(self, role: Role) -> str:
        """A role's ARN."""
        return roles.arn("notes", self.deployed.organisation.accounts["dev"], role)

    @property
    def boundary(self) -> str:
        """The ARN of the boundary."""
        return roles.boundary_arn("notes", self.deployed.organisation.accounts["dev"])

    def client(self, role: Role, service: str) -> Any:
        """A client with a role's rights."""
        session = self.deployed.cloud.acting_as(role).session(self.deployed.organisation.accounts["dev"])
        return self.deployed.client(session, service)

    def denied(self, role: Role, service: str, *calls: Call) -> list[bool]:
        """Whether each call is denied to the role."""
        client = self.client(role, service)
        return [not may(lambda: call(client)) for call in calls]  # noqa: B023

    def trust(self, *principals: str) -> str:
        """A trust policy."""
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": list(principals)}}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def dev(deployed: Deployed, stage_outputs: Mapping[str, Any]) -> Account:
    """The account dev."""
    layers = deployed.layers("local")
    names = {**layers.storage_outputs(), **layers.read(layers.stage_unit()), **layers.account_outputs()}
    return Account(deployed, names, stage_outputs["services"])


@pytest.mark.parametrize("role", ["deployer", "reader"])
def test_notes_are_read_by_nobody_who_deploys_or_looks(dev: Account, role: Role) -> None:
    table = dev.names["notes_table_name"]
    key = {"user_id": {"S": "x"}, "note_id": {"S": "x"}}
    one = {"ExpressionAttributeValues": {":u": {"S": "x"}}, "KeyConditionExpression": "user_id = :u"}
    export = {"TableArn": dev.names["notes_table_arn"], "S3Bucket": "anywhere"}
    assert all(
        dev.denied(
            role,
            "dynamodb",
            lambda c: c.get_item(TableName=table, Key=key),
            lambda c: c.batch_get_item(RequestItems={table: {"Keys": [key]}}),
            lambda c: c.transact_get_items(TransactItems=[{"Get": {"TableName": table, "Key": key}}]),
            lambda c: c.query(TableName=table, **one),
            lambda c: c.scan(TableName=table),
            lambda c: c.execute_statement(Statement=f'SELECT * FROM "{table}"'),
            lambda c: c.export_table_to_point_in_time(**export),
            lambda c: c.put_item(TableName=table, Item=key),
            lambda c: c.delete_item(TableName=table, Key=key),
            lambda c: c.scan(TableName=dev.names["purchases_table_name"]),
        )
    )
    api = dev.functions["notes_api"]["functions"]["api_handler"]["name"]
    assert all(dev.denied(role, "lambda", lambda c: c.invoke(FunctionName=api, Qualifier="live")))


def test_a_deployer_sends_messages_again_and_calls_no_other_function(dev: Account) -> None:
    for service in dev.functions.values():
        for function in service["functions"].values():
            arn, gets_messages = function["alias_arn"], function["dead_letter_queue_url"] is not None
            tried = [
                lambda c, arn=arn: c.invoke(FunctionName=arn, InvocationType="DryRun"),
                lambda c, arn=arn: c.invoke(FunctionName=arn.removesuffix(":live"), InvocationType="DryRun"),
            ]
            assert dev.denied("deployer", "lambda", *tried) == [not gets_messages, True], arn
            assert dev.denied("reader", "lambda", *tried) == [True, True], arn


@pytest.mark.parametrize("role", ["deployer", "reader"])
def test_uploads_secrets_and_passwords_neither(dev: Account, role: Role) -> None:
    bucket, key = dev.names["uploads_bucket_name"], "private/us-east-1:x/file"
    assert all(
        dev.denied(
            role,
            "s3",
            lambda c: c.get_object(Bucket=bucket, Key=key),
            lambda c: c.put_object(Bucket=bucket, Key=key, Body=b""),
            lambda c: c.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key}),
        )
    )
    secrets = [secret["name"] for secret in dev.names["secrets"].values()]
    assert secrets
    reads = [lambda c, name=name: c.get_secret_value(SecretId=name) for name in secrets]
    assert all(dev.denied(role, "secretsmanager", *reads))
    pool = {"UserPoolId": dev.names["user_pool_id"]}
    assert all(
        dev.denied(
            role,
            "cognito-idp",
            lambda c: c.admin_set_user_password(
                **pool, Username="x", Password="Aa1!aaaaaaaa", Permanent=True
            ),
            lambda c: c.admin_get_user(**pool, Username="x"),
            lambda c: c.list_users(**pool),
            lambda c: c.admin_initiate_auth(**pool, ClientId="x", AuthFlow="ADMIN_NO_SRP_AUTH"),
        )
    )


@pytest.mark.parametrize("role", ["deployer", "reader"])
def test_no_role_takes_another(dev: Account, role: Role) -> None:
    organisation = dev.deployed.organisation
    others = [roles.arn("notes", organisation.accounts["prod"], each) for each in ("deployer", "reader")]
    others += [dev.arn("deployer"), dev.arn("reader"), dev.names["delegation_role_arn"]]
    others += [dev.functions["notes_api"]["functions"]["api_handler"]["role_arn"]]
    calls = [lambda c, arn=arn: c.assume_role(RoleArn=arn, RoleSessionName="try") for arn in others]
    assert all(dev.denied(role, "sts", *calls))


def test_a_deployer_makes_no_role_without_the_boundary(dev: Account) -> None:
    trust = dev.trust(f"arn:aws:iam::{dev.id}:root")
    made = {"RoleName": "notes-local-rise", "AssumeRolePolicyDocument": trust}
    assert all(
        dev.denied(
            "deployer",
            "iam",
            lambda c: c.create_role(**made),
            lambda c: c.create_role(**made, PermissionsBoundary=ADMINISTRATOR),
            lambda c: c.create_role(**made | {"RoleName": "other"}, PermissionsBoundary=dev.boundary),
            lambda c: c.create_user(UserName="notes-local-user"),
            lambda c: c.create_access_key(UserName="notes-local-user"),
            lambda c: c.create_policy(PolicyName="notes-local-policy", PolicyDocument=EVERYTHING),
        )
    )


def test_a_deployer_drops_no_boundary_and_changes_neither_it_nor_its_own_role(dev: Account) -> None:
    function = dev.functions["notes_api"]["functions"]["api_handler"]["role_arn"].rpartition("/")[2]
    calls: list[Call] = [
        lambda c: c.delete_role_permissions_boundary(RoleName=function),
        lambda c: c.put_role_permissions_boundary(RoleName=function, PermissionsBoundary=ADMINISTRATOR),
        lambda c: c.create_policy_version(PolicyArn=dev.boundary, PolicyDocument=EVERYTHING),
        lambda c: c.delete_policy(PolicyArn=dev.boundary),
    ]
    for own in ("notes-dev-deployer", "notes-dev-reader", "notes-dev-api-logging"):
        calls += [
            lambda c, own=own: c.put_role_policy(RoleName=own, PolicyName="p", PolicyDocument=EVERYTHING),  # type: ignore[misc]
            lambda c, own=own: c.attach_role_policy(RoleName=own, PolicyArn=ADMINISTRATOR),  # type: ignore[misc]
            lambda c, own=own: c.detach_role_policy(RoleName=own, PolicyArn=f"{dev.boundary}-private"),  # type: ignore[misc]
            lambda c, own=own: c.update_assume_role_policy(RoleName=own, PolicyDocument=EVERYTHING),  # type: ignore[misc]
            lambda c, own=own: c.put_role_permissions_boundary(  # type: ignore[misc]
                RoleName=own, PermissionsBoundary=dev.boundary
            ),
            lambda c, own=own: c.delete_role(RoleName=own),  # type: ignore[misc]
        ]
    assert all(dev.denied("deployer", "iam", *calls))


@pytest.fixture
def bounded(dev: Account) -> Iterator[str]:
    """A role that its deployer made with all rights, trusting root and the deployer."""
    iam, name = dev.client("deployer", "iam"), "notes-local-bounded"
    trust = dev.trust(f"arn:aws:iam::{dev.id}:root", dev.arn("deployer"))
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, PermissionsBoundary=dev.boundary)
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=EVERYTHING)
    yield f"arn:aws:iam::{dev.id}:role/{name}"
    iam.delete_role_policy(RoleName=name, PolicyName="all")
    iam.delete_role(RoleName=name)


def test_a_role_that_a_deployer_makes_does_what_functions_do_at_most(dev: Account, bounded: str) -> None:
    sts = dev.client("deployer", "sts")
    assert not may(lambda: sts.assume_role(RoleArn=bounded, RoleSessionName="rise")), "nor reads through it"
    session = dev.deployed.assumed(dev.deployed.root("dev", "sts"), bounded)

    def may_with(service: str, call: Call) -> bool:
        client = dev.deployed.client(session, service)
        return may(lambda: call(client))

    key = {"user_id": {"S": "x"}, "note_id": {"S": "x"}}
    assert may_with("dynamodb", lambda c: c.get_item(TableName=dev.names["notes_table_name"], Key=key))
    state = f"notes-dev-state-{dev.id}"
    assert not may_with("s3", lambda c: c.get_object(Bucket=state, Key="account.tfstate"))
    assert not may_with("iam", lambda c: c.list_roles())
    assert not may_with("iam", lambda c: c.delete_role_permissions_boundary(RoleName="notes-local-bounded"))
    assert not may_with("dynamodb", lambda c: c.delete_table(TableName=dev.names["notes_table_name"]))
    assert not may_with("dynamodb", lambda c: c.get_item(TableName="other", Key=key))


def test_a_deployer_makes_nothing_outside_the_projects_names(dev: Account) -> None:
    role = dev.functions["notes_api"]["functions"]["api_handler"]["role_arn"]
    code = {"Runtime": "python3.11", "Handler": "a.b", "Code": {"ZipFile": b""}}
    table = {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    tried: dict[str, list[Call]] = {
        "dynamodb": [lambda c: c.create_table(TableName="other", **table)],
        "s3": [lambda c: c.create_bucket(Bucket="other"), lambda c: c.create_bucket(Bucket="notes-local-x")],
        "sns": [lambda c: c.create_topic(Name="other")],
        "sqs": [lambda c: c.create_queue(QueueName="other")],
        "secretsmanager": [lambda c: c.create_secret(Name="other")],
        "logs": [lambda c: c.create_log_group(logGroupName="/aws/lambda/other")],
        "events": [lambda c: c.put_rule(Name="other", ScheduleExpression="rate(1 day)")],
        "lambda": [
            lambda c: c.create_function(FunctionName="other", Role=role, **code),
            lambda c: c.create_function(FunctionName="notes-x", Role=dev.arn("deployer"), **code),
            lambda c: c.create_function(
                FunctionName="notes-x", Role=role.replace("notes-", "other-"), **code
            ),
        ],
        "kms": [lambda c: c.schedule_key_deletion(KeyId=dev.names["alarm_key_arn"])],
        "apigateway": [lambda c: c.update_account(patchOperations=[])],
        "appconfig": [
            lambda c: c.create_deployment_strategy(
                Name="x", DeploymentDurationInMinutes=0, GrowthFactor=100, ReplicateTo="NONE"
            ),
            lambda c: c.delete_deployment_strategy(DeploymentStrategyId=dev.names["flag_strategy_id"]),
        ],
    }
    for service, calls in tried.items():
        assert all(dev.denied("deployer", service, *calls)), service


def test_a_deployer_names_apis_and_nothing_else_in_the_accounts_zone(dev: Account) -> None:
    def change(name: str, kind: str) -> Call:
        record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
        batch = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
        return lambda c: c.change_resource_record_sets(HostedZoneId=dev.names["zone_id"], ChangeBatch=batch)

    zone = dev.names["zone_name"]
    assert dev.denied("deployer", "route53", change(f"pr-404.api.{zone}", "A")) == [False]
    refused = [change(zone, "NS"), change(f"www.{zone}", "A"), change(f"pr-404.api.{zone}", "CNAME")]
    refused.append(lambda c: c.delete_hosted_zone(Id=dev.names["zone_id"]))
    assert all(dev.denied("deployer", "route53", *refused))


def test_a_deployer_does_not_rewrite_what_the_administrator_applied(dev: Account) -> None:
    bucket = f"notes-dev-state-{dev.id}"
    keys = ["account.tfstate", "roles.tfstate", "roles.tfstate.tflock", "applied/roles.json"]
    writes = [lambda c, key=key: c.put_object(Bucket=bucket, Key=key, Body=b"") for key in keys]
    deletes = [lambda c, key=key: c.delete_object(Bucket=bucket, Key=key) for key in keys]
    assert all(dev.denied("deployer", "s3", *writes, *deletes))
    old = [lambda c: c.delete_object(Bucket=bucket, Key="local/stage.tfstate", VersionId="x")]
    assert all(dev.denied("deployer", "s3", *old)), "old versions of a state stay"


def test_a_reader_changes_nothing(dev: Account) -> None:
    state, table = f"notes-dev-state-{dev.id}", dev.names["notes_table_name"]
    function = dev.functions["notes_api"]["functions"]["api_handler"]
    notify = dev.functions["notify_job"]["functions"]["notify"]
    role = function["role_arn"].rpartition("/")[2]
    tried: dict[str, list[Call]] = {
        "s3": [
            lambda c: c.put_object(Bucket=state, Key="local/stage.tfstate", Body=b""),
            lambda c: c.put_object(Bucket=state, Key="local/stage.tfstate.tflock", Body=b""),
            lambda c: c.delete_object(Bucket=state, Key="local/stage.tfstate"),
            lambda c: c.put_bucket_policy(Bucket=dev.names["uploads_bucket_name"], Policy=EVERYTHING),
        ],
        "dynamodb": [
            lambda c: c.update_table(TableName=table, DeletionProtectionEnabled=False),
            lambda c: c.delete_table(TableName=table),
            lambda c: c.tag_resource(ResourceArn=dev.names["notes_table_arn"], Tags=[]),
        ],
        "lambda": [
            lambda c: c.update_alias(FunctionName=function["name"], Name="live", FunctionVersion="1"),
            lambda c: c.update_function_configuration(FunctionName=function["name"], MemorySize=256),
        ],
        "iam": [lambda c: c.delete_role(RoleName=role), lambda c: c.tag_role(RoleName=role, Tags=[])],
        "secretsmanager": [lambda c: c.put_secret_value(SecretId="notes-local-stripe-key", SecretString="x")],
        "logs": [lambda c: c.delete_log_group(logGroupName=function["log_group"])],
        "cognito-idp": [
            lambda c: c.admin_confirm_sign_up(UserPoolId=dev.names["user_pool_id"], Username="x")
        ],
        "apigateway": [lambda c: c.create_rest_api(name="notes-x")],
        "appconfig": [
            lambda c: c.create_application(Name="notes-x"),
            lambda c: c.create_hosted_configuration_version(
                ApplicationId=dev.names["feature_flags"]["application_id"],
                ConfigurationProfileId=dev.names["feature_flags"]["profile_id"],
                Content=b"{}",
                ContentType="application/json",
                LatestVersionNumber=1_000_000,
            ),
        ],
        "sqs": [lambda c: c.receive_message(QueueUrl=notify["dead_letter_queue_url"])],
    }
    for service, calls in tried.items():
        assert all(dev.denied("reader", service, *calls)), service


def test_a_reader_looks(dev: Account) -> None:
    layers = dev.deployed.layers("local").acting_as("reader")
    assert layers.read(layers.stage_unit())["api_url"]
    table = {"TableName": dev.names["notes_table_name"]}
    assert dev.client("reader", "dynamodb").describe_table(**table)["Table"]["TableStatus"] == "ACTIVE"
    group = dev.functions["notes_api"]["functions"]["api_handler"]["log_group"]
    assert "events" in dev.client("reader", "logs").filter_log_events(logGroupName=group, limit=1)


def test_every_role_of_the_stage_is_within_the_boundary(dev: Account) -> None:
    iam = dev.deployed.root("dev", "iam")
    names = [
        function["role_arn"].rpartition("/")[2]
        for service in dev.functions.values()
        for function in service["functions"].values()
    ]
    for name in [*names, dev.names["signed_in_role_name"]]:
        found = iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
        assert found == dev.boundary, name


def test_the_names_that_the_tools_reckon_with_are_those_of_terraform(dev: Account) -> None:
    account = dev.deployed.organisation.accounts["dev"]
    outputs = state_bucket.outputs(dev.deployed.cloud, account, "roles.tfstate")
    assert outputs == {
        "deployer_role_arn": dev.arn("deployer"),
        "reader_role_arn": dev.arn("reader"),
        "permissions_boundary_arn": dev.boundary,
        "release_role_arns": f"arn:aws:iam::{account.id}:role/releases/notes-*",
    }

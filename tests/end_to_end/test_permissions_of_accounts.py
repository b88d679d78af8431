"""One account's rights end at its border, but for the delegation of its subdomain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from tests.end_to_end.conftest import Deployed
from tests.end_to_end.rights import may
from tools import accounts, roles, state_bucket
from tools.errors import ToolError
from tools.names import Role


@pytest.fixture(scope="module")
def dns(deployed: Deployed) -> Mapping[str, Any]:
    """The outputs of the account dns."""
    layers = deployed.layers("local")
    return layers.read(layers.dns())


@pytest.fixture(scope="module")
def delegation(deployed: Deployed, dns: Mapping[str, Any]) -> boto3.Session:
    """What the account dev gets from the account dns."""
    return deployed.assumed(deployed.root("dev", "sts"), _role(deployed, dns, "dev"))


def _role(deployed: Deployed, dns: Mapping[str, Any], account: str) -> str:
    arn: str = dns["delegation_role_arns"][deployed.organisation.accounts[account].id]
    return arn


def _change(client: Any, zone: str, name: str, kind: str, value: str, action: str = "UPSERT") -> Any:
    record = {"Name": name, "Type": kind, "TTL": 300, "ResourceRecords": [{"Value": value}]}
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    return client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def _records(client: Any, zone: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
    return [record for page in pages for record in page["ResourceRecordSets"]]


def test_the_subdomain_is_delegated(deployed: Deployed, dns: Mapping[str, Any]) -> None:
    account = deployed.layers("local").read(deployed.layers("local").account())
    subdomain = deployed.organisation.accounts["dev"].subdomain
    own = deployed.root("dev", "route53").get_hosted_zone(Id=account["zone_id"])
    wanted = {server.rstrip(".") for server in own["DelegationSet"]["NameServers"]}
    [found] = [
        {entry["Value"].rstrip(".") for entry in record["ResourceRecords"]}
        for record in _records(deployed.root("dns", "route53"), dns["zone_id"])
        if record["Type"] == "NS" and record["Name"].rstrip(".") == subdomain
    ]
    assert found == wanted


def test_the_delegation_changes_delegations_only(
    deployed: Deployed, delegation: boto3.Session, dns: Mapping[str, Any]
) -> None:
    route53, zone = deployed.client(delegation, "route53"), dns["zone_id"]
    subdomain = deployed.organisation.accounts["dev"].subdomain
    before = _records(deployed.root("dns", "route53"), zone)
    [current] = [r for r in before if r["Type"] == "NS" and r["Name"].rstrip(".") == subdomain]
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": current}]}
    assert may(lambda: route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch))
    for name, kind, value in [
        (subdomain, "A", "192.0.2.1"),
        (deployed.organisation.accounts["prod"].subdomain, "NS", "ns.elsewhere.example."),
        (subdomain, "CNAME", "elsewhere.example."),
        (deployed.organisation.root_domain, "NS", "ns.elsewhere.example."),
        (deployed.organisation.root_domain, "A", "192.0.2.1"),
        (f"www.{deployed.organisation.root_domain}", "NS", "ns.elsewhere.example."),
        (f"api.{subdomain}", "NS", "ns.elsewhere.example."),
    ]:
        assert not may(lambda: _change(route53, zone, name, kind, value)), (name, kind)  # noqa: B023
    assert _records(deployed.root("dns", "route53"), zone) == before


def test_the_delegation_touches_no_other_zone_and_no_other_service(
    deployed: Deployed, delegation: boto3.Session, dns: Mapping[str, Any]
) -> None:
    route53, root = deployed.client(delegation, "route53"), deployed.root("dns", "route53")
    other = root.create_hosted_zone(Name="other.example", CallerReference="permissions")["HostedZone"]["Id"]
    try:
        name = deployed.organisation.accounts["dev"].subdomain
        assert not may(lambda: _change(route53, other, name, "NS", "ns.elsewhere.example."))
        assert not may(lambda: route53.list_resource_record_sets(HostedZoneId=other))
        assert not may(lambda: route53.delete_hosted_zone(Id=other))
    finally:
        root.delete_hosted_zone(Id=other)
    assert not may(lambda: route53.delete_hosted_zone(Id=dns["zone_id"]))
    assert not may(lambda: route53.create_hosted_zone(Name="mine.example", CallerReference="mine"))
    state = f"notes-dns-state-{deployed.organisation.accounts['dns'].id}"
    s3 = deployed.client(delegation, "s3")
    assert not may(lambda: s3.get_object(Bucket=state, Key="dns.tfstate"))
    assert not may(lambda: s3.put_object(Bucket=state, Key="dns.tfstate", Body=b""))
    assert not may(lambda: deployed.client(delegation, "iam").list_roles())


@pytest.fixture
def roles_elsewhere(deployed: Deployed) -> Iterator[list[str]]:
    """A role in dns and one in prod that trust their own account, as every role does but the delegation's."""
    arns = []
    for account in ("dns", "prod"):
        number = deployed.organisation.accounts[account].id
        trust = (
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
            f'"Principal": {{"AWS": "arn:aws:iam::{number}:root"}}}}]}}'
        )
        iam = deployed.root(account, "iam")
        arns.append(
            iam.create_role(RoleName="permissions", AssumeRolePolicyDocument=trust)["Role"]["Arn"],
        )
    yield arns
    for account in ("dns", "prod"):
        deployed.root(account, "iam").delete_role(RoleName="permissions")


def test_no_other_role_elsewhere_is_open_to_dev(deployed: Deployed, roles_elsewhere: list[str]) -> None:
    sts = deployed.root("dev", "sts")
    for arn in roles_elsewhere:
        assert not may(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="try"))  # noqa: B023


def test_an_account_nobody_listed_gets_no_delegation(deployed: Deployed, dns: Mapping[str, Any]) -> None:
    outsider = boto3.Session("999999999999", "test", region_name=deployed.cloud.region)
    sts = deployed.client(outsider, "sts")
    for role in dns["delegation_role_arns"].values():
        assert not may(lambda: sts.assume_role(RoleArn=role, RoleSessionName="try"))  # noqa: B023


def test_no_account_gets_the_delegation_of_another(deployed: Deployed, dns: Mapping[str, Any]) -> None:
    for account, other in (("dev", "prod"), ("prod", "dev")):
        sts, role = deployed.root(account, "sts"), _role(deployed, dns, other)
        assert not may(lambda: sts.assume_role(RoleArn=role, RoleSessionName="try"))  # noqa: B023


@dataclass
class Unheard:
    """A report that nobody reads."""

    def started(self, name: str) -> None:
        """See graph.Report."""

    def finished(self, name: str, words: str, seconds: float) -> None:
        """See graph.Report."""

    def failed(self, name: str, error: ToolError, seconds: float) -> None:
        """See graph.Report."""

    def stopping(self, names: Sequence[str]) -> None:
        """See graph.Report."""


@pytest.fixture(scope="module")
def roles_of_prod(deployed: Deployed) -> None:
    """The roles of the account prod, made by its administrator if no deploy did it before."""
    accounts.prepare(deployed.layers("prod"), Unheard())


@pytest.mark.usefixtures("roles_of_prod")
@pytest.mark.parametrize("role", ["deployer", "reader"])
@pytest.mark.parametrize(("account", "others"), [("dev", ["prod", "dns"]), ("prod", ["dev", "dns"])])
def test_the_roles_of_an_account_touch_no_other(
    deployed: Deployed, role: Role, account: str, others: list[str]
) -> None:
    organisation = deployed.organisation
    session = deployed.cloud.acting_as(role).session(organisation.accounts[account])
    sts, s3, dynamodb, secrets, sqs = (
        deployed.client(session, service) for service in ("sts", "s3", "dynamodb", "secretsmanager", "sqs")
    )
    assert sts.get_caller_identity()["Account"] == organisation.accounts[account].id
    for name in others:
        other = organisation.accounts[name]
        here = f"{organisation.region}:{other.id}"
        state = state_bucket.name(deployed.cloud, other)
        tried: list[Callable[[], Any]] = [
            lambda: s3.get_object(Bucket=state, Key=f"{name}.tfstate"),  # noqa: B023
            lambda: s3.get_object(Bucket=state, Key="account.tfstate"),  # noqa: B023
            lambda: s3.put_object(Bucket=state, Key="stage.tfstate", Body=b""),  # noqa: B023
            lambda: s3.list_objects_v2(Bucket=state),  # noqa: B023
            lambda: dynamodb.describe_table(TableName=f"arn:aws:dynamodb:{here}:table/notes-{name}-notes"),  # noqa: B023
            lambda: secrets.describe_secret(SecretId=f"arn:aws:secretsmanager:{here}:secret:notes-{name}-x"),  # noqa: B023
            lambda: sqs.get_queue_attributes(QueueUrl=f"{deployed.cloud.endpoint_url}/{other.id}/notes-x"),  # noqa: B023
        ]
        assert [may(call) for call in tried] == [False] * len(tried), name
        for wanted in ("deployer", "reader"):
            arn = roles.arn(organisation.project, other, wanted)
            assert not may(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="try"))  # noqa: B023


@pytest.mark.usefixtures("roles_of_prod")
def test_another_accounts_root_takes_no_role(deployed: Deployed) -> None:
    organisation = deployed.organisation
    for account, other in (("dev", "prod"), ("prod", "dev")):
        arn = roles.arn(organisation.project, organisation.accounts[other], "deployer")
        sts = deployed.root(account, "sts")
        assert not may(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="try"))  # noqa: B023

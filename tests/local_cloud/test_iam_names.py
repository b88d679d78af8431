"""Rights on what AWS names: a policy written for AWS allows here what it allows there, and no more."""

import json
from typing import Any

import pytest

from tests.local_cloud.conftest import ACCOUNT, REGION, Cloud, make_function
from tests.local_cloud.roles import TRUST, allow, clients_of, denied
from tools.local_cloud.gaps.iam_names import resource

HERE = f"{REGION}:{ACCOUNT}"


def test_a_function_is_made_by_its_name_only(cloud: Cloud) -> None:
    rights = [
        allow("lambda:CreateFunction", f"arn:aws:lambda:{HERE}:function:mine-*"),
        allow("iam:PassRole"),
    ]
    functions = clients_of(cloud, "makes-functions", rights)("lambda")
    role = f"arn:aws:iam::{ACCOUNT}:role/makes-functions"

    def create(name: str) -> None:
        functions.create_function(FunctionName=name, Runtime="python3.12", Handler="i.h", Role=role, Code={})

    assert not denied(lambda: create("mine-1"))
    assert denied(lambda: create("other-1"))


def test_an_alias_is_moved_by_the_right_to_update_it(cloud: Cloud) -> None:
    make_function(cloud, "aliased", "def handler(event, context): pass", Publish=True)
    cloud.client("lambda").create_alias(FunctionName="aliased", Name="live", FunctionVersion="1")
    may = clients_of(cloud, "moves-aliases", [allow("lambda:UpdateAlias")])("lambda")
    may_not = clients_of(cloud, "lists-aliases", [allow("lambda:ListAliases")])("lambda")
    assert not denied(lambda: may.update_alias(FunctionName="aliased", Name="live", Description="x"))
    assert denied(lambda: may_not.update_alias(FunctionName="aliased", Name="live", Description="x"))
    assert denied(lambda: may_not.delete_alias(FunctionName="aliased", Name="live"))
    assert denied(lambda: may_not.get_alias(FunctionName="aliased", Name="live"))


def test_a_rule_of_the_default_bus_has_no_bus_in_its_name(cloud: Cloud) -> None:
    rights = [allow(["events:PutRule", "events:ListTargetsByRule"], f"arn:aws:events:{HERE}:rule/mine-*")]
    events = clients_of(cloud, "makes-rules", rights)("events")
    assert not denied(lambda: events.put_rule(Name="mine-1", ScheduleExpression="rate(1 hour)"))
    assert denied(lambda: events.put_rule(Name="other-1", ScheduleExpression="rate(1 hour)"))
    assert not denied(lambda: events.list_targets_by_rule(Rule="mine-1", EventBusName="default"))
    assert denied(lambda: events.list_targets_by_rule(Rule="other-1", EventBusName="default"))


def test_alarms_are_described_by_name(cloud: Cloud) -> None:
    rights = [allow("cloudwatch:DescribeAlarms", f"arn:aws:cloudwatch:{HERE}:alarm:mine-*")]
    alarms = clients_of(cloud, "describes-alarms", rights)("cloudwatch")
    assert not denied(lambda: alarms.describe_alarms(AlarmNames=["mine-1"]))
    assert denied(lambda: alarms.describe_alarms(AlarmNames=["other-1"]))
    assert denied(alarms.describe_alarms)


def test_tags_are_those_of_what_has_them(cloud: Cloud) -> None:
    arn = f"arn:aws:sns:{HERE}:mine-1"
    sns = clients_of(cloud, "lists-tags", [allow("sns:ListTagsForResource", arn)])("sns")
    assert not denied(lambda: sns.list_tags_for_resource(ResourceArn=arn))
    assert denied(lambda: sns.list_tags_for_resource(ResourceArn=arn.replace("mine", "other")))


def test_a_policy_is_made_by_its_name_only(cloud: Cloud) -> None:
    rights = [allow("iam:CreatePolicy", f"arn:aws:iam::{ACCOUNT}:policy/mine-*")]
    iam = clients_of(cloud, "makes-policies", rights)("iam")
    document = json.dumps({**TRUST, "Statement": [allow("s3:ListAllMyBuckets")]})
    assert not denied(lambda: iam.create_policy(PolicyName="mine-1", PolicyDocument=document))
    assert denied(lambda: iam.create_policy(PolicyName="other-1", PolicyDocument=document))


def test_a_role_is_named_with_its_path(cloud: Cloud) -> None:
    """Made, changed and passed: another path is another resource, whatever the name."""
    here = f"arn:aws:iam::{ACCOUNT}:role"
    rights = [
        allow(["iam:CreateRole", "iam:PutRolePolicy"], f"{here}/pathed-*"),
        allow(["iam:GetRole", "iam:DeleteRole"], f"{here}/movers/pathed-*"),
    ]
    iam = clients_of(cloud, "knows-paths", rights)("iam")
    document = json.dumps({**TRUST, "Statement": [allow("s3:ListAllMyBuckets")]})

    def create(client: Any, name: str, path: str) -> None:
        client.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(TRUST))

    def put(name: str) -> None:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)

    assert not denied(lambda: create(iam, "pathed-1", "/"))
    assert denied(lambda: create(iam, "pathed-2", "/movers/"))
    create(cloud.client("iam"), "pathed-2", "/movers/")
    assert not denied(lambda: put("pathed-1"))
    assert denied(lambda: put("pathed-2"))
    assert not denied(lambda: iam.get_role(RoleName="pathed-2"))
    assert denied(lambda: iam.get_role(RoleName="pathed-1"))


@pytest.mark.parametrize(
    ("service", "path", "parameters", "found"),
    [
        ("route53", "/2013-04-01/change/C1", {}, "arn:aws:route53:::change/C1"),
        ("monitoring", "/", {"AlarmNames.member.1": "a"}, f"arn:aws:cloudwatch:{HERE}:alarm:a"),
        ("events", "/", {"ResourceARN": "arn:rule"}, "arn:rule"),
        ("events", "/", {"Rule": "r"}, f"arn:aws:events:{HERE}:rule/r"),
        ("events", "/", {"Rule": "r", "EventBusName": "b"}, f"arn:aws:events:{HERE}:rule/b/r"),
        ("lambda", "/2015-03-31/event-source-mappings", {"FunctionName": "f"}, None),
        ("cognito-idp", "/", {}, None),
    ],
)
def test_resources(service: str, path: str, parameters: dict[str, str], found: str | None) -> None:
    assert resource(service, path, parameters, REGION, ACCOUNT) == found

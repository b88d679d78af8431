"""What a call takes beside the right to make it: passing a role, setting tags, staying within a boundary."""

import json
from typing import Any

from tests.local_cloud.conftest import ACCOUNT, REGION, Cloud, make_function
from tests.local_cloud.roles import TRUST, allow, clients_of, denied

TO_LAMBDA = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}


def test_handing_a_role_to_a_function_takes_the_right_to_pass_it(cloud: Cloud) -> None:
    mine = f"arn:aws:iam::{ACCOUNT}:role/mine-1"
    rights = [
        allow(["lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"]),
        allow("iam:PassRole", "arn:aws:iam::*:role/mine-*", TO_LAMBDA),
    ]
    functions = clients_of(cloud, "passes-to-lambda", rights)("lambda")

    def create(role: str) -> None:
        functions.create_function(FunctionName="x", Runtime="python3.12", Handler="i.h", Role=role, Code={})

    def update(role: str) -> None:
        functions.update_function_configuration(FunctionName="x", Role=role)

    for call in (create, update):
        assert not denied(lambda: call(mine))  # noqa: B023
        assert denied(lambda: call(mine.replace("mine", "other")))  # noqa: B023
    assert not denied(lambda: functions.update_function_configuration(FunctionName="x", MemorySize=256))


def test_a_role_for_lambda_is_for_no_identity_pool(cloud: Cloud) -> None:
    rights = [allow("cognito-identity:*"), allow("iam:PassRole", condition=TO_LAMBDA)]
    pools = clients_of(cloud, "passes-to-pools", rights)("cognito-identity")
    pool = pools.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=False)

    def give(**roles: str) -> None:
        pools.set_identity_pool_roles(IdentityPoolId=pool["IdentityPoolId"], Roles=roles)

    assert denied(lambda: give(authenticated=f"arn:aws:iam::{ACCOUNT}:role/passes-to-pools"))
    assert not denied(give)


def test_handing_a_role_to_step_functions_takes_the_right_to_pass_it(cloud: Cloud) -> None:
    trust = allow("sts:AssumeRole") | {"Principal": {"Service": "states.amazonaws.com"}}
    del trust["Resource"]
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arns = [
        cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        for name in ("a-release", "b-release")
    ]
    to_states = {"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}}
    rights = [
        allow(["states:CreateStateMachine", "states:UpdateStateMachine"]),
        allow("iam:PassRole", arns[0], to_states),
    ]
    machines = clients_of(cloud, "passes-to-states", rights)("stepfunctions")

    def create(**given: Any) -> Any:
        return machines.create_state_machine(name="passed", definition="{}", **given)

    assert denied(lambda: create(roleArn=arns[1]))
    assert denied(lambda: create(roleArn=arns[0], tags=[{"key": "a", "value": "b"}]))
    made = create(roleArn=arns[0])["stateMachineArn"]
    assert denied(lambda: machines.update_state_machine(stateMachineArn=made, roleArn=arns[1]))
    assert not denied(lambda: machines.update_state_machine(stateMachineArn=made, definition="{}"))


def test_the_principal_of_a_session_is_its_role(cloud: Cloud) -> None:
    for name, expected in (("is-a-release", True), ("is-none", False)):
        here = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*-release"}}
        topics = clients_of(cloud, name, [allow("sns:ListTopics", condition=here)])("sns")
        assert denied(topics.list_topics) is not expected


def test_the_principal_of_a_session_has_the_path_of_its_role(cloud: Cloud) -> None:
    """A function that is called like a machine has another role: only the machine's has the path."""
    here = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/movers/*"}}
    rights = [allow("sns:ListTopics", condition=here)]
    assert not denied(clients_of(cloud, "has-a-path", rights, "/movers/")("sns").list_topics)
    assert denied(clients_of(cloud, "movers-has-none", rights)("sns").list_topics)


def test_making_something_with_tags_takes_the_right_to_tag(cloud: Cloud) -> None:
    sns = clients_of(cloud, "makes-topics", [allow("sns:CreateTopic")])("sns")
    assert not denied(lambda: sns.create_topic(Name="untagged"))
    assert denied(lambda: sns.create_topic(Name="tagged", Tags=[{"Key": "a", "Value": "b"}]))


def test_a_boundary_is_a_condition_of_making_and_of_changing_a_role(cloud: Cloud) -> None:
    root = cloud.client("iam")
    document = json.dumps({**TRUST, "Statement": [allow("s3:GetObject")]})
    boundary = root.create_policy(PolicyName="bound", PolicyDocument=document)["Policy"]["Arn"]
    other = root.create_policy(PolicyName="wide", PolicyDocument=document)["Policy"]["Arn"]
    root.create_role(RoleName="unbounded", AssumeRolePolicyDocument=json.dumps(TRUST))
    actions = ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"]
    bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    iam = clients_of(cloud, "makes-roles", [allow(actions, condition=bounded)])("iam")

    def create(name: str, **given: str) -> None:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), **given)

    def put(name: str) -> None:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)

    def bound(name: str, arn: str) -> None:
        iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=arn)

    assert not denied(lambda: create("bounded", PermissionsBoundary=boundary))
    assert denied(lambda: create("bounded-2"))
    assert denied(lambda: create("bounded-3", PermissionsBoundary=other))
    assert not denied(lambda: put("bounded"))
    assert denied(lambda: put("unbounded"))
    assert denied(lambda: bound("bounded", other))
    assert not denied(lambda: bound("unbounded", boundary))
    assert not denied(lambda: put("unbounded")), "it is bounded now"


def test_polling_is_for_the_functions_of_a_condition(cloud: Cloud) -> None:
    make_function(cloud, "mine-polls", "def handler(event, context): pass")
    cloud.client("sqs").create_queue(QueueName="polled")
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:polled"
    actions = ["lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping"]

    def functions(role: str, named: str) -> Any:
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{named}-*"
        rights = [allow(actions, condition={"ArnLike": {"lambda:FunctionArn": arn}})]
        return clients_of(cloud, role, rights)("lambda")

    may, may_not = functions("polls", "mine"), functions("polls-others", "other")
    asked = {"EventSourceArn": queue, "FunctionName": "mine-polls"}
    assert denied(lambda: may_not.create_event_source_mapping(**asked))
    mapping = may.create_event_source_mapping(**asked)["UUID"]
    assert denied(lambda: may_not.delete_event_source_mapping(UUID=mapping))
    assert not denied(lambda: may.delete_event_source_mapping(UUID=mapping))


def test_a_functions_tags_are_its_aliases_too(cloud: Cloud) -> None:
    functions = cloud.client("lambda")
    for name, tags in (("tagged", {"gets": "messages"}), ("untagged", {})):
        make_function(cloud, name, "def handler(event, context):\n    pass\n")
        functions.tag_resource(Resource=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}", Tags=tags)
        functions.publish_version(FunctionName=name)
        functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    tagged = {"StringEquals": {"aws:ResourceTag/gets": "messages"}}
    right = allow("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:*:live", tagged)
    invoker = clients_of(cloud, "sends-again", [right])("lambda")
    named = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
    assert not denied(lambda: invoker.invoke(FunctionName=f"{named}:tagged:live"))
    assert denied(lambda: invoker.invoke(FunctionName=f"{named}:tagged")), "the right is on the alias"
    assert denied(lambda: invoker.invoke(FunctionName=f"{named}:untagged:live"))

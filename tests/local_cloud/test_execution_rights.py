"""An execution does nothing that its role may not do, and its tasks have Step Functions' names."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_cloud.conftest import ACCOUNT, REGION, Cloud, eventually, make_function
from tests.local_cloud.roles import allow

Document = dict[str, Any]
LAMBDA = "arn:aws:states:::aws-sdk:lambda:updateAlias"
STATES = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "states.amazonaws.com"}}
MOVE = {"FunctionName": "acted-on", "Name": "live", "FunctionVersion": "1"}


def role(cloud: Cloud, name: str, rights: list[Document], trust: Document = STATES) -> str:
    """A role for state machines with these rights; its ARN."""
    iam = cloud.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    document = json.dumps({"Version": "2012-10-17", "Statement": rights})
    iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=document)
    arn: str = made["Role"]["Arn"]
    return arn


def machine(cloud: Cloud, name: str, task: Document, rights: list[Document]) -> str:
    """A machine with one task; its ARN."""
    state = {"Type": "Task", "End": True} | task
    definition = {"QueryLanguage": "JSONata", "StartAt": "Task", "States": {"Task": state}}
    made = cloud.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role(cloud, name, rights)
    )
    arn: str = made["stateMachineArn"]
    return arn


def run(cloud: Cloud, name: str, task: Document, *rights: Document) -> Document:
    """The execution of such a machine, once it has ended."""
    machines = cloud.client("stepfunctions")
    started = machines.start_execution(stateMachineArn=machine(cloud, name, task, list(rights)))

    def look() -> Document | None:
        found: Document = machines.describe_execution(executionArn=started["executionArn"])
        return found if found["status"] != "RUNNING" else None

    return eventually(look)


@pytest.fixture(scope="module", autouse=True)
def function(cloud: Cloud) -> None:
    """A function with an alias."""
    source = "def handler(event, context):\n    return {'got': event['x'], 'as': context.function_version}\n"
    make_function(cloud, "acted-on", source, Publish=True)
    cloud.client("lambda").create_alias(FunctionName="acted-on", Name="live", FunctionVersion="1")


def test_what_the_role_may_do(cloud: Cloud) -> None:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:acted-on"
    ended = run(cloud, "may", {"Resource": LAMBDA, "Arguments": MOVE}, allow("lambda:UpdateAlias", arn))
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"])["AliasArn"] == f"{arn}:live"


def test_what_it_may_not_do(cloud: Cloud) -> None:
    ended = run(cloud, "may-not", {"Resource": LAMBDA, "Arguments": MOVE}, allow("lambda:GetAlias"))
    assert (ended["status"], ended["error"]) == ("FAILED", "Lambda.LambdaException")
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/may-not/{ended['name']}"
    assert f"{session} is not authorized to perform: lambda:UpdateAlias" in ended["cause"]


def test_an_error_that_the_operation_has(cloud: Cloud) -> None:
    task = {"Resource": LAMBDA, "Arguments": MOVE | {"Name": "absent"}}
    assert run(cloud, "absent", task, allow("lambda:*"))["error"] == "Lambda.ResourceNotFoundException"


def test_a_function_of_a_version(cloud: Cloud) -> None:
    task = {
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "acted-on:1", "Payload": {"x": [1]}},
    }
    right = allow("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:acted-on:*")
    output = json.loads(run(cloud, "calls", task, right)["output"])
    assert (output["Payload"], output["ExecutedVersion"]) == ({"got": [1], "as": "1"}, "1")
    assert run(cloud, "calls-not", task, allow("lambda:GetAlias"))["error"] == "Lambda.AWSLambdaException"
    failing = task | {"Arguments": {"FunctionName": "acted-on:1", "Payload": {}}}
    ended = run(cloud, "calls-failing", failing, right)
    assert ended["status"] == "FAILED"
    assert "KeyError" in ended["cause"] or "'x'" in ended["cause"]


def test_alarms_with_all_that_they_have(cloud: Cloud) -> None:
    cloudwatch = cloud.client("cloudwatch")
    for name in ("looked-at", "not-looked-at"):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="Looks",
            MetricName="Errors",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
        )
    cloudwatch.put_metric_data(Namespace="Looks", MetricData=[{"MetricName": "Errors", "Value": 1}])
    task = {
        "Resource": "arn:aws:states:::aws-sdk:cloudwatch:describeAlarms",
        "Arguments": {"AlarmNames": ["looked-at"], "StateValue": "ALARM", "MaxRecords": 100},
    }
    right = allow("cloudwatch:DescribeAlarms", f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:looked-*")
    ended = run(cloud, "looks", task, right)
    assert ended["status"] == "SUCCEEDED", ended
    [found] = json.loads(ended["output"])["MetricAlarms"]
    assert (found["AlarmName"], found["StateValue"], found["Threshold"]) == ("looked-at", "ALARM", 0)
    other = task | {"Arguments": {"AlarmNames": ["not-looked-at"]}}
    assert run(cloud, "looks-elsewhere", other, right)["status"] == "FAILED"


def test_an_apis_stage_by_its_tags(cloud: Cloud) -> None:
    apis = cloud.client("apigateway")
    api_id = apis.create_rest_api(name="moved")["id"]
    deployment = apis.create_deployment(restApiId=api_id)["id"]
    for stage in ("mine", "other"):
        apis.create_stage(restApiId=api_id, stageName=stage, deploymentId=deployment, tags={"stage": stage})
    right = allow(
        "apigateway:PATCH",
        f"arn:aws:apigateway:{REGION}::/restapis/*/stages/*",
        {"StringEquals": {"aws:ResourceTag/stage": "mine"}},
    )
    for stage, expected in (("mine", "SUCCEEDED"), ("other", "FAILED")):
        operation = {"Op": "replace", "Path": "/deploymentId", "Value": deployment}
        task = {
            "Resource": "arn:aws:states:::aws-sdk:apigateway:updateStage",
            "Arguments": {"RestApiId": api_id, "StageName": stage, "PatchOperations": [operation]},
        }
        ended = run(cloud, f"moves-{stage}", task, right)
        assert ended["status"] == expected, ended
    assert ended["error"] == "ApiGateway.ApiGatewayException"


def test_a_role_that_step_functions_may_not_assume(cloud: Cloud) -> None:
    machines = cloud.client("stepfunctions")
    elsewhere = STATES | {"Condition": {"StringEquals": {"aws:SourceAccount": "100000000001"}}}
    for name, trust in (
        ("for-lambda", STATES | {"Principal": {"Service": "lambda.amazonaws.com"}}),
        ("for-others", elsewhere),
    ):
        arn = role(cloud, name, [allow("sns:Publish")], trust)
        with pytest.raises(ClientError, match="authorized to assume the provided role"):
            machines.create_state_machine(name=name, definition="{}", roleArn=arn)

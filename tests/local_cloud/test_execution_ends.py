"""Executions have one name and one end, which is measured."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_cloud.conftest import Cloud, eventually, free_port
from tests.local_cloud.test_execution_rights import role
from tests.local_cloud.test_function_metrics import total
from tools.local_cloud import control
from tools.local_cloud.identity import health

Document = dict[str, Any]


def make(cloud: Cloud, name: str, **settings: Any) -> str:
    """A machine that waits as long as its input says, and then makes a topic; its ARN."""
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Wait",
        "States": {
            "Wait": {"Type": "Wait", "Seconds": "{% $states.input.seconds %}", "Next": "Make"},
            "Make": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:sns:createTopic",
                "Arguments": {"Name": name},
                "End": True,
            },
        },
    } | settings
    rights = [{"Effect": "Allow", "Action": "sns:CreateTopic", "Resource": "*"}]
    made = cloud.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role(cloud, name, rights)
    )
    arn: str = made["stateMachineArn"]
    return arn


def start(cloud: Cloud, arn: str, name: str, seconds: int) -> str:
    """Start it; the execution's ARN."""
    started = cloud.client("stepfunctions").start_execution(
        stateMachineArn=arn, name=name, input=json.dumps({"seconds": seconds})
    )
    execution: str = started["executionArn"]
    return execution


def status(cloud: Cloud, execution: str) -> str:
    """The execution's status."""
    found: str = cloud.client("stepfunctions").describe_execution(executionArn=execution)["status"]
    return found


def topics(cloud: Cloud) -> str:
    """All topics there are."""
    return json.dumps(cloud.client("sns").list_topics()["Topics"])


def test_a_name_is_used_once(cloud: Cloud) -> None:
    arn = make(cloud, "runs-once")
    first = start(cloud, arn, "one", 1)
    assert start(cloud, arn, "one", 1) == first, "while it runs with the same input it is the same"
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        start(cloud, arn, "one", 2)
    eventually(lambda: status(cloud, first) == "SUCCEEDED")
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        start(cloud, arn, "one", 1)
    assert total(cloud, "ExecutionsStarted", {"StateMachineArn": arn}, "AWS/States") == 1
    assert total(cloud, "ExecutionsSucceeded", {"StateMachineArn": arn}, "AWS/States") == 1


def test_stopped_is_stopped(cloud: Cloud) -> None:
    arn = make(cloud, "stopped")
    execution = start(cloud, arn, "one", 1)
    cloud.client("stepfunctions").stop_execution(executionArn=execution, error="Stopped", cause="by hand")
    time.sleep(2)
    found = cloud.client("stepfunctions").describe_execution(executionArn=execution)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Stopped", "by hand")
    assert ":stopped" not in topics(cloud)
    assert total(cloud, "ExecutionsAborted", {"StateMachineArn": arn}, "AWS/States") == 1


def test_it_times_out(cloud: Cloud) -> None:
    arn = make(cloud, "timed-out", TimeoutSeconds=1)
    execution = start(cloud, arn, "one", 2)
    eventually(lambda: status(cloud, execution) == "TIMED_OUT")
    time.sleep(1.5)
    assert status(cloud, execution) == "TIMED_OUT"
    assert ":timed-out" not in topics(cloud)
    assert total(cloud, "ExecutionsTimedOut", {"StateMachineArn": arn}, "AWS/States") == 1


def test_none_runs_for_ever_after_a_kill(tmp_path: Path) -> None:
    cloud = Cloud(free_port(), tmp_path)
    control.start(cloud.port, cloud.state_dir)
    try:
        arn = make(cloud, "killed")
        done, running = start(cloud, arn, "done", 0), start(cloud, arn, "running", 60)
        eventually(lambda: status(cloud, done) == "SUCCEEDED")
        saved = tmp_path / "state" / "stepfunctions.json"
        eventually(lambda: saved.exists() and '"SUCCEEDED"' in saved.read_text(), seconds=3)
        pid = int(str((health(cloud.port) or {})["pid"]))
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: os.waitpid(pid, os.WNOHANG)[0] == pid)
        control.start(cloud.port, cloud.state_dir)
        assert status(cloud, done) == "SUCCEEDED"
        found = cloud.client("stepfunctions").describe_execution(executionArn=running)
        assert (found["status"], found["error"]) == ("FAILED", "States.ServiceRestart")
    finally:
        control.stop(cloud.port, cloud.state_dir)

"""The workflows of .github/workflows on the local cloud: each step, in the workflow's own order.

Which steps there are, in which order and with which variables is read from the workflows; what they do is
done by this checkout, in the stages of this run and in one of a pull request.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Deployed
from tests.end_to_end.workflow_runs import Run, report, runner
from tests.waiting import eventually
from tools import deployed as in_the_cloud


@pytest.fixture
def run(deployed: Deployed, tmp_path: Path) -> Run:
    """Runs a workflow for an event; the make targets that were run."""
    return runner(deployed, tmp_path)


def test_a_pull_request_has_plans_and_a_stage_until_it_is_closed(
    deployed: Deployed, pull_request_run: Future[str]
) -> None:
    seen = json.loads(pull_request_run.result())

    assert seen["opened"] == [
        "test",
        "compatibility",
        *("credentials", "plan", "comment"),
        *("credentials", "plan", "comment"),
        *("credentials", "deploy", "describe", "comment"),
    ]
    for env in ("dev", "prod"):
        assert seen["reports"][f"plan-{env}"].startswith(f"### Plan of <code>{env}</code>")
    assert seen["url"] in seen["reports"]["stage-pr-9"]
    assert seen["status"] == 403, "only users may call it"

    assert seen["closed"] == ["credentials", "destroy", "describe", "comment"]
    assert in_the_cloud.states(deployed.layers("pr-9")) == []
    assert seen["at last"] == "Nothing is deployed of <code>pr-9</code>.\n"


@pytest.fixture
def tester(deployed: Deployed, other_deploys: Mapping[str, Future[str]]) -> Iterator[Callable[[], str]]:
    """Somebody who is told of prod's releases; what was last said."""
    other_deploys["prod"].result()
    layers = deployed.layers("prod")
    sqs, sns = deployed.root("prod", "sqs"), deployed.root("prod", "sns")
    queue = sqs.create_queue(QueueName="tester")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = layers.read(layers.stage_unit())["release_topic_arn"]
    takes = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [takes]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]

    def told() -> str:
        found = eventually(
            lambda: sqs.receive_message(QueueUrl=queue).get("Messages"), what="the announcement"
        )
        words: str = json.loads(found[0]["Body"])["Message"]
        return words

    yield told
    sns.unsubscribe(SubscriptionArn=subscription)
    sqs.delete_queue(QueueUrl=queue)


def test_what_is_merged_goes_to_dev_and_from_there_to_prod(
    other_deploys: Mapping[str, Future[str]], run: Run, tester: Callable[[], str]
) -> None:
    other_deploys["dev"].result()

    merged = run("main", {})

    assert merged == [
        "test",
        *("credentials", "deploy", "smoke", "describe"),
        *("credentials", "preview", "summary"),
        *("credentials", "promote", "announce"),
    ]
    said = tester()
    assert said.startswith("notes prod: release ")
    assert "API: http" in said


@pytest.mark.usefixtures("settled")
def test_every_night_old_stages_go_and_drift_is_looked_for(
    other_deploys: Mapping[str, Future[str]], run: Run
) -> None:
    for stage in other_deploys.values():
        stage.result()

    assert run("nightly", {}) == ["credentials", "sweep", "credentials", "drift", "summary"]

    assert report("drift").startswith("### Drift: no resources changed by hand")
    assert "| prod | notes" in report("drift") or "| prod | billing" in report("drift")


@pytest.mark.usefixtures("settled")
def test_what_somebody_changed_by_hand_is_drift(deployed: Deployed) -> None:
    functions, iam = deployed.root("dev", "lambda"), deployed.root("dev", "iam")
    name, role = "notes-local-notes-api", "notes-local-signed-in"
    memory = functions.get_function_configuration(FunctionName=name)["MemorySize"]
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    assert deployed.command("drift", "local").returncode == 0

    functions.update_function_configuration(FunctionName=name, MemorySize=memory + 64)
    iam.put_role_policy(RoleName=role, PolicyName="by-hand", PolicyDocument=policy)
    try:
        found = deployed.command("drift", "local", check=False)
    finally:
        functions.update_function_configuration(FunctionName=name, MemorySize=memory)
        iam.delete_role_policy(RoleName=role, PolicyName="by-hand")

    assert found.returncode == 3, found.stdout + found.stderr
    assert "2 changed by hand" in found.stdout
    assert f"memory_size: {memory} -> {memory + 64}" in found.stdout
    assert "inline policy by-hand, which no deploy made" in found.stdout
    assert deployed.command("drift", "local").returncode == 0


def test_drift_of_a_stage_that_is_not_deployed(deployed: Deployed) -> None:
    finished = deployed.command("drift", "pr-404", check=False)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert "pr-404 is not deployed" in finished.stderr


@pytest.mark.parametrize(
    ("command", "variables", "words"),
    [
        ("announce", {}, "RELEASE and MESSAGE are missing"),
        ("comment", {"REPORT": "nonsense"}, "no report nonsense"),
        ("summary", {"REPORT": "../x"}, "is no name of a report"),
        ("credentials", {"ROLES": "prod-administrator"}, "is no role of a pipeline"),
    ],
)
def test_a_step_called_wrongly(
    deployed: Deployed, command: str, variables: Mapping[str, str], words: str
) -> None:
    finished = deployed.command(command, "local", check=False, **variables)
    assert finished.returncode == 2, finished.stdout + finished.stderr
    assert finished.stderr.count(words) == 1
    assert "Traceback" not in finished.stderr


def test_on_aws_only_a_job_gets_credentials(deployed: Deployed) -> None:
    told = {name: "" for name in os.environ if name.startswith("ACTIONS_")} | {"RUNNER_TEMP": ""}
    finished = deployed.command("credentials", "dev", check=False, CLOUD="aws", ROLES="dev-reader", **told)
    assert finished.returncode == 1
    assert "no job on GitHub" in finished.stderr

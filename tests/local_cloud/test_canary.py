"""A release by the state machine of terraform/modules/canary, made by the real provider, with real calls."""

import collections
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.local_cloud.apis import integration
from tests.local_cloud.conftest import ACCOUNT, REGION, Cloud, eventually, make_function, package
from tests.local_cloud.terraform_root import Root

Document = dict[str, Any]

TAGS = {"project": "toy", "stage": "test"}
NAME = "toy-test-toy"
# Version 1 and 2 are well, 3 fails on all but the smoke test, 4 fails there too.
SOURCE = """
import os
VERSION = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
def handler(event, context):
    if event.get("path") == "/smoke":
        return {"statusCode": 500 if VERSION == "4" else 200, "body": VERSION}
    if VERSION in ("3", "4"):
        raise RuntimeError("version " + VERSION)
    return {"statusCode": 200, "body": VERSION}
"""
NAMES = itertools.count(1)


@dataclass(frozen=True)
class Toy:
    """A function with four versions, an API with two deployments, and the machine that releases them."""

    cloud: Cloud
    root: Root
    api_id: str
    deployments: tuple[str, str]

    def watch(self, version: str) -> None:
        """Make the machine, and the alarms on `version`."""
        here = {"account_id": ACCOUNT, "region": REGION}
        boundary = {"source": "permissions_boundary", "name": "toy-boundary", "project": "toy"} | here
        self.root.apply(
            {
                "boundary": boundary,
                "topic": {"source": "topic", "name": "toy-test-alarms", "account_id": ACCOUNT},
                "canary": {
                    "source": "canary",
                    "name": "toy-test-release",
                    "prefix": "toy-test-",
                    "api_tags": TAGS,
                    "alarm_topic_arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:toy-test-alarms",
                    "permissions_boundary_arn": "${module.boundary.arn}",
                }
                | here,
                "function_alarms": {
                    "source": "canary_function_alarms",
                    "function_name": NAME,
                    "function_version": version,
                    "error_percent": 5,
                    "p99_ms": 5000,
                },
                "api_alarm": {
                    "source": "canary_api_alarm",
                    "api_name": NAME,
                    "stage_name": "live",
                    "error_percent": 50,
                },
            }
        )

    def release(self, version: str, waits: list[int], after: list[int]) -> str:
        """Start a release from version 1; the execution's ARN."""
        alarms = self.cloud.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{NAME}-canary-")
        function = {
            "name": NAME,
            "from": "1",
            "to": version,
            "weights": {version: 0.5},
            "smoke": {"event": {"path": "/smoke"}, "status": 200},
        }
        api = {"rest_api_id": self.api_id, "stage": "live"}
        given = {
            "release": f"r{version}",
            "waits": waits,
            "after": after,
            "alarms": [alarm["AlarmName"] for alarm in alarms["MetricAlarms"]],
            "functions": [function, function | {"name": f"{NAME}-2", "smoke": None}],
            "apis": [api | {"from": self.deployments[0], "to": self.deployments[1]}],
        }
        started = self.cloud.client("stepfunctions").start_execution(
            stateMachineArn=f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:toy-test-release",
            name=f"r{version}-{next(NAMES)}",
            input=json.dumps(given),
        )
        arn: str = started["executionArn"]
        return arn

    def ended(self, arn: str) -> Document:
        """The execution, once it has ended."""
        machines = self.cloud.client("stepfunctions")

        def look() -> Document | None:
            found: Document = machines.describe_execution(executionArn=arn)
            return found if found["status"] != "RUNNING" else None

        return eventually(look, seconds=60)

    def states(self, arn: str) -> list[str]:
        """The states that it has entered."""
        history = self.cloud.client("stepfunctions").get_execution_history(executionArn=arn, maxResults=1000)
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in history["events"]
            if "stateEnteredEventDetails" in event
        ]

    def alias(self, name: str = NAME) -> tuple[str, dict[str, float]]:
        """Its version, and the shares of others."""
        found = self.cloud.client("lambda").get_alias(FunctionName=name, Name="live")
        return found["FunctionVersion"], (found.get("RoutingConfig") or {}).get(
            "AdditionalVersionWeights", {}
        )

    def answer(self) -> int:
        """The status of a path that only the second deployment has."""
        url = f"{self.cloud.url}/_aws/execute-api/{self.api_id}/live/new"
        return requests.get(url, timeout=20).status_code

    def back(self) -> None:
        """Everything as before the first release."""
        for name in (NAME, f"{NAME}-2"):
            self.cloud.client("lambda").update_alias(
                FunctionName=name,
                Name="live",
                FunctionVersion="1",
                RoutingConfig={"AdditionalVersionWeights": {}},
            )
        self.cloud.client("apigateway").update_stage(
            restApiId=self.api_id,
            stageName="live",
            patchOperations=[{"op": "replace", "path": "/deploymentId", "value": self.deployments[0]}],
        )

    @contextmanager
    def traffic(self) -> Iterator[collections.Counter[str]]:
        """Calls of the alias while the block runs, counted by the version that answered."""
        counted: collections.Counter[str] = collections.Counter()
        functions, stop = self.cloud.client("lambda"), threading.Event()

        def call() -> None:
            while not stop.is_set():
                answer = functions.invoke(FunctionName=NAME, Qualifier="live", Payload=b"{}")
                counted[answer["ExecutedVersion"]] += 1
                time.sleep(0.02)

        caller = threading.Thread(target=call)
        caller.start()
        try:
            yield counted
        finally:
            stop.set()
            caller.join()


@pytest.fixture(scope="module")
def toy(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Toy:
    functions, apis = cloud.client("lambda"), cloud.client("apigateway")
    for name in (NAME, f"{NAME}-2"):
        make_function(cloud, name, SOURCE)
        for version in ("1", "2", "3", "4"):
            functions.update_function_code(FunctionName=name, ZipFile=package(f"{SOURCE}# {version}\n"))
            assert functions.publish_version(FunctionName=name)["Version"] == version
        functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    api_id, deployments = "", []
    alias = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}:live"
    method = {"get": {"x-amazon-apigateway-integration": integration(alias)}}
    for paths in ({"/": method}, {"/": method, "/new": method}):
        body = json.dumps({"swagger": "2.0", "info": {"title": NAME}, "paths": paths}).encode()
        if not api_id:
            api_id = apis.import_rest_api(body=body)["id"]
        apis.put_rest_api(restApiId=api_id, mode="overwrite", body=body)
        deployments.append(apis.create_deployment(restApiId=api_id)["id"])
    apis.create_stage(restApiId=api_id, stageName="live", deploymentId=deployments[0], tags=TAGS)
    root = Root(cloud, tmp_path_factory.mktemp("canary") / Path("root"))
    return Toy(cloud, root, api_id, (deployments[0], deployments[1]))


def test_a_good_release_goes_through(toy: Toy) -> None:
    toy.watch("2")
    assert toy.root.changes() == "", "a plan right after apply is empty"
    assert toy.answer() == 403, "the stage still answers by the old deployment"
    with toy.traffic() as counted:
        arn = toy.release("2", waits=[2, 1], after=[1])
        eventually(lambda: toy.alias() == ("1", {"2": 0.5}))
        before = counted.copy()
        time.sleep(1.5)
        shared = counted - before
        ended = toy.ended(arn)
        before = counted.copy()
        time.sleep(0.5)
        afterwards = counted - before
    assert ended["status"] == "SUCCEEDED", ended
    assert min(shared["1"], shared["2"]) > 0.2 * shared.total(), shared
    assert set(afterwards) == {"2"}
    assert toy.alias() == toy.alias(f"{NAME}-2") == ("2", {})
    assert toy.answer() == 200
    looks = ["Watch", "Wait", "Look", "Quiet"]
    finish = ["Watch", "Finish", "FinishApis", *looks, "Watch", "Settle", "Released"]
    assert toy.states(arn) == ["Smoke", "Answered", "Shift", *looks, *looks, *finish]
    assert toy.root.changes() == "", "a release is no drift"


def test_a_failing_version_goes_back(toy: Toy) -> None:
    toy.back()
    toy.watch("3")
    with toy.traffic():
        ended = toy.ended(toy.release("3", waits=[2, 2, 2], after=[2]))
    assert (ended["status"], ended["error"]) == ("FAILED", "AlarmRang")
    assert f"{NAME}-canary-errors rang: Threshold Crossed" in ended["cause"]
    assert f"/aws/lambda/{NAME}" in ended["cause"]
    assert toy.alias() == toy.alias(f"{NAME}-2") == ("1", {})
    assert toy.answer() == 403


def test_a_failed_smoke_test_shifts_nothing(toy: Toy) -> None:
    toy.back()
    with toy.traffic() as counted:
        arn = toy.release("4", waits=[1], after=[])
        ended = toy.ended(arn)
    assert (ended["status"], ended["error"]) == ("FAILED", "SmokeFailed")
    assert (
        ended["cause"]
        == f"{NAME} version 4 answered 500 instead of 200. See the log group /aws/lambda/{NAME}."
    )
    assert set(counted) == {"1"}
    assert "Shift" not in toy.states(arn)


def test_a_stopped_release_stays_where_it_is(toy: Toy) -> None:
    toy.back()
    arn = toy.release("2", waits=[2], after=[1])
    eventually(lambda: toy.alias() == ("1", {"2": 0.5}))
    toy.cloud.client("stepfunctions").stop_execution(executionArn=arn, cause="by hand")
    time.sleep(4)
    assert toy.ended(arn)["status"] == "ABORTED"
    assert toy.alias() == ("1", {"2": 0.5})
    assert toy.answer() == 403


def test_an_error_of_a_state_goes_back(toy: Toy) -> None:
    toy.back()
    functions = toy.cloud.client("lambda")
    role = functions.get_function_configuration(FunctionName=NAME)["Role"]
    assert role.endswith(NAME)
    functions.delete_alias(FunctionName=f"{NAME}-2", Name="live")
    arn = toy.release("2", waits=[1], after=[])
    eventually(lambda: "GoBack" in toy.states(arn), seconds=30)
    eventually(lambda: toy.alias() == ("1", {}))
    functions.create_alias(FunctionName=f"{NAME}-2", Name="live", FunctionVersion="2")
    ended = toy.ended(arn)
    assert (ended["status"], ended["error"]) == ("FAILED", "ReleaseFailed")
    assert "The state Shift failed: Lambda.ResourceNotFoundException" in ended["cause"]
    assert toy.alias(f"{NAME}-2") == ("1", {})

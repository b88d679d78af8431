"""The alias `live` and dead letters of a stage."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from tools import redrive, release
from tools.cloud import AwsCloud, client
from tools.stages import Account


@pytest.fixture
def functions(aws: AwsCloud, account: Account) -> dict[str, dict[str, str]]:
    """A function with two published versions, `live` on the first."""
    iam = client(aws, account, "iam")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "")
    functions = client(aws, account, "lambda")
    made = functions.create_function(
        FunctionName="f",
        Runtime="python3.11",
        Role=role,
        Handler="app.app",
        Code={"ZipFile": code.getvalue()},
    )
    first = functions.publish_version(FunctionName="f")["Version"]
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion=first)
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "pass")
    functions.update_function_code(FunctionName="f", ZipFile=code.getvalue())
    second = functions.publish_version(FunctionName="f")["Version"]
    assert (first, second) == ("1", "2")
    return {"api_handler": {"name": made["FunctionName"], "version": second}}


def live(aws: AwsCloud, account: Account) -> Any:
    return client(aws, account, "lambda").get_alias(FunctionName="f", Name="live")


def test_live_moves_to_the_version_deployed_and_only_once(
    aws: AwsCloud, account: Account, functions: dict[str, dict[str, str]]
) -> None:
    assert live(aws, account)["FunctionVersion"] == "1"
    assert release.point_live(aws, account, functions) == 1
    assert live(aws, account)["FunctionVersion"] == "2"
    assert release.point_live(aws, account, functions) == 0


def test_a_share_left_to_another_version_is_taken_back(
    aws: AwsCloud, account: Account, functions: dict[str, dict[str, str]]
) -> None:
    release.point_live(aws, account, functions)
    client(aws, account, "lambda").update_alias(
        FunctionName="f", Name="live", RoutingConfig={"AdditionalVersionWeights": {"1": 0.1}}
    )
    assert release.point_live(aws, account, functions) == 1
    assert not live(aws, account).get("RoutingConfig", {}).get("AdditionalVersionWeights")


EVENT = {"Records": [{"Sns": {"Message": "m", "Subject": "s"}}]}


def test_the_event_in_a_dead_letter_is_found_in_each_of_its_forms() -> None:
    topic = "arn:aws:sns:us-east-1:1:t"
    assert redrive.event_of({"requestPayload": EVENT, "responsePayload": {}}, topic) == EVENT
    assert redrive.event_of(EVENT, topic) == EVENT
    (record,) = redrive.event_of({"Type": "Notification", "Message": "m", "Subject": "s"}, topic)["Records"]
    assert (record["EventSource"], record["Sns"]["Message"], record["Sns"]["Subject"]) == (
        "aws:sns",
        "m",
        "s",
    )


def test_a_notification_without_subject_and_attributes_has_them_empty() -> None:
    (record,) = redrive.event_of(json.loads('{"Message": "m"}'), "t")["Records"]
    assert record["Sns"] == {"Message": "m", "Subject": None, "MessageAttributes": {}}

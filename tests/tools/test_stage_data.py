"""Secrets, the alias `live` and dead letters of a stage, in the cloud's store."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
import responses

from tools import redrive, release, secret_store, stages
from tools.cloud import AwsCloud, client
from tools.errors import ToolError, UsageError
from tools.layers import Layers
from tools.stages import Account, Stage

STRIPE = "https://stripe.example"
API = "https://dev.api.dev.notes.example"


@pytest.fixture
def layers(aws: AwsCloud, account: Account, monkeypatch: pytest.MonkeyPatch) -> Layers:
    """A stage with the three secrets, as Terraform makes them: without a value."""
    store = client(aws, account, "secretsmanager")
    outputs: dict[str, Any] = {"api_url": API}
    for name, output in secret_store.OUTPUTS.items():
        outputs[output] = f"notes-dev-{name}"
        store.create_secret(Name=outputs[output])
    organisation = stages.load()
    stage = Stage("dev", account, organisation.stage("dev").settings, True)
    made = Layers(organisation, aws, stage)
    monkeypatch.setattr(Layers, "stage_unit", lambda _: "stage")
    monkeypatch.setattr(Layers, "read", lambda *_: outputs)
    return made


def value(layers: Layers, name: str) -> str:
    store = client(layers.cloud, layers.stage.account, "secretsmanager")
    found: str = store.get_secret_value(SecretId=f"notes-dev-{name}")["SecretString"]
    return found


def test_secrets_without_a_value_are_missing_until_they_have_one(layers: Layers) -> None:
    assert secret_store.missing(layers) == ["stripe-key", "stripe-webhook-secret", "admin-phone"]
    secret_store.put(layers, "stripe-key", "sk_live_x")
    assert value(layers, "stripe-key") == "sk_live_x"
    assert secret_store.missing(layers) == ["stripe-webhook-secret", "admin-phone"]


def test_a_secret_that_the_stage_does_not_have_is_refused(layers: Layers) -> None:
    with pytest.raises(UsageError, match="NAME=stripe is no secret of stage dev") as refused:
        secret_store.put(layers, "stripe", "x")
    assert "stripe-key, stripe-webhook-secret, admin-phone" in str(refused.value)


@pytest.fixture
def mock() -> Iterator[responses.RequestsMock]:
    """Stripe's mock."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as found:
        found.add_passthru("https://sts")
        yield found


def test_test_values_register_the_webhook_with_the_key(layers: Layers, mock: responses.RequestsMock) -> None:
    asked = mock.post(f"{STRIPE}/v1/webhook_endpoints", json={"secret": "whsec_1"})
    filled = secret_store.fill_in_tests(layers, STRIPE)
    assert filled == ["stripe-key", "stripe-webhook-secret", "admin-phone"]
    request = asked.calls[0].request
    assert request.headers["Authorization"] == f"Bearer {value(layers, 'stripe-key')}"
    assert "dev.api.dev.notes.example%2Fbilling%2Fwebhook" in str(request.body)
    assert value(layers, "stripe-webhook-secret") == "whsec_1"
    assert value(layers, "admin-phone") == secret_store.TEST_PHONE


def test_values_that_are_there_stay(layers: Layers, mock: responses.RequestsMock) -> None:
    for name in secret_store.OUTPUTS:
        secret_store.put(layers, name, f"own {name}")
    assert secret_store.fill_in_tests(layers, STRIPE) == []
    assert [value(layers, name) for name in secret_store.OUTPUTS] == [
        f"own {name}" for name in secret_store.OUTPUTS
    ]
    assert len(mock.calls) == 0


def test_stripes_two_are_new_together_because_no_value_is_read(
    layers: Layers, mock: responses.RequestsMock
) -> None:
    asked = mock.post(f"{STRIPE}/v1/webhook_endpoints", json={"secret": "whsec_2"})
    secret_store.put(layers, "stripe-key", "of a deploy that was killed here")
    assert secret_store.fill_in_tests(layers, STRIPE) == ["stripe-webhook-secret", "admin-phone"]
    assert value(layers, "stripe-key").startswith("sk_test_")
    assert asked.calls[0].request.headers["Authorization"] == f"Bearer {value(layers, 'stripe-key')}"
    assert value(layers, "stripe-webhook-secret") == "whsec_2"


def test_a_mock_that_refuses_is_named_without_the_key(layers: Layers, mock: responses.RequestsMock) -> None:
    asked = mock.post(f"{STRIPE}/v1/webhook_endpoints", status=500, body="broken")
    with pytest.raises(
        ToolError, match=f"The Stripe mock at {STRIPE} refused the webhook: 500 broken"
    ) as refused:
        secret_store.fill_in_tests(layers, STRIPE)
    key = str(asked.calls[0].request.headers["Authorization"]).removeprefix("Bearer ")
    assert key.startswith("sk_test_")
    assert key not in str(refused.value)
    assert "stripe-webhook-secret" in secret_store.missing(layers), "the next deploy tries again"


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

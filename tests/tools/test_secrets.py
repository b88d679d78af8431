"""A stage's secrets: what needs them, what is missing, test values where mocks are called."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import responses

from tools import references, secret_store, stages
from tools.cloud import AwsCloud, client
from tools.commands.secrets import age
from tools.errors import ToolError, UsageError
from tools.layers import Layers
from tools.paths import REPOSITORY
from tools.stages import Account, Stage

STRIPE = "https://stripe.example"
API = "https://dev.api.dev.notes.example"
NAMES = ["admin-phone", "stripe-key", "stripe-webhook-secret"]
BILLING, NOTES, NOTIFY = (REPOSITORY / name for name in ("billing_api", "notes_api", "notify_job"))


@pytest.fixture
def layers(aws: AwsCloud, account: Account, monkeypatch: pytest.MonkeyPatch) -> Layers:
    """A stage with mocks and three secrets, as Terraform makes them: without a value."""
    store = client(aws, account, "secretsmanager")
    outputs: dict[str, Any] = {"api_url": API, "secrets": {}}
    for name in NAMES:
        outputs["secrets"][name] = {"name": f"notes-dev-{name}"}
        store.create_secret(Name=f"notes-dev-{name}")
    organisation = stages.load()
    stage = Stage("dev", account, organisation.stage("dev").settings, True)
    made = Layers(organisation, aws, stage)
    names = {"stage": outputs, "services": {"stripe_mock": {"api_url": STRIPE}}}
    monkeypatch.setattr(Layers, "stage_outputs", lambda _: outputs)
    monkeypatch.setattr(Layers, "names", lambda *_: names)
    return made


@pytest.fixture
def without_mocks(layers: Layers) -> Layers:
    """The same with the real Stripe."""
    settings = replace(layers.stage.settings, mocks=False)
    return replace(layers, stage=replace(layers.stage, settings=settings))


@pytest.fixture
def mock() -> Iterator[responses.RequestsMock]:
    """Stripe's mock."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as found:
        found.add_passthru("https://sts")
        yield found


def value(layers: Layers, name: str) -> str:
    store = client(layers.cloud, layers.stage.account, "secretsmanager")
    found: str = store.get_secret_value(SecretId=f"notes-dev-{name}")["SecretString"]
    return found


def test_what_a_service_needs_stands_in_its_templates() -> None:
    assert references.secrets(BILLING) == {
        "stripe-key": ["api_handler", "settle"],
        "stripe-webhook-secret": ["api_handler"],
    }
    assert references.secrets(NOTIFY) == {"admin-phone": ["notify"]}
    assert references.secrets(NOTES) == {}
    assert secret_store.needed([NOTIFY, BILLING, NOTES]) == NAMES


def test_secrets_without_a_value_are_missing_until_they_have_one(layers: Layers) -> None:
    assert secret_store.missing(layers, NAMES) == NAMES
    secret_store.put(layers, "stripe-key", "sk_live_x")
    assert value(layers, "stripe-key") == "sk_live_x"
    assert secret_store.missing(layers, NAMES) == ["admin-phone", "stripe-webhook-secret"]
    assert secret_store.missing(layers, ["stripe-key"]) == []


def test_a_secret_that_the_stage_does_not_have_is_refused(layers: Layers) -> None:
    with pytest.raises(UsageError, match="NAME=stripe is no secret of stage dev") as refused:
        secret_store.put(layers, "stripe", "x")
    assert "admin-phone, stripe-key, stripe-webhook-secret" in str(refused.value)


def test_without_mocks_a_service_waits_for_its_secrets(
    without_mocks: Layers, mock: responses.RequestsMock
) -> None:
    with pytest.raises(ToolError, match="billing_api was not deployed") as refused:
        secret_store.require(without_mocks, BILLING)
    for name in ("stripe-key", "stripe-webhook-secret"):
        assert f"make secret ENV=dev NAME={name}" in str(refused.value)
    assert "admin-phone" not in str(refused.value)
    assert secret_store.missing(without_mocks, NAMES) == NAMES

    for name in ("stripe-key", "stripe-webhook-secret"):
        secret_store.put(without_mocks, name, "real")
    assert secret_store.require(without_mocks, BILLING) == []
    assert value(without_mocks, "stripe-key") == "real"
    assert len(mock.calls) == 0


def test_test_values_register_the_webhook_with_the_key(layers: Layers, mock: responses.RequestsMock) -> None:
    asked = mock.post(f"{STRIPE}/v1/webhook_endpoints", json={"secret": "whsec_1"})
    assert secret_store.require(layers, BILLING) == ["stripe-key", "stripe-webhook-secret"]
    request = asked.calls[0].request
    assert value(layers, "stripe-key").startswith("sk_test_")
    assert "{" not in value(layers, "stripe-key")
    assert request.headers["Authorization"] == f"Bearer {value(layers, 'stripe-key')}"
    assert "dev.api.dev.notes.example%2Fbilling%2Fwebhook" in str(request.body)
    assert value(layers, "stripe-webhook-secret") == "whsec_1"
    assert secret_store.missing(layers, NAMES) == ["admin-phone"]

    assert secret_store.require(layers, NOTIFY) == ["admin-phone"]
    assert value(layers, "admin-phone") == "+12025550100"
    assert secret_store.require(layers, NOTES) == []


def test_values_that_are_there_stay(layers: Layers, mock: responses.RequestsMock) -> None:
    for name in NAMES:
        secret_store.put(layers, name, f"own {name}")
    assert secret_store.require(layers, BILLING) == secret_store.require(layers, NOTIFY) == []
    assert [value(layers, name) for name in NAMES] == [f"own {name}" for name in NAMES]
    assert len(mock.calls) == 0


def test_stripes_two_are_new_together_because_no_value_is_read(
    layers: Layers, mock: responses.RequestsMock
) -> None:
    asked = mock.post(f"{STRIPE}/v1/webhook_endpoints", json={"secret": "whsec_2"})
    secret_store.put(layers, "stripe-key", "of a deploy that was killed here")
    assert secret_store.require(layers, BILLING) == ["stripe-key", "stripe-webhook-secret"]
    assert value(layers, "stripe-key").startswith("sk_test_")
    assert asked.calls[0].request.headers["Authorization"] == f"Bearer {value(layers, 'stripe-key')}"
    assert value(layers, "stripe-webhook-secret") == "whsec_2"


@pytest.mark.parametrize("answer", [{"status": 500, "body": "broken"}, {"json": {}}, {"body": "no JSON"}])
def test_a_mock_that_refuses_is_named_without_the_key(
    layers: Layers, mock: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    asked = mock.post(f"{STRIPE}/v1/webhook_endpoints", **answer)
    with pytest.raises(ToolError, match=f"{STRIPE}/v1/webhook_endpoints gave no test secret") as refused:
        secret_store.require(layers, BILLING)
    key = str(asked.calls[0].request.headers["Authorization"]).removeprefix("Bearer ")
    assert key.startswith("sk_test_")
    assert key not in str(refused.value)
    assert secret_store.missing(layers, NAMES) == NAMES, "the next deploy tries again"


def test_a_service_that_declares_no_test_value_waits_even_where_mocks_are_called(
    layers: Layers, tmp_path: Path
) -> None:
    folder = tmp_path / "fax_job" / ".chalice"
    folder.mkdir(parents=True)
    (folder / "config.template.json").write_text('{"FAX": "${stage.secrets.admin-phone.arn}"}')
    with pytest.raises(ToolError, match="fax_job was not deployed: nobody has set admin-phone"):
        secret_store.require(layers, folder.parent)


def test_the_list_tells_age_and_readers(layers: Layers) -> None:
    secret_store.put(layers, "stripe-key", "first")
    client(layers.cloud, layers.stage.account, "secretsmanager").tag_resource(
        SecretId="notes-dev-admin-phone", Tags=[{"Key": "team", "Value": "a"}]
    )
    phone, key, webhook = secret_store.listed(layers)
    assert [phone.name, key.name, webhook.name] == NAMES
    known = ((key, BILLING, ["api_handler", "settle"]), (phone, NOTIFY, ["notify"]))
    for secret, service, functions in known:
        assert references.secrets(service)[secret.name] == functions
        assert secret.read_by == {
            each.name: references.secrets(each)[secret.name]
            for each in layers.services
            if secret.name in references.secrets(each)
        }
    assert phone.set_at is webhook.set_at is None
    assert key.set_at is not None
    assert abs((datetime.datetime.now(datetime.UTC) - key.set_at).total_seconds()) < 60


def test_ages_are_told_in_the_largest_unit_that_says_enough() -> None:
    assert [age(seconds) for seconds in (-1, 0, 119, 120, 7_199, 7_200, 172_799, 172_800)] == [
        "0 seconds",
        "0 seconds",
        "119 seconds",
        "2 minutes",
        "119 minutes",
        "2 hours",
        "47 hours",
        "2 days",
    ]

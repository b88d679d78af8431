"""A paused service is called by nobody and nothing repairs it; afterwards nothing is lost."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import requests

from tests.end_to_end.conftest import Deployed
from tests.end_to_end.shop import SECONDS, Shop
from tests.waiting import eventually
from tools import live, pausing, service_deploy, stage_lock, switches
from tools.api_client import User
from tools.paths import REPOSITORY

ORIGIN = "http://localhost:3000"
WITHIN = 10  # seconds that a pause may take, the start of Python included


@pytest.fixture
def running(deployed: Deployed) -> Iterator[None]:
    """All services are called again afterwards."""
    yield
    layers = deployed.layers("local")
    pausing.resume(layers, list(pausing.paused(layers)))


def _waiting(deployed: Deployed, arn: str) -> int:
    sqs, names = deployed.root("dev", "sqs"), ["ApproximateNumberOfMessages"]
    url = sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


def _buy(user: User) -> requests.Response:
    order = {"storage": 7, "payment_method": "pm_card_visa"}
    return user.call("POST", "/billing", order, {"Idempotency-Key": uuid.uuid4().hex})


@pytest.mark.usefixtures("running")
def test_a_paused_service_is_called_by_nobody_and_nothing_is_lost(
    deployed: Deployed, user: User, stage_outputs: Mapping[str, Any]
) -> None:
    layers, shop = deployed.layers("local"), Shop(deployed)
    account, notify = layers.stage.account, stage_outputs["services"]["notify_job"]["functions"]["notify"]
    letters = switches.destination(deployed.cloud, account, notify["name"], live.ALIAS)
    assert letters is not None
    before = _waiting(deployed, letters)

    began = time.monotonic()
    told = deployed.command("pause", "local", SERVICE="notify_job", MESSAGE="wrong texts").stdout
    assert time.monotonic() - began < WITHIN
    assert f"end in the dead-letter queue {letters.rsplit(':', 1)[-1]}" in told

    bought = _buy(user)
    assert bought.status_code == 201, bought.text
    purchase = bought.json()["purchase_id"]
    eventually(lambda: _waiting(deployed, letters) > before, SECONDS, "the dead letter")
    assert shop.texts(purchase) == []

    told = deployed.command("pause", "local", SERVICE="billing_api").stdout
    url = f"{stage_outputs['api_url']}/billing"
    assert f"API {url}: answers 429" in told
    for refused in (_buy(user), requests.post(f"{url}/webhook", json={}, timeout=SECONDS)):
        assert (refused.status_code, refused.json()["status"]) == (429, 429)
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    assert requests.options(url, headers=asked, timeout=SECONDS).status_code == 200
    assert user.call("GET", "/notes").status_code == 200, "another service"
    again = deployed.command("redrive", "local", check=False, YES="1")
    assert again.returncode == 1
    assert "notify_job of local is paused since" in again.stderr
    assert _waiting(deployed, letters) > before, "redrive lost a message"

    # Nothing repairs it: not a plan, not a look for drift, not even a deploy that changes something.
    _is_shown_as_paused(deployed, "notify_job", "billing_api")
    for days in (3, layers.stage.settings.log_retention_days):
        settings = replace(layers.stage.settings, log_retention_days=days)
        changed = replace(layers, stage=replace(layers.stage, settings=settings))
        assert service_deploy.deploy(changed, REPOSITORY / "notify_job", force=False).endswith(", paused")
    told = deployed.command("deploy", "local").stderr
    assert "No user was sent through local" in told
    assert "notify_job of local is paused since" in told
    assert _buy(user).status_code == 429

    told = deployed.command("resume", "local", SERVICE="notify_job,billing_api").stdout
    assert "notify_job of local is called again" in told

    # What was applied while they were paused is no drift now.
    _is_shown_as_paused(deployed)
    bought = _buy(user)
    assert bought.status_code == 201, bought.text
    shop.wait_until_announced(bought.json()["purchase_id"])
    deployed.command("redrive", "local", YES="1")
    assert len(shop.texts(purchase)) == 1
    assert _waiting(deployed, letters) == 0


def _is_shown_as_paused(deployed: Deployed, *services: str) -> None:
    """By a plan that is empty and by drift that finds none."""
    planned, drift = (deployed.command(command, "local") for command in ("plan", "drift"))
    assert "local: no changes" in planned.stdout
    for shown in (planned.stdout, drift.stdout):
        assert {line.split()[0] for line in shown.splitlines() if " is paused since " in line} <= {*services}
    for service in services:
        assert f"{service} of local is paused since" in planned.stdout
        assert f"local {service}: paused since" in drift.stdout
    assert ("paused" in drift.stdout) == bool(services)


@pytest.mark.usefixtures("running")
def test_what_hands_switched_is_drift(deployed: Deployed, stage_outputs: Mapping[str, Any]) -> None:
    """On a service that is paused, and on one that is not."""
    functions = {
        service: [function["name"] for function in found["functions"].values()]
        for service, found in stage_outputs["services"].items()
    }
    (notify,), (notes, *_) = functions["notify_job"], functions["notes_api"]
    lambdas = deployed.root("dev", "lambda")
    pausing.pause(deployed.layers("local"), ["notify_job"])
    lambdas.delete_function_concurrency(FunctionName=notify)
    lambdas.put_function_concurrency(FunctionName=notes, ReservedConcurrentExecutions=0)
    try:
        found = deployed.command("drift", "local", check=False)
    finally:
        lambdas.delete_function_concurrency(FunctionName=notes)
    assert found.returncode == 3
    differs = [line for line in found.stdout.splitlines() if "reserved_concurrent_executions" in line]
    assert [(line.split()[1], line.split(": ", 2)[-1]) for line in differs] == [
        ("notes_api:", "reserved_concurrent_executions: -1 -> 0"),
        ("notify_job:", "reserved_concurrent_executions: 0 -> -1"),
    ]


@pytest.mark.usefixtures("running")
def test_a_pause_waits_for_no_deploy_but_a_resume_does(deployed: Deployed) -> None:
    with stage_lock.held(deployed.layers("local"), "deploy", print):
        began = time.monotonic()
        told = deployed.command("pause", "local", SERVICE="notify_job").stdout
        assert time.monotonic() - began < WITHIN
        assert "local is locked by" in told
        refused = deployed.command("resume", "local", check=False, SERVICE="notify_job", LOCK_WAIT="0")
    assert refused.returncode == 1
    assert "Stage local is locked by" in refused.stderr

"""What API Gateway does itself: refuse what breaks the model, throttle, log, answer browsers."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.end_to_end.answers import ORIGIN, problem
from tests.end_to_end.conftest import Deployed
from tests.end_to_end.shop import Shop
from tests.waiting import eventually
from tools import references, stages
from tools.api_client import User
from tools.services import all_services

CALLED = ("notes_api", "billing_api")
APIS = [
    service.name
    for service in all_services()
    if references.loose(service).get("base_path") and service.name not in stages.load().mocks
]
KEY = {"Idempotency-Key": "gateway"}
NOTE = f"/notes/{uuid.uuid4()}"

REFUSED: list[tuple[str, str, Any, Mapping[str, str]]] = [
    ("POST", "/notes", {}, {}),
    ("POST", "/notes", {"content": ""}, {}),
    ("POST", "/notes", {"content": 1}, {}),
    ("POST", "/notes", {"content": None}, {}),
    ("POST", "/notes", {"content": "x", "unknown": 1}, {}),
    ("POST", "/notes", ["content"], {}),
    ("POST", "/notes", {"content": "x" * 100_001}, {}),
    ("PUT", NOTE, {"content": []}, {}),
    ("POST", "/notes/attachments", {"filename": "f", "content_type": "text/plain", "size": -1}, {}),
    ("POST", "/notes/attachments", {"filename": "f", "content_type": "text/plain"}, {}),
    ("POST", "/billing", {"storage": 0, "payment_method": "pm_card_visa"}, KEY),
    ("POST", "/billing", {"storage": 100_001, "payment_method": "pm_card_visa"}, KEY),
    ("POST", "/billing", {"storage": 1.5, "payment_method": "pm_card_visa"}, KEY),
    ("POST", "/billing", {"storage": "1", "payment_method": "pm_card_visa"}, KEY),
    ("POST", "/billing", {"storage": 1, "payment_method": "4242424242424242"}, KEY),
    ("POST", "/billing", {"storage": 1, "payment_method": "pm_card_visa", "amount": 1}, KEY),
    ("POST", "/billing", {"storage": 1, "payment_method": "pm_card_visa"}, {}),  # no Idempotency-Key
]


@pytest.fixture(scope="module")
def apis(deployed: Deployed) -> Mapping[str, str]:
    """The REST APIs' ids by service."""
    outputs = deployed.layers("local").service_outputs()
    return {service: outputs[service]["rest_api_id"] for service in APIS}


@pytest.fixture(scope="module")
def invocations(deployed: Deployed, stage_outputs: Mapping[str, Any]) -> Callable[[str], int]:
    """How often a service's API called its function so far."""

    def count(service: str) -> int:
        group = stage_outputs["services"][service]["functions"]["api_handler"]["log_group"]
        pages = deployed.root("dev", "logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        return sum(
            event["message"].startswith("START RequestId") for page in pages for event in page["events"]
        )

    return count


def _service(path: str) -> str:
    return "billing_api" if path.startswith("/billing") else "notes_api"


def test_what_breaks_the_model_never_reaches_the_function(
    deployed: Deployed, user: User, invocations: Callable[[str], int]
) -> None:
    Shop(deployed).wait_for_webhooks()  # they call billing too
    before = {service: invocations(service) for service in CALLED}
    for method, path, body, headers in REFUSED:
        problem(user.call(method, path, body, headers), 400)
    for path, headers in (("/notes", {}), ("/billing", KEY)):
        problem(user.call("POST", path, data="{not JSON", headers=headers), 400)
    # What does reach it shows that the count would have told.
    assert user.call("GET", "/notes").status_code == 200
    assert user.call("GET", f"/billing/{uuid.uuid4()}").status_code == 404
    for service in CALLED:
        eventually(lambda: invocations(service) > before[service], what=f"the call of {service}")  # noqa: B023
        assert invocations(service) == before[service] + 1, service


@pytest.mark.parametrize("service", APIS)
def test_stage_settings(deployed: Deployed, apis: Mapping[str, str], service: str) -> None:
    gateway, settings = deployed.root("dev", "apigateway"), deployed.organisation.stage("local").settings
    stage = gateway.get_stage(restApiId=apis[service], stageName="live")
    assert stage["tracingEnabled"]
    everywhere = stage["methodSettings"]["*/*"]
    assert everywhere["throttlingRateLimit"] == settings.throttle_rate
    assert everywhere["throttlingBurstLimit"] == settings.throttle_burst
    assert everywhere["metricsEnabled"]
    assert not everywhere["dataTraceEnabled"], "bodies must not be logged"


@pytest.mark.parametrize("service", APIS)
def test_access_logs(deployed: Deployed, apis: Mapping[str, str], user: User, service: str) -> None:
    """Configured; where the cloud writes them (the local one does not), each is an object of JSON."""
    stage = deployed.root("dev", "apigateway").get_stage(restApiId=apis[service], stageName="live")
    settings = stage["accessLogSettings"]
    wanted = {"requestId", "traceId", "time", "method", "path", "status", "identity", "error"}
    assert wanted <= json.loads(settings["format"]).keys()
    logs, group = deployed.root("dev", "logs"), settings["destinationArn"].split(":log-group:")[1]
    group = group.removesuffix(":*")
    groups = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    [found] = [each for each in groups if each["logGroupName"] == group]
    assert found["retentionInDays"] == deployed.organisation.stage("local").settings.log_retention_days
    user.call("GET", "/notes")
    for event in logs.filter_log_events(logGroupName=group)["events"]:
        assert json.loads(event["message"]).keys() == json.loads(settings["format"]).keys()


@pytest.mark.parametrize("service", APIS)
def test_gateway_responses(deployed: Deployed, apis: Mapping[str, str], service: str) -> None:
    gateway = deployed.root("dev", "apigateway")
    items = gateway.get_gateway_responses(restApiId=apis[service], limit=500)["items"]
    found = {item["responseType"]: item for item in items if not item.get("defaultResponse")}
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "BAD_REQUEST_BODY", "ACCESS_DENIED", "THROTTLED"} <= found.keys()
    for kind, response in found.items():
        headers = response["responseParameters"]
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == f"'{ORIGIN}'", kind
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'", kind
        assert '"status": ' in response["responseTemplates"]["application/json"], kind


@pytest.mark.parametrize("service", APIS)
def test_the_api_has_no_second_address(deployed: Deployed, apis: Mapping[str, str], service: str) -> None:
    found = deployed.root("dev", "apigateway").get_rest_api(restApiId=apis[service])
    assert found["disableExecuteApiEndpoint"]

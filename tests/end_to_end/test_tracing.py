"""A request can be followed through traces and logs, and neither tells what it should not."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.end_to_end.conftest import Deployed
from tests.end_to_end.shop import Shop
from tests.waiting import eventually
from tools.api_client import SECONDS, User

STARTS = ("START RequestId", "END RequestId", "REPORT RequestId", "INIT_START")


@dataclass(frozen=True)
class Journey:
    """What a user did: the trace of a purchase and of a note, and the texts that nobody else should read."""

    purchase_trace: str
    note_trace: str
    private: Mapping[str, str]


def _trace() -> str:
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def _header(trace: str) -> dict[str, str]:
    return {"X-Amzn-Trace-Id": f"Root={trace};Sampled=1"}


@pytest.fixture(scope="module")
def journey(deployed: Deployed, user: User) -> Journey:
    """A note written, changed and refused; a purchase, a declined one and one that wants authentication."""
    shop, content, purchase_trace, note_trace = (
        Shop(deployed),
        f"content-{secrets.token_hex(12)}",
        _trace(),
        _trace(),
    )
    note = user.call("POST", "/notes", {"content": content}, _header(note_trace))
    assert note.status_code == 201, note.text
    path = f"/notes/{note.json()['note_id']}"
    assert user.call("PUT", path, {"content": f"more {content}"}).status_code == 200
    assert user.call("POST", "/notes", {"content": content, "unknown": content}).status_code == 400
    assert user.call("DELETE", path).status_code == 204

    def buy(card: str, trace: str) -> requests.Response:
        headers = {"Idempotency-Key": secrets.token_hex(12), **_header(trace)}
        return user.call("POST", "/billing", {"storage": 2, "payment_method": card}, headers)

    paid = buy("pm_card_visa", purchase_trace)
    assert paid.status_code == 201, paid.text
    assert buy("pm_card_chargeDeclined", _trace()).status_code == 402
    waiting = buy("pm_card_authenticationRequired", _trace())
    assert waiting.status_code == 201, waiting.text
    shop.wait_until_announced(paid.json()["purchase_id"])
    shop.wait_for_webhooks()
    private = {
        "note content": content,
        "client_secret": waiting.json()["client_secret"],
        "payment method": "pm_card_",
        "Stripe's key": shop.secret("stripe-key"),
        "Stripe's webhook secret": shop.secret("stripe-webhook-secret"),
        "the admin's phone": shop.secret("admin-phone"),
        "the user's credentials": user.credentials.token,
    }
    return Journey(purchase_trace, note_trace, private)


def _segments(deployed: Deployed, trace: str | None = None) -> list[dict[str, Any]]:
    query = {"trace_id": trace} if trace else {}
    answer = requests.get(f"{deployed.cloud.endpoint_url}/_local/xray/segments", query, timeout=SECONDS)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()
    return found


def _operations(segments: list[dict[str, Any]]) -> set[str]:
    return {
        f"{segment['name']} {segment['aws']['operation']}"
        for segment in segments
        if segment.get("namespace") == "aws"
    }


def test_calls_of_a_purchase_are_subsegments_of_its_trace(deployed: Deployed, journey: Journey) -> None:
    wanted = {"dynamodb PutItem", "dynamodb UpdateItem", "sns Publish"}
    found = eventually(
        lambda: (
            wanted <= _operations(_segments(deployed, journey.purchase_trace))
            and _segments(deployed, journey.purchase_trace)
        ),
        what="the subsegments",
    )
    assert all(segment["type"] == "subsegment" and segment["end_time"] for segment in found)
    [stripe] = [
        segment
        for segment in found
        if segment["namespace"] == "remote" and segment["http"]["request"]["method"].upper() == "POST"
    ]
    assert stripe["http"]["request"]["url"].endswith("/stripe/v1/payment_intents")
    assert stripe["http"]["response"]["status"] == 200


def test_reading_a_secret_is_a_subsegment(deployed: Deployed, journey: Journey) -> None:
    """In the trace of whichever request was the first in a new environment."""
    assert journey
    assert "secretsmanager GetSecretValue" in _operations(_segments(deployed))


def test_calls_of_a_note_are_subsegments_of_its_trace(deployed: Deployed, journey: Journey) -> None:
    eventually(
        lambda: "dynamodb PutItem" in _operations(_segments(deployed, journey.note_trace)),
        what="the subsegment",
    )


def test_a_failed_call_is_marked(deployed: Deployed, user: User) -> None:
    trace = _trace()
    answer = user.call("PUT", "/notes/00000000-0000-7000-8000-000000000000", {"content": "x"}, _header(trace))
    assert answer.status_code == 404
    failed = eventually(
        lambda: [segment for segment in _segments(deployed, trace) if segment.get("error")],
        what="the failed call",
    )
    assert failed[0]["http"]["response"]["status"] == 400


def test_every_function_is_traced_and_logs_json(deployed: Deployed, stage_outputs: Mapping[str, Any]) -> None:
    functions = deployed.root("dev", "lambda")
    for service in stage_outputs["services"].values():
        for function in service["functions"].values():
            found = functions.get_function_configuration(FunctionName=function["alias_arn"])
            assert found["TracingConfig"] == {"Mode": "Active"}, function["name"]
            assert found["LoggingConfig"]["LogFormat"] == "JSON", function["name"]
            assert found["LoggingConfig"]["LogGroup"] == function["log_group"]


def _log_groups(deployed: Deployed) -> list[str]:
    pages = deployed.root("dev", "logs").get_paginator("describe_log_groups").paginate()
    return [group["logGroupName"] for page in pages for group in page["logGroups"]]


def _lines(deployed: Deployed, group: str) -> list[str]:
    pages = deployed.root("dev", "logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return [event["message"] for page in pages for event in page["events"]]


def _logged(deployed: Deployed, group: str, trace: str) -> list[dict[str, Any]]:
    """All that the invocations of a trace logged; each line has to be an object of JSON."""
    pages = deployed.root("dev", "logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    invocations: list[list[str]] = []
    for event in sorted(
        (event for page in pages for event in page["events"]), key=lambda event: str(event["logStreamName"])
    ):
        if event["message"].startswith("START RequestId"):
            invocations.append([])
        elif not event["message"].startswith(STARTS):
            invocations[-1].append(event["message"])
    traced = [lines for lines in invocations if any(trace in line for line in lines)]
    return [json.loads(line) for lines in traced for line in lines]


@pytest.mark.parametrize(
    ("service", "function", "trace"),
    [
        ("notes_api", "api_handler", "note_trace"),
        ("billing_api", "api_handler", "purchase_trace"),
        ("stripe_mock", "api_handler", "purchase_trace"),
        ("notify_job", "notify", "purchase_trace"),
    ],
)
def test_log_lines_tell_request_trace_stage_and_service(
    deployed: Deployed,
    stage_outputs: Mapping[str, Any],
    journey: Journey,
    service: str,
    function: str,
    trace: str,
) -> None:
    group = stage_outputs["services"][service]["functions"][function]["log_group"]
    wanted = getattr(journey, trace)
    for line in eventually(lambda: _logged(deployed, group, wanted), what=f"a line of {service}"):
        assert line["xray_trace_id"] == wanted
        assert line["stage"] == "local"
        assert line["service"].replace("-", "_") == service
        assert len(line["request_id"]) == 36, line
        assert any(line["request_id"] in started for started in _lines(deployed, group) if "START" in started)


def test_no_log_tells_anything_private(deployed: Deployed, journey: Journey) -> None:
    groups = _log_groups(deployed)
    assert len(groups) >= 6
    for group in groups:
        for line in _lines(deployed, group):
            told = [name for name, text in journey.private.items() if text in line]
            assert told == [], f"{group} tells {told}"


def test_no_environment_variable_tells_a_secret(deployed: Deployed, journey: Journey) -> None:
    pages = deployed.root("dev", "lambda").get_paginator("list_functions").paginate(FunctionVersion="ALL")
    for page in pages:
        for function in page["Functions"]:
            variables = json.dumps(function.get("Environment", {}))
            told = [name for name, text in journey.private.items() if text in variables]
            assert told == [], f"{function['FunctionArn']} tells {told}"


def _stored(deployed: Deployed, account: str) -> Iterator[tuple[str, bytes]]:
    """All versions of everything in an account's state bucket."""
    s3 = deployed.root(account, "s3")
    bucket = f"notes-{account}-state-{deployed.organisation.accounts[account].id}"
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for entry in page.get("Versions", []):
            found = s3.get_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])
            yield entry["Key"], found["Body"].read()


def test_no_terraform_state_tells_anything_private(deployed: Deployed, journey: Journey) -> None:
    seen = set()
    for account in ("dns", "dev"):
        for key, content in _stored(deployed, account):
            seen.add(key)
            told = [name for name, text in journey.private.items() if text.encode() in content]
            assert told == [], f"{key} tells {told}"
    assert {
        "dns.tfstate",
        "account.tfstate",
        "local/stage.tfstate",
        "local/services/billing_api.tfstate",
    } <= seen


def test_no_trace_tells_anything_private(deployed: Deployed, journey: Journey) -> None:
    traced = json.dumps(_segments(deployed))
    told = [name for name, text in journey.private.items() if text in traced]
    assert told == []

"""What counts as drift, and how it is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.bucket import Bucket
from tools import drift, drift_report
from tools.drift import Drifted, Findings
from tools.pause_records import Pause

ALIAS = 'module.unit["dev/services/notes_api"].module.service.aws_lambda_alias.live'


def shown(kind: str, before: Any, after: Any, address: str = 'module.unit["dev/stage"].aws_x.this') -> Any:
    change = {"actions": ["update"], "before": before, "after": after}
    return {"resource_drift": [{"address": address, "mode": "managed", "type": kind, "change": change}]}


def words(kind: str, before: Any, after: Any, known: set[tuple[str, str]] = frozenset()) -> list[str]:  # type: ignore[assignment]
    return [word for one in drift.drifted(shown(kind, before, after), known) for word in one.words]


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("aws_lambda_function", {"layers": None, "publish": None}, {"layers": [], "publish": False}),
        ("aws_s3_bucket", {"versioning": [{"enabled": False}]}, {"versioning": [{"enabled": True}]}),
        ("aws_x", {"rule": [{"on": None, "to": "a"}]}, {"rule": [{"on": False, "to": "a"}]}),
        (
            "aws_x",
            {"tags": None, "tags_all": {"stage": "dev"}},
            {"tags": {"stage": "dev"}, "tags_all": {"stage": "dev"}},
        ),
        ("aws_lambda_alias", {"function_version": "1"}, {"function_version": "2"}),
        ("aws_api_gateway_stage", {"deployment_id": "a"}, {"deployment_id": "b"}),
        (
            "aws_lambda_event_source_mapping",
            {"state": "Enabled", "state_transition_reason": "USER_INITIATED"},
            {"state": "Disabled", "state_transition_reason": "User action"},
        ),
        ("aws_sns_topic_subscription", {"pending_confirmation": True}, {"pending_confirmation": False}),
    ],
)
def test_what_reads_otherwise_without_anybodys_hand(kind: str, before: Any, after: Any) -> None:
    assert words(kind, before, after) == []


@pytest.mark.parametrize(
    ("kind", "before", "after", "told"),
    [
        ("aws_lambda_function", {"memory_size": 512}, {"memory_size": 640}, ["memory_size: 512 -> 640"]),
        ("aws_lambda_alias", {"description": "a"}, {"description": "b"}, ["description: a -> b"]),
        ("aws_x", {"tags_all": {"a": "1"}}, {"tags_all": {"a": "1", "b": "2"}}, ["tags.b: unset -> 2"]),
        ("aws_x", {"on": True}, {"on": False}, ["on: true -> false"]),
        (
            "aws_lambda_event_source_mapping",
            {"enabled": True, "state": "Enabled"},
            {"enabled": False, "state": "Disabled"},
            ["enabled: true -> false"],
        ),
        ("aws_x", {"rules": ["a", "b"]}, {"rules": ["a"]}, ["rules: [a, b] -> [a]"]),
    ],
)
def test_what_somebody_changed(kind: str, before: Any, after: Any, told: list[str]) -> None:
    assert words(kind, before, after) == told


def test_what_somebody_removed() -> None:
    [found] = drift.drifted(shown("aws_x", {"name": "a"}, None, ALIAS), set())
    assert found == Drifted("dev/services/notes_api", "module.service.aws_lambda_alias.live", ("gone",))


def test_an_inline_policy_that_no_state_knows() -> None:
    role = {"name": "notes-dev-signed-in", "inline_policy": [{"name": "own-uploads"}, {"name": "by-hand"}]}
    before = {**role, "inline_policy": []}
    known = {("notes-dev-signed-in", "own-uploads"), ("notes-dev-other", "by-hand")}
    assert words("aws_iam_role", before, role, known) == ["inline policy by-hand, which no deploy made"]
    assert words("aws_iam_role", before, role, known | {("notes-dev-signed-in", "by-hand")}) == []


def test_no_value_of_an_environment_is_told() -> None:
    before = {"environment": [{"variables": {"A": "old"}}]}
    after = {"environment": [{"variables": {"A": "new"}}]}
    assert words("aws_lambda_function", before, after) == ["environment.variables.A"]


def test_states_become_modules_of_one() -> None:
    resource = {
        "mode": "managed",
        "type": "aws_x",
        "name": "this",
        "instances": [{"dependencies": ["a"], "attributes": {}}],
    }
    read = {"mode": "data", "type": "aws_y", "name": "this", "instances": []}
    made = drift.together(
        {
            "dev/stage.tfstate": {"resources": [resource, read]},
            "pr-1/stage.tfstate": {"resources": [{**resource, "module": "module.m[0]"}]},
        }
    )
    assert [found["module"] for found in made["resources"]] == [
        'module.unit["dev/stage.tfstate"]',
        'module.unit["pr-1/stage.tfstate"].module.m[0]',
    ]
    assert made["resources"][0]["instances"] == [{"attributes": {}}]


def findings(**more: Any) -> Findings:
    looked_at = ["dev/stage.tfstate", "dev/services/notes_api.tfstate", "prod/stage.tfstate"]
    return Findings(looked_at, **more)


def test_a_table_tells_of_every_stage() -> None:
    found = findings(drifted=[Drifted("dev/stage.tfstate", "aws_x.this", ("gone",))], busy={"pr-1": "ana"})
    assert list(drift_report.lines(found)) == [
        "stage  looked at         drift",
        "dev    notes_api, stage  1 changed by hand",
        "pr-1                     not looked at: it is being deployed",
        "prod   stage             none",
        "dev stage: aws_x.this: gone",
    ]


def test_a_pause_is_told_and_is_no_drift() -> None:
    paused = {"dev/services/notes_api.tfstate": Pause("2026-01-01", "ana@laptop", "<img src=x>")}
    lines = list(drift_report.lines(findings(paused=paused)))
    assert lines[-1] == "dev notes_api: paused since 2026-01-01 by ana@laptop: <img src=x>"
    assert lines[1] == "dev    notes_api, stage  none"
    page = drift_report.markdown(findings(paused=paused))
    assert "no resources changed by hand" in page
    assert "paused since 2026-01-01" in page
    assert "<img" not in page


def test_the_states_of_paused_services_are_read_as_paused(bucket: Bucket) -> None:
    bucket.deployed("pr-2", services=["notes_api", "notify_job"])
    function = {"function_name": "f", "reserved_concurrent_executions": 7}
    resource = {
        "mode": "managed",
        "type": "aws_lambda_function",
        "instances": [{"attributes": function}],
    }
    for service in ("notes_api", "notify_job"):
        bucket.put(f"pr-2/services/{service}.tfstate", {"outputs": {}, "resources": [resource]})
    bucket.put("paused/pr-2/notify_job.json", {"at": "2026-01-01", "by": "ana@laptop"})
    states, paused = drift._states(bucket.cloud, bucket.account)
    reserved = {
        key: states[key]["resources"][0]["instances"][0]["attributes"]["reserved_concurrent_executions"]
        for key in states
        if "/services/" in key
    }
    assert reserved == {"pr-2/services/notes_api.tfstate": 7, "pr-2/services/notify_job.tfstate": 0}
    assert paused == {"pr-2/services/notify_job.tfstate": Pause("2026-01-01", "ana@laptop")}


def test_nothing_in_the_report_acts_as_markdown() -> None:
    name = "x`*<img src=x>|\n# y"
    page = drift_report.markdown(findings(drifted=[Drifted("dev/stage.tfstate", name, (f"tags.a: {name}",))]))
    assert "1 resource changed" in page
    assert "<img" not in page
    assert "\n# y" not in page


def test_an_account_that_cannot_be_read_is_in_the_report() -> None:
    assert "prod could not be looked at" in drift_report.markdown(findings(unread={"prod": "denied"}))

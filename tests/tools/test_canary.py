"""What a canary is told, and how it is told of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.bucket import Bucket
from tests.tools.released import Stage
from tools import canary, pause_records
from tools.canary import Ended
from tools.errors import ToolError, UsageError
from tools.layers import Layers
from tools.live import Standing
from tools.services import all_services


@pytest.fixture
def stage(bucket: Bucket) -> Stage:
    """A release, and another one of billing_api that is deployed but not live."""
    stage = Stage(bucket, "dev").make()
    stage.released(1)
    stage.publish("billing_api", "2", digest="d2")
    return stage


def test_the_execution_is_told_only_of_what_moves(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    smoke = {"event": {"path": "/"}, "status": 404}
    monkeypatch.setattr(canary, "smoke_events", lambda _: {"function": smoke})
    entry = stage.released(2, status="moving")
    told = canary.description(stage.layers, entry, ["an-alarm"], wait=7)
    (function,) = told["functions"]
    assert function == {
        "name": "dev-billing_api",
        "from": "1",
        "to": "2",
        "weights": {"2": 0.1},
        "smoke": smoke,
    }
    (api,) = told["apis"]
    assert (api["stage"], api["from"] == api["to"]) == ("live", False)
    assert (told["waits"], told["after"], told["alarms"]) == ([7] * 5, [7], ["an-alarm"])
    assert told["release"] == entry.release.id


def test_a_paused_service_is_moved_without_being_tried_or_watched(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes no call, and what it refuses would ring as a fault of the release."""
    pause = pause_records.Pause("2026-01-01T00:00:00+00:00", "ana@laptop")
    layers = stage.layers
    pause_records.write(layers.cloud, layers.stage.account, "dev", "billing_api", pause)
    monkeypatch.setattr(canary, "smoke_events", lambda _: {"function": {"event": {}, "status": 404}})
    (function,) = canary.description(layers, stage.released(2, status="moving"), [], wait=7)["functions"]
    assert (function["to"], function["smoke"]) == ("2", None)
    outputs = {"billing_api": {"canary_alarms": ["b"]}, "notify_job": {"canary_alarms": ["a"]}}
    monkeypatch.setattr(Layers, "service_outputs", lambda _: outputs)
    monkeypatch.setattr(canary, "client", lambda *_: Watch(looks=9))
    assert canary.quiet_alarms(layers, lambda _: None) == ["a"]


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Standing({"f": "1"}), "the new versions are tried without users"),
        (Standing({"f": "1"}, shares={"f": {"2": 0.1}}), "10% of the calls go to the new versions"),
        (Standing({"f": "1"}, shares={"f": {"2": 1.0}}), "100% of the calls go to the new versions"),
        (Standing({"f": "2"}), "all calls go to the new versions"),
    ],
)
def test_the_share_is_told_in_words(standing: Standing, words: str) -> None:
    assert canary.phase({"s": Standing({"f": "2"})}, {"s": standing}) == words


class Machines:
    """Step Functions with one execution."""

    def __init__(self, **execution: Any) -> None:
        self._execution = execution

    class exceptions:  # noqa: N801 - as boto3 has it
        class ExecutionDoesNotExist(Exception):
            pass

    def describe_execution(self, **_: str) -> Any:
        if not self._execution:
            raise self.exceptions.ExecutionDoesNotExist
        return self._execution


@pytest.mark.parametrize(
    ("execution", "end"),
    [
        ({"status": "RUNNING"}, None),
        ({"status": "SUCCEEDED"}, Ended("SUCCEEDED")),
        (
            {"status": "FAILED", "error": "AlarmRang", "cause": "it rang"},
            Ended("FAILED", "AlarmRang: it rang"),
        ),
        ({"status": "ABORTED"}, Ended("ABORTED", "somebody stopped it by hand")),
        ({"status": "TIMED_OUT"}, Ended("TIMED_OUT", "it took too long")),
        ({}, Ended("NEVER_BEGUN", "its deploy ended before the release could begin")),
    ],
)
def test_how_an_execution_ended(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, execution: dict[str, str], end: Ended | None
) -> None:
    monkeypatch.setattr(canary, "client", lambda *_: Machines(**execution))
    assert canary.ended(stage.layers, "an:execution") == end


class Watch:
    """CloudWatch with an alarm that rings for some looks."""

    def __init__(self, looks: int) -> None:
        self._looks = looks

    def describe_alarms(self, AlarmNames: list[str], StateValue: str) -> Any:  # noqa: N803 - as boto3 has it
        assert StateValue == "ALARM"
        self._looks -= 1
        return {
            "MetricAlarms": [{"AlarmName": name} for name in AlarmNames if name == "b" and self._looks >= 0]
        }


def test_a_release_waits_until_its_alarms_are_quiet(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Layers, "service_outputs", lambda _: {"x": {"canary_alarms": ["b", "a"]}, "y": {}})
    monkeypatch.setattr(canary, "_LOOK_EVERY", 0)
    watch, said = Watch(looks=3), list[str]()
    monkeypatch.setattr(canary, "client", lambda *_: watch)
    assert canary.quiet_alarms(stage.layers, said.append) == ["a", "b"]
    assert said == ["  waiting for quiet: b rings still"]


def test_an_alarm_that_goes_on_ringing_stops_a_release(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Layers, "service_outputs", lambda _: {"x": {"canary_alarms": ["b", "a"]}})
    monkeypatch.setattr(canary, "_CALM_SECONDS", -1)
    watch = Watch(looks=9)
    monkeypatch.setattr(canary, "client", lambda *_: watch)
    with pytest.raises(ToolError, match="b rings already") as refused:
        canary.quiet_alarms(stage.layers, lambda _: None)
    assert "make rollback ENV=dev" in refused.value.next_step


def test_the_wait_is_the_stages_or_that_of_the_command(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert canary.wait_seconds(stage.layers) == 60
    monkeypatch.setenv("CANARY_WAIT", "2")
    assert canary.wait_seconds(stage.layers) == 2
    for wrong in ("0", "-1", "1.5", "61", "soon"):
        monkeypatch.setenv("CANARY_WAIT", wrong)
        with pytest.raises(UsageError, match="is no number of seconds"):
            canary.wait_seconds(stage.layers)


@pytest.mark.parametrize("service", all_services(), ids=lambda path: path.name)
def test_every_function_of_every_service_is_tried_before_users_get_it(service: Path) -> None:
    functions = {
        path.name.split("-", 1)[1].split(".")[0]
        for path in (service / ".chalice").glob("policy-*.template.json")
    }
    assert canary.smoke_events(service).keys() == functions
    status = canary.smoke_events(service).get("api_handler", {"status": 200})["status"]
    assert isinstance(status, int)


def test_a_smoke_file_that_says_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / ".chalice").mkdir()
    assert canary.smoke_events(tmp_path) == {}
    for wrong in ("[]", "{", json.dumps({"f": {}}), json.dumps({"f": 1})):
        (tmp_path / ".chalice/smoke.json").write_text(wrong)
        with pytest.raises(ToolError, match=r"smoke\.json says nothing"):
            canary.smoke_events(tmp_path)

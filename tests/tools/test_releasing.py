"""From a deploy to users: noted, brought, closed, taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.tools.bucket import Bucket
from tests.tools.released import ARTIFACTS, Stage
from tools import (
    applied,
    canary,
    checkout,
    data_formats,
    histories,
    live_release,
    manifests,
    pause_records,
    releasing,
    rollout,
    service_deploy,
    verification,
)
from tools.canary import Ended
from tools.checkout import Source
from tools.errors import ToolError
from tools.graph import Outcome
from tools.histories import Entry
from tools.layers import Layers
from tools.progress import Progress
from tools.selection import Selection

BUILT = {"package": "", "api": "a"}


@pytest.fixture
def stage(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A stage with two services, deployed by this checkout."""
    bucket.s3.create_bucket(Bucket=ARTIFACTS)
    stage = Stage(bucket, "dev").make()
    services = [service for service in stage.layers.services if service.name in stage.versions]
    monkeypatch.setattr(Layers, "services", services)
    monkeypatch.setattr(Layers, "names", lambda *_: {"stage": {"topic_arn": "topic-1"}})
    monkeypatch.setattr(applied, "read", lambda *_: {"built": BUILT})
    monkeypatch.setattr(service_deploy, "is_current", lambda *_: True)
    monkeypatch.setattr(checkout, "source", lambda: Source("s" * 64, "c" * 40))
    return stage


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, Ended]:
    """A state machine whose next execution ends as the test says."""
    ends = {"next": Ended("SUCCEEDED")}
    monkeypatch.setattr(canary, "name_execution", lambda *_: "an:execution:x-1")
    monkeypatch.setattr(canary, "quiet_alarms", lambda *_: [])
    monkeypatch.setattr(canary, "start", lambda *_: None)
    monkeypatch.setattr(canary, "ended", lambda *_: ends["next"])
    monkeypatch.setattr(canary, "follow", lambda *_: ends["next"])
    return ends


def bring(stage: Stage) -> Entry | None:
    return releasing.bring(stage.layers, lambda _: None, lambda: None)


def test_the_same_again_is_the_same_release(stage: Stage) -> None:
    first = bring(stage)
    assert first is not None
    assert bring(stage) == first
    assert [entry.release.id for entry in histories.read(stage.layers)] == [first.release.id]
    assert verification.current(stage.layers) == first
    assert first.read["notify_job"] == {"stage.topic_arn": "topic-1"}
    kept = manifests.read(stage.bucket.cloud, stage.bucket.account, ARTIFACTS, first.release.id)
    assert kept == first.release
    assert first.release.commit == "c" * 40


def test_another_checkout_is_another_release(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bring(stage)
    monkeypatch.setattr(checkout, "source", lambda: Source("t" * 64, "d" * 40, dirty=True))
    second = bring(stage)
    assert first
    assert second
    assert second.release.id != first.release.id
    assert "changes that no commit has" in second.release.origin


def test_a_service_of_another_checkout_makes_the_release_a_partial_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_deploy, "is_current", lambda _, service: service.name != "notify_job")
    made = bring(stage)
    assert made
    assert made.release.partial == ("notify_job",)


def test_what_was_deployed_before_there_were_releases_is_never_promoted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applied, "read", lambda *_: {})
    monkeypatch.setattr(service_deploy, "is_current", lambda *_: False)
    made = bring(stage)
    assert made
    assert made.release.partial == ("billing_api", "notify_job")


def test_two_releases_of_a_second_have_ids_of_their_own(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = set()
    for content in ("s", "t", "u"):
        source = Source(content * 64, "c" * 40)
        monkeypatch.setattr(checkout, "source", lambda source=source: source)
        made = bring(stage)
        assert made
        ids.add(made.release.id)
    assert len(ids) == 3


def test_an_id_is_taken_before_another_stage_can_take_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, read = [], releasing._read

    def look(layers: Layers, service: str) -> dict[str, str]:
        listed = stage.bucket.s3.list_objects_v2(Bucket=ARTIFACTS, Prefix="releases/")
        found.append([entry["Key"] for entry in listed.get("Contents", [])])
        return read(layers, service)

    monkeypatch.setattr(releasing, "_read", look)
    made = bring(stage)
    assert made
    assert found
    assert all(keys == [f"releases/{made.release.id}.json"] for keys in found)


def test_what_the_machine_brought_is_released(stage: Stage, machine: dict[str, Ended]) -> None:
    assert machine
    bring(stage)
    stage.publish("billing_api", "2")
    entry = bring(stage)
    assert entry
    assert (entry.status, entry.execution) == ("released", "an:execution:x-1")
    assert entry.before["billing_api"].functions == {"dev-billing_api": "1"}


@pytest.mark.parametrize("status", ["FAILED", "ABORTED", "TIMED_OUT", "NEVER_BEGUN"])
def test_what_ended_otherwise_is_taken_back(stage: Stage, machine: dict[str, Ended], status: str) -> None:
    bring(stage)
    stage.publish("billing_api", "2")
    stage.functions.update_alias(
        FunctionName="dev-billing_api",
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}},
    )
    machine["next"] = Ended(status, "the reason")
    with pytest.raises(ToolError, match="taken back from dev: the reason") as failed:
        bring(stage)
    assert "make logs ENV=dev" in failed.value.next_step
    standing = histories.present(stage.layers)["billing_api"]
    assert (standing.functions, standing.shares) == ({"dev-billing_api": "1"}, {})
    assert histories.read(stage.layers)[-1].status == "failed"


@pytest.mark.parametrize(("status", "became"), [("SUCCEEDED", "released"), ("ABORTED", "failed")])
def test_the_next_command_finds_out_how_a_release_ended_that_nobody_waited_for(
    stage: Stage, machine: dict[str, Ended], status: str, became: str
) -> None:
    stage.publish("billing_api", "2")
    stage.released(1, status="moving", execution="an:execution:x-1")
    machine["next"] = Ended(status, "why")
    said: list[str] = []
    releasing.settle(stage.layers, said.append, lambda: None)
    (entry,) = histories.read(stage.layers)
    assert entry.status == became
    assert any("was taken back: why" in words for words in said) == (became == "failed")


def test_old_and_new_code_that_cannot_share_data_never_run_together(
    stage: Stage, machine: dict[str, Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert machine
    bring(stage)
    stage.publish("billing_api", "2")
    monkeypatch.setattr(data_formats, "of", lambda _: data_formats.Format((1, 2), 2))
    with pytest.raises(ToolError, match="could not run side by side"):
        bring(stage)
    assert histories.present(stage.layers)["billing_api"].functions == {"dev-billing_api": "1"}


def test_a_journey_that_fails_takes_a_canarys_release_back(
    stage: Stage, machine: dict[str, Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert machine
    before = stage.released(1)
    before_it = live_release.read(stage.layers)
    stage.publish("billing_api", "2")
    entry = replace(stage.released(2), execution="an:execution:x-1", before=before.standing)

    def fails(*_: object) -> None:
        raise ToolError("The journey failed")

    monkeypatch.setattr(rollout, "travel", fails)
    with pytest.raises(ToolError, match="taken back from dev: The journey failed"):
        rollout._travel(stage.layers, None, entry, before_it)  # type: ignore[arg-type]
    assert verification.current(stage.layers) == before
    with pytest.raises(ToolError, match=r"^The journey failed"):
        rollout._travel(stage.layers, None, replace(entry, execution=""), None)  # type: ignore[arg-type]


def test_no_user_is_sent_through_a_stage_that_is_silent_on_purpose(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()

    class Said:
        def say(self, words: str) -> None:
            said.append(words)

    monkeypatch.setattr(rollout, "travel", lambda *_: said.append("a user went through"))
    entry = stage.released(1)
    rollout._send_a_user(stage.layers, [], Said(), entry, None)  # type: ignore[arg-type]
    pause = pause_records.Pause("2026-01-01T00:00:00+00:00", "ana@laptop")
    layers = stage.layers
    pause_records.write(layers.cloud, layers.stage.account, "dev", "notify_job", pause)
    rollout._send_a_user(stage.layers, [], Said(), entry, None)  # type: ignore[arg-type]
    assert said == [
        "a user went through",
        "No user was sent through dev: paused is dev notify_job.",
    ]


def test_a_deploy_that_fails_brings_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    class Said:
        def say(self, _: str) -> None:
            pass

    monkeypatch.setattr(Layers, "players", lambda *_: [])
    monkeypatch.setattr(
        rollout, "deploy", lambda *_, **__: Outcome(failed={"x": ToolError("no")}, seconds={"x": 1.0})
    )
    monkeypatch.setattr(releasing, "bring", lambda *_: pytest.fail("it was brought"))
    with pytest.raises(ToolError, match="x failed"):
        rollout.roll_out(stage.layers, Said(), Selection([], []), "deploy", "make deploy")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "declared",
    ['{"reads": [1], "writes": 2}', '{"reads": 1, "writes": 1}', "3", '{"reads": [0], "writes": 0}'],
)
def test_a_data_format_that_is_none_is_told(tmp_path: Path, declared: str) -> None:
    folder = tmp_path / "a_service/.chalice"
    folder.mkdir(parents=True)
    (folder / "config.template.json").write_text(f'{{"data_format": {declared}}}')
    with pytest.raises(ToolError, match=r"a_service/.*data_format is no data format"):
        data_formats.of(folder.parent)
    (folder / "config.template.json").write_text("{}")
    assert data_formats.of(folder.parent) == data_formats.Format((1,), 1)


def released_until(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, *faults: dict[str, list[str]]
) -> list[tuple[list[str], bool]]:
    """Roll out while callers get what `faults` say, one after the other; services and FORCE of each try."""
    tries: list[tuple[list[str], bool]] = []
    found = iter(faults)

    def deploy(
        _layers: Layers, _report: object, selected: Selection, force: bool, *_: object, **__: object
    ) -> Outcome:
        tries.append((sorted(service.name for service in selected.services), force))
        return Outcome()

    monkeypatch.setattr(rollout, "deploy", deploy)
    monkeypatch.setattr(releasing, "confirm", lambda *_: next(found))
    with Progress() as progress:
        made = rollout._Rollout(stage.layers, progress, 1, "make deploy ENV=dev", lambda: None)
        made.release(Selection(list(stage.layers.services), []), force=False)
    return tries


def test_what_callers_do_not_get_is_deployed_once_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"billing_api": ["its API a/live serves another description"]}
    assert released_until(stage, monkeypatch, wrong, {}) == [
        (["billing_api", "notify_job"], False),
        (["billing_api"], True),
    ]


def test_a_deploy_fails_while_callers_do_not_get_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"billing_api": ["dev-billing_api runs another package"]}
    with pytest.raises(ToolError) as failed:
        released_until(stage, monkeypatch, wrong, wrong)
    assert "Callers of dev do not get what was deployed" in failed.value.what
    assert "billing_api: dev-billing_api runs another package" in failed.value.what
    assert "make deploy ENV=dev" in failed.value.next_step


def test_a_release_is_noted_as_live_only_if_callers_get_it(stage: Stage) -> None:
    entry = bring(stage)
    assert entry is not None
    stage.publish("billing_api", "2")
    stage.functions.update_alias(FunctionName="dev-billing_api", Name="live", FunctionVersion="2")
    assert releasing.confirm(stage.layers, entry)["billing_api"] == ["dev-billing_api runs another package"]
    assert live_release.read(stage.layers) is None
    stage.functions.update_alias(FunctionName="dev-billing_api", Name="live", FunctionVersion="1")
    assert releasing.confirm(stage.layers, entry) == {}
    record = live_release.read(stage.layers)
    assert record is not None
    assert record.release == entry.release.id

"""A release that only adds a service is rolled back by pausing that, and forward by resuming it."""

from __future__ import annotations

import pytest

from tests.tools.bucket import Bucket
from tests.tools.released import Stage
from tools import histories, live_release, pausing, releasing, rollback, rollout, verification
from tools.errors import ToolError
from tools.histories import Entry
from tools.progress import Progress

ADDED = "notify_job"


@pytest.fixture
def stage(bucket: Bucket) -> Stage:
    """Two releases: the second one added notify_job and changed nothing else."""
    stage = Stage(bucket, "dev").make()
    stage.released(1, without=ADDED)
    stage.released(2)
    return stage


def both(stage: Stage) -> tuple[Entry, Entry]:
    first, second = histories.read(stage.layers)
    return first, second


def test_it_can_be_rolled_back_and_nothing_of_the_added_service_is_destroyed(stage: Stage) -> None:
    first, second = both(stage)
    assert rollback.target(stage.layers, "") == (second, first)
    said: list[str] = []
    assert rollback.give(stage.layers, first, said.append) == 1
    assert any(line.startswith(f"{ADDED} of dev is paused") for line in said)
    assert pausing.paused(stage.layers)[ADDED].doing == "rollback"
    assert verification.current(stage.layers) == first
    assert stage.functions.get_alias(FunctionName=f"dev-{ADDED}", Name="live")


def test_rolling_forward_resumes_it(stage: Stage) -> None:
    first, second = both(stage)
    rollback.give(stage.layers, first)
    assert rollback.target(stage.layers, second.release.id) == (first, second)
    assert rollback.give(stage.layers, second) == 1
    assert pausing.paused(stage.layers) == {}
    assert verification.current(stage.layers) == second


def test_a_second_rollback_to_the_same_release_changes_nothing(stage: Stage) -> None:
    first, _ = both(stage)
    rollback.give(stage.layers, first)
    assert rollback.give(stage.layers, first) == 0
    with pytest.raises(ToolError, match="nothing to roll dev back to"):
        rollback.target(stage.layers, "")


def test_what_a_user_has_paused_stays_paused(stage: Stage) -> None:
    first, second = both(stage)
    pausing.pause(stage.layers, [ADDED], "it sends too much")
    rollback.give(stage.layers, first)
    rollback.give(stage.layers, second)
    assert pausing.paused(stage.layers)[ADDED].why == "it sends too much"


def test_called_by_hand_it_is_told_as_no_part_of_the_release(stage: Stage) -> None:
    first, _ = both(stage)
    rollback.give(stage.layers, first)
    pausing.resume(stage.layers, [ADDED])
    assert verification.look(stage.layers).words == [
        f"{ADDED}: callers get it, and release {first.release.id} does not have it"
    ]


def bring(stage: Stage) -> Entry | None:
    with Progress() as progress:
        return rollout._Rollout(stage.layers, progress, 1, "make deploy", lambda: None)._bring()


def test_a_deploy_after_a_rollback_resumes_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = both(stage)
    rollback.give(stage.layers, first)
    monkeypatch.setattr(releasing, "bring", lambda *_: second)
    assert bring(stage) == second
    assert pausing.paused(stage.layers) == {}


def test_a_release_that_does_not_get_through_leaves_it_paused(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = both(stage)
    rollback.give(stage.layers, first)

    def fails(*_: object) -> None:
        raise ToolError("It was taken back")

    monkeypatch.setattr(releasing, "bring", fails)
    with pytest.raises(ToolError, match="taken back"):
        bring(stage)
    assert pausing.paused(stage.layers)[ADDED].doing == "rollback"
    record = live_release.read(stage.layers)
    assert record is not None
    assert record.release == first.release.id

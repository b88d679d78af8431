"""Which release is live, and which one callers can get again."""

from __future__ import annotations

import pytest

from tests.tools.bucket import Bucket
from tests.tools.released import Stage, release_id
from tools import canary, histories, releasing, rollback, verification
from tools.canary import Ended
from tools.errors import ToolError


@pytest.fixture
def stage(bucket: Bucket) -> Stage:
    """Two releases: the second one changed billing_api and its API."""
    stage = Stage(bucket, "dev").make()
    stage.released(1)
    stage.publish("billing_api", "2", digest="d2")
    stage.released(2)
    return stage


def test_the_live_release_is_what_callers_get(stage: Stage) -> None:
    first, second = histories.read(stage.layers)
    assert verification.current(stage.layers) == second
    rollback.give(stage.layers, first)
    assert verification.current(stage.layers) == first
    stage.functions.update_alias(
        FunctionName="dev-notify_job",
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {"$LATEST": 0.1}},
    )
    assert verification.current(stage.layers) is None


def test_back_and_forward_again_is_the_same_command(stage: Stage) -> None:
    first, second = histories.read(stage.layers)
    assert rollback.target(stage.layers, "") == (second, first)
    assert rollback.give(stage.layers, first) == 2  # the function and the API of billing_api
    assert histories.present(stage.layers) == first.standing
    assert rollback.target(stage.layers, second.release.id) == (first, second)
    rollback.refuse(stage.layers, second)
    assert rollback.give(stage.layers, second) == 2
    assert histories.present(stage.layers) == second.standing


def test_what_others_read_comes_before_them() -> None:
    assert releasing.order(["billing_api", "stripe_mock"]) == ["stripe_mock", "billing_api"]


def test_a_release_that_changed_nothing_for_callers_is_passed_over(stage: Stage) -> None:
    stage.released(3)  # the same versions: only the infrastructure differed
    _current, target = rollback.target(stage.layers, "")
    assert target.release.id == release_id(1)


def test_a_failed_release_is_no_target(bucket: Bucket) -> None:
    stage = Stage(bucket, "dev").make()
    stage.released(1, status="failed", why="x")
    with pytest.raises(ToolError, match="nothing to roll dev back to"):
        rollback.target(stage.layers, "")


def test_the_first_release_has_nothing_before_it(bucket: Bucket) -> None:
    stage = Stage(bucket, "dev").make()
    stage.released(1)
    with pytest.raises(ToolError, match="nothing to roll dev back to") as refused:
        rollback.target(stage.layers, "")
    assert "make releases ENV=dev" in refused.value.next_step


def test_an_unknown_release_is_told_with_those_that_there_are(stage: Stage) -> None:
    with pytest.raises(ToolError, match="never came to dev") as refused:
        rollback.target(stage.layers, release_id(9))
    assert release_id(2) in refused.value.next_step


def test_code_that_cannot_read_what_newer_code_wrote_is_refused(bucket: Bucket) -> None:
    stage = Stage(bucket, "dev").make()
    first = stage.released(1)
    stage.publish("billing_api", "2")
    second = stage.released(2, formats=((1, 2), 1))
    stage.publish("billing_api", "3")
    stage.released(3, formats=((1, 2), 2))
    with pytest.raises(ToolError, match=r"reads data in format 1; release .* writes format 2"):
        rollback.refuse(stage.layers, first)
    rollback.refuse(stage.layers, second)


def test_code_that_was_configured_with_names_of_another_time_is_refused(stage: Stage) -> None:
    first = histories.read(stage.layers)[0]
    entry = histories.Entry(**{**vars(first), "read": {"billing_api": {"stage.topic_arn": "topic-1"}}})
    rollback.refuse(stage.layers, entry)
    stage.names["topic_arn"] = "topic-2"
    stage.save()
    with pytest.raises(ToolError, match=r"stage\.topic_arn topic-1, which is topic-2 today"):
        rollback.refuse(stage.layers, entry)


def test_a_version_that_is_gone_is_refused(stage: Stage) -> None:
    first = histories.read(stage.layers)[0]
    stage.functions.delete_function(FunctionName="dev-billing_api", Qualifier="1")
    with pytest.raises(ToolError, match="version 1 of dev-billing_api is gone"):
        rollback.refuse(stage.layers, first)


def test_a_release_on_its_way_is_stopped_before_the_lock_and_closed_behind_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = histories.present(stage.layers)
    stage.publish("billing_api", "3")
    stage.released(3, status="moving", execution="an:execution:x-1")
    stage.functions.update_alias(
        FunctionName="dev-billing_api",
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {"3": 0.1}},
    )
    ends: list[Ended] = []
    monkeypatch.setattr(canary, "ended", lambda *_: ends[-1] if ends else None)
    monkeypatch.setattr(canary, "stop", lambda *_: ends.append(Ended("ABORTED", "make rollback")))
    said: list[str] = []
    assert rollback.stop(stage.layers, said.append)
    assert said == [f"Stopping release {release_id(3)}"]
    assert (
        histories.read(stage.layers)[-1].status == "moving"
    )  # its deploy, which holds the lock, notes the end
    rollback.close(stage.layers)
    entry = histories.read(stage.layers)[-1]
    assert (entry.status, entry.why) == ("failed", "make rollback")
    assert histories.present(stage.layers) == before
    assert not rollback.stop(stage.layers, said.append)

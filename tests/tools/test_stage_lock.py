"""One deploy of a stage at a time: who waits, who takes over, who stops."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from typing import Any

import pytest

from tests.waiting import eventually
from tools import stage_lock, stages, state_bucket
from tools.cloud import AwsCloud, client
from tools.errors import ToolError, UsageError
from tools.layers import Layers
from tools.stages import Account

ELSEWHERE = {
    "user": "somebody",
    "host": "elsewhere",
    "pid": 1,
    "doing": "deploy",
    "since": "2026-01-01T00:00:00+00:00",
    "token": "other",
}


@pytest.fixture
def layers(aws: AwsCloud, account: Account, monkeypatch: pytest.MonkeyPatch) -> Layers:
    """A stage whose lock is looked at often and waited for shortly."""
    monkeypatch.setenv("LOCK_WAIT", "0.3")
    monkeypatch.setattr(stage_lock, "_LOOK_EVERY", 0.05)
    client(aws, account, "s3").create_bucket(Bucket=state_bucket.name(aws, account))
    organisation = stages.load()
    return Layers(organisation, aws, replace(organisation.stage("alice"), account=account))


def write(layers: Layers, **changed: Any) -> None:
    """Put a lock of somebody on another machine where the stage's lies."""
    account = layers.stage.account
    client(layers.cloud, account, "s3").put_object(
        Bucket=state_bucket.name(layers.cloud, account),
        Key="locks/alice.json",
        Body=json.dumps(ELSEWHERE | changed).encode(),
    )


def gone_process() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_lock_names_its_holder_and_goes_with_the_block(layers: Layers) -> None:
    with stage_lock.held(layers, "deploy", print):
        assert f"@{socket.gethostname()} (process {os.getpid()}, deploy since 20" in str(
            stage_lock.find(layers)
        )
    assert stage_lock.find(layers) is None


def test_the_lock_goes_when_the_block_fails(layers: Layers) -> None:
    with pytest.raises(KeyboardInterrupt), stage_lock.held(layers, "deploy", print):
        raise KeyboardInterrupt
    assert stage_lock.find(layers) is None


def test_an_administrators_first_deploy_of_an_account_makes_the_place_of_its_lock(
    layers: Layers, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3, bucket = client(layers.cloud, account, "s3"), state_bucket.name(layers.cloud, account)
    s3.delete_bucket(Bucket=bucket)
    monkeypatch.setattr(state_bucket, "ensure", lambda *_: s3.create_bucket(Bucket=bucket))
    with pytest.raises(ToolError, match="Account dev is not built"), stage_lock.held(layers, "deploy", print):
        pass
    may_build = replace(layers, cloud=AwsCloud("notes", "us-east-1", administrable=True))
    with stage_lock.held(may_build, "deploy", print):
        assert stage_lock.find(layers)


def test_a_second_one_is_told_whom_it_waits_for_and_refused(layers: Layers) -> None:
    write(layers)
    said: list[str] = []
    with pytest.raises(ToolError) as refused, stage_lock.held(layers, "deploy", said.append):
        pytest.fail("two at once")
    holder = "somebody@elsewhere (process 1, deploy since 2026-01-01T00:00:00+00:00)"
    assert said == [f"  waiting for alice: locked by {holder}"]
    assert f"Stage alice is locked by {holder}" in refused.value.what
    assert "make deploy ENV=alice" in refused.value.next_step
    assert "make unlock ENV=alice" in refused.value.next_step


def test_a_waiting_one_goes_on_as_soon_as_the_other_ends(
    layers: Layers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCK_WAIT", "20")
    write(layers)
    found = stage_lock.find(layers)
    assert found
    waits = threading.Event()

    def end() -> None:
        waits.wait(10)
        stage_lock.remove(layers, found)

    ending = threading.Thread(target=end)
    ending.start()
    with stage_lock.held(layers, "destroy", lambda _: waits.set()):
        assert "destroy since" in str(stage_lock.find(layers))
    ending.join()


def test_a_dead_process_of_this_machine_is_replaced_at_once(layers: Layers) -> None:
    write(layers, host=socket.gethostname(), pid=gone_process())
    said: list[str] = []
    with stage_lock.held(layers, "deploy", said.append):
        pass
    assert len(said) == 1
    assert "took over the lock of alice from somebody@" in said[0]
    assert "runs no more" in said[0]


def test_a_living_process_of_this_machine_is_not(layers: Layers) -> None:
    write(layers, host=socket.gethostname(), pid=os.getpid())
    with pytest.raises(ToolError, match="is locked by"), stage_lock.held(layers, "deploy", print):
        pass


@pytest.mark.parametrize("unreadable", [False, True])
def test_another_machine_is_replaced_when_its_lease_ran_out(
    layers: Layers, monkeypatch: pytest.MonkeyPatch, unreadable: bool
) -> None:
    write(layers, **({"unknown": 1} if unreadable else {}))
    with pytest.raises(ToolError, match="is locked by"), stage_lock.held(layers, "deploy", print):
        pass
    monkeypatch.setattr(stage_lock, "LEASE", -5.0)
    said: list[str] = []
    with stage_lock.held(layers, "deploy", said.append):
        pass
    assert "has not been heard of for" in said[0]


def test_who_renews_keeps_the_lock(layers: Layers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_lock, "LEASE", 0.4)
    with stage_lock.held(layers, "deploy", print) as still_held:
        first = stage_lock.find(layers)
        assert first

        def renewed() -> bool:
            now = stage_lock.find(layers)
            assert now
            assert now.holder == first.holder
            return now.tag != first.tag

        eventually(renewed, what="the renewed lease")
        still_held()
    assert stage_lock.find(layers) is None


def test_who_lost_the_lock_stops_and_leaves_the_next_ones_alone(
    layers: Layers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage_lock, "LEASE", 0.4)
    with stage_lock.held(layers, "deploy", print) as still_held:
        still_held()
        found = stage_lock.find(layers)
        assert found
        stage_lock.remove(layers, found)
        write(layers)
        with pytest.raises(ToolError, match="taken away from this deploy"):
            eventually(still_held, what="the news of the loss")
    assert "somebody@elsewhere" in str(stage_lock.find(layers))


def test_a_limit_that_is_no_number_is_an_error(layers: Layers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCK_WAIT", "soon")
    with pytest.raises(UsageError, match="LOCK_WAIT=soon"), stage_lock.held(layers, "deploy", print):
        pass

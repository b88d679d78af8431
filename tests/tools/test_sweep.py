"""Which stages a sweep takes, in which order, and what it does when one of them fails."""

from __future__ import annotations

import datetime

import pytest

from tests.tools.bucket import LONG_AGO, Bucket
from tools import inventory, sweep
from tools.errors import ToolError, UsageError
from tools.sweep import Choice

NOW = datetime.datetime(2020, 1, 11, tzinfo=datetime.UTC)
WEEK = datetime.timedelta(days=7)
YESTERDAY = "2020-01-10T00:00:00+00:00"


def choose(bucket: Bucket, older: datetime.timedelta = WEEK) -> Choice:
    found = inventory.of_account(bucket.cloud, bucket.account)
    return sweep.choose(bucket.organisation, found, older, NOW)


def names(choice: Choice) -> list[str]:
    return [each.stage for each in choice.swept]


@pytest.mark.parametrize(
    ("words", "length"),
    [("7d", {"days": 7}), ("36h", {"hours": 36}), ("2w", {"weeks": 2}), ("0m", {}), ("90m", {"minutes": 90})],
)
def test_ages(words: str, length: dict[str, int]) -> None:
    assert sweep.older_than(words) == datetime.timedelta(**length)


@pytest.mark.parametrize(
    "words", ["", "7", "d", "7 d", "-7d", "7D", "1.5d", "٧d", "7d\n", "7days", "9" * 9 + "d"]
)
def test_what_is_no_age(words: str) -> None:
    with pytest.raises(UsageError, match="OLDER") as refused:
        sweep.older_than(words)
    assert "OLDER=7d" in refused.value.next_step


def test_old_ephemeral_stages_and_no_others(bucket: Bucket) -> None:
    bucket.deployed("dev", listed=True)
    bucket.deployed("local", listed=True)
    bucket.deployed("old", storage="dev")
    bucket.deployed("older", storage="own")
    bucket.deployed("young", storage="dev", at=YESTERDAY)
    choice = choose(bucket)
    assert names(choice) == ["old", "older"]
    assert choice.kept == {}


def test_a_stage_is_as_old_as_its_last_deploy_whether_that_changed_anything_or_not(bucket: Bucket) -> None:
    bucket.deployed("used", storage="dev")
    record = {
        "storage": "dev",
        "listed": False,
        "created_at": LONG_AGO,
        "created_by": "ana",
        "deployed_at": YESTERDAY,
        "deployed_by": "ana",
    }
    bucket.put("stages/used.json", record)
    assert names(choose(bucket)) == []


def test_the_age_is_reached_exactly(bucket: Bucket) -> None:
    bucket.deployed("old", storage="dev")
    assert names(choose(bucket, datetime.timedelta(days=10))) == ["old"]
    assert names(choose(bucket, datetime.timedelta(days=10, seconds=1))) == []


def test_a_stage_that_was_listed_once_is_kept(bucket: Bucket) -> None:
    bucket.deployed("team", listed=True)
    choice = choose(bucket)
    assert names(choice) == []
    assert choice.kept == {"team": "stages.toml listed it when it was deployed"}


def test_storage_in_use_is_kept_with_the_reason(bucket: Bucket) -> None:
    bucket.deployed("lender", storage="own")
    bucket.deployed("a-borrower", storage="lender")
    bucket.deployed("young", storage="lender", at=YESTERDAY)
    choice = choose(bucket)
    assert names(choice) == ["a-borrower"]
    assert choice.kept == {"lender": "its storage is used by young"}


def test_borrowers_go_before_their_lender(bucket: Bucket) -> None:
    bucket.deployed("a-lender", storage="own")
    bucket.deployed("borrower", storage="a-lender")
    bucket.deployed("zoe", storage="a-lender")
    choice = choose(bucket)
    assert names(choice) == ["borrower", "zoe", "a-lender"]
    assert choice.kept == {}


def test_a_stage_of_which_nothing_says_when_is_kept(bucket: Bucket) -> None:
    bucket.put("unknown/stage.tfstate", {"resources": [{}]})
    assert choose(bucket).kept == {"unknown": "nobody knows when it was deployed"}


def test_one_failure_stops_no_other(bucket: Bucket) -> None:
    for name in ("a", "b", "c"):
        bucket.deployed(name, storage="dev")
    tried: list[str] = []
    said: list[str] = []

    def destroy(name: str) -> str:
        tried.append(name)
        if name == "a":
            raise ToolError("a is locked")
        if name == "b":
            raise KeyError("b")
        return "is gone"

    failed = sweep.carry_out(choose(bucket), destroy, said.append)
    assert tried == ["a", "b", "c"]
    assert said == ["a: failed", "b: failed", "c: is gone"]
    assert str(failed["a"]) == "a is locked"
    assert set(failed) == {"a", "b"}

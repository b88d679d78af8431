"""What is deployed where, read from the cloud alone."""

from __future__ import annotations

import datetime

import pytest

from tests.tools.bucket import LONG_AGO, Bucket
from tools import inventory
from tools.inventory import Deployment

LATER = "2020-02-01T00:00:00+00:00"


def by_name(found: list[Deployment]) -> dict[str, Deployment]:
    return {each.stage: each for each in found}


def test_every_stage_with_what_it_has(bucket: Bucket) -> None:
    bucket.put("account.tfstate", {"resources": [{}]})
    bucket.put("applied/account.json", {"at": LONG_AGO, "by": "root"})
    bucket.put("locks/pr-7.json", {})
    bucket.deployed("dev", services=["notes_api", "gone_api"], listed=True)
    bucket.deployed("pr-1", storage="dev", services=["notes_api"], at=LATER)
    found = by_name(inventory.of_account(bucket.cloud, bucket.account))
    assert list(found) == ["dev", "pr-1"]
    assert found["dev"].described() == {
        "stage": "dev",
        "account": "dev",
        "services": {"notes_api": "10", "gone_api": "10"},
        "paused": {},
        "storage": "own",
        "created_at": LONG_AGO,
        "deployed_at": LONG_AGO,
        "deployed_by": "ben@laptop",
        "whole": True,
    }
    assert (found["pr-1"].storage, found["pr-1"].last) == ("dev", (LATER, "ben@laptop"))


def test_half_made_stages_are_known_and_told(bucket: Bucket) -> None:
    bucket.deployed("begun", storage="dev")
    for key in ("begun/stage.tfstate", "applied/begun/stage.json"):
        bucket.s3.delete_object(Bucket=bucket.name, Key=key)
    bucket.deployed("killed", services=["notes_api"])
    bucket.s3.delete_object(Bucket=bucket.name, Key="applied/killed/services/notes_api.json")
    bucket.put("empty/services/notes_api.tfstate", {"resources": []})
    bucket.deployed("stopped", services=["notes_api"])
    bucket.put("stopped/services/notes_api.tfstate", {"resources": [{}], "outputs": {}})
    found = by_name(inventory.of_account(bucket.cloud, bucket.account))
    assert {name: each.whole for name, each in found.items()} == {
        "begun": False,
        "killed": False,
        "empty": False,
        "stopped": False,
    }
    assert found["empty"].services == {"notes_api": None}


def test_a_stage_without_a_record_is_known_by_its_states(bucket: Bucket) -> None:
    bucket.deployed("pr-3", services=["notes_api"], at=LATER, record=False)
    [found] = inventory.of_account(bucket.cloud, bucket.account)
    assert (found.stage, found.storage, found.last) == ("pr-3", "own", (LATER, "ana@laptop"))


def test_an_account_that_cannot_be_reached_hides_no_other(bucket: Bucket) -> None:
    bucket.deployed("dev")
    found = inventory.take(bucket.organisation, bucket.cloud)
    assert [each.stage for each in found.deployments] == ["dev"]
    assert list(found.unread) == ["prod"]
    assert "credentials are for account" in found.unread["prod"]
    assert "\n" not in found.unread["prod"]


def test_an_account_without_a_bucket_has_no_stages(bucket: Bucket) -> None:
    bucket.s3.delete_bucket(Bucket=bucket.name)
    assert inventory.of_account(bucket.cloud, bucket.account) == []


def test_dozens_of_stages_are_all_found(bucket: Bucket) -> None:
    names = [f"pr-{number}" for number in range(40)]
    for name in names:
        bucket.deployed(name, storage="dev", services=["notes_api", "billing_api"])
    found = by_name(inventory.of_account(bucket.cloud, bucket.account))
    assert sorted(found) == sorted(names)
    assert all(len(each.services) == 2 for each in found.values())


@pytest.mark.parametrize(
    ("length", "words"),
    [
        ({"seconds": -5}, "0 min"),
        ({"seconds": 59}, "0 min"),
        ({"minutes": 59}, "59 min"),
        ({"minutes": 60}, "1 h"),
        ({"hours": 47}, "1 d"),
        ({"days": 400}, "400 d"),
    ],
)
def test_durations_in_words(length: dict[str, int], words: str) -> None:
    assert inventory.spoken(datetime.timedelta(**length)) == words

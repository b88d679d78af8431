"""Which release may go from one stage to another, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.tools.bucket import Bucket
from tests.tools.released import ARTIFACTS, Stage, moment, release_id
from tools import checkout, histories, manifests, promotion, state_bucket
from tools.cloud import Cloud
from tools.errors import NotBuiltError, ToolError, UsageError
from tools.histories import Entry
from tools.stages import Account


@pytest.fixture
def dev(bucket: Bucket) -> Stage:
    bucket.s3.create_bucket(Bucket=ARTIFACTS)
    return Stage(bucket, "dev").make()


@pytest.fixture
def prod(dev: Stage) -> Stage:
    """A stage of the same account that is listed."""
    return Stage(dev.bucket, "local").make()


def test_the_live_release_that_passed_is_promoted(dev: Stage, prod: Stage) -> None:
    dev.released(1, passed_at=moment(9))
    dev.publish("billing_api", "2")
    newest = dev.released(2, passed_at=moment(9))
    found = promotion.of(dev.layers, prod.layers, "")
    assert (found.release, found.live, found.done) == (newest.release, None, False)
    older = promotion.of(dev.layers, prod.layers, release_id(1))
    assert older.release.id == release_id(1)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda entry: replace(entry, passed_at=""), "never passed a user's journey in dev"),
        (lambda entry: replace(entry, status="failed", why="it rang"), "did not get through in dev: it rang"),
        (
            lambda entry: replace(entry, release=replace(entry.release, partial=("notify_job",))),
            "is of several checkouts: notify_job came from another one",
        ),
    ],
)
def test_what_was_not_proven_is_refused(
    dev: Stage, prod: Stage, spoil: Callable[[Entry], Entry], words: str
) -> None:
    histories.write(dev.layers, spoil(dev.released(1, passed_at=moment(9))))
    with pytest.raises(ToolError, match=words):
        promotion.of(dev.layers, prod.layers, release_id(1))


def test_without_a_release_there_is_nothing_to_promote(dev: Stage, prod: Stage) -> None:
    with pytest.raises(ToolError, match="dev has no release"):
        promotion.of(dev.layers, prod.layers, "")


def test_an_account_that_is_not_built_is_told_with_its_stage(
    dev: Stage, prod: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exists(_cloud: Cloud, account: Account) -> bool:
        if account.name == "prod":
            raise NotBuiltError("Account 3 is not built")
        return True

    dev.released(1, passed_at=moment(9))
    monkeypatch.setattr(state_bucket, "exists", exists)
    account = replace(prod.layers.stage.account, name="prod")
    target = replace(prod.layers, stage=replace(prod.layers.stage, account=account))
    with pytest.raises(
        NotBuiltError, match=r"not built\n  As administrator of prod, run: make account ENV=local"
    ):
        promotion.of(dev.layers, target, "")


def test_a_release_whose_stage_was_destroyed_is_told_as_such(dev: Stage, prod: Stage) -> None:
    entry = dev.released(1, passed_at=moment(9))
    manifests.write(dev.bucket.cloud, dev.bucket.account, ARTIFACTS, entry.release)
    histories.forget(dev.layers)
    with pytest.raises(ToolError, match="was destroyed with its stage"):
        promotion.of(dev.layers, prod.layers, entry.release.id)
    dev.released(2, passed_at=moment(9))
    with pytest.raises(ToolError, match="was destroyed with its stage"):
        promotion.of(dev.layers, prod.layers, entry.release.id)
    with pytest.raises(ToolError, match="never came to dev"):
        promotion.of(dev.layers, prod.layers, release_id(8))


def test_code_that_cannot_read_the_targets_data_is_refused(dev: Stage, prod: Stage) -> None:
    prod.released(1, formats=((1, 2), 2))
    dev.released(2, passed_at=moment(9))
    with pytest.raises(ToolError, match=r"cannot go to local: billing_api of .* reads data in format 1"):
        promotion.of(dev.layers, prod.layers, "")


def test_the_preview_tells_services_and_commits(
    dev: Stage, prod: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = prod.released(1)
    dev.publish("billing_api", "2")
    entry = dev.released(2, passed_at=moment(9))
    services = {**entry.release.services, "notify_job": old.release.services["notify_job"]}
    entry = replace(entry, release=replace(entry.release, services=services))
    histories.write(dev.layers, entry)
    monkeypatch.setattr(checkout, "git", lambda *_: "1a2b3c4 2026-01-01 A change")
    told = list(promotion.preview(promotion.of(dev.layers, prod.layers, "")))
    assert "  local has release 20260101-000001-0000001, commit 0000000" in told
    assert "  billing_api    changes: code" in told
    assert "  notify_job     the same" in told
    assert "  1a2b3c4 2026-01-01 A change" in told


def test_zips_and_release_are_handed_over_as_they_are(
    dev: Stage, prod: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import hashlib

    from tools import artifacts

    monkeypatch.setattr(artifacts, "BUILD", tmp_path_factory.mktemp("build"))
    entry, zips = dev.released(1, passed_at=moment(9)), {}
    services = {}
    for name, service in entry.release.services.items():
        zips[name] = f"the zip of {name}".encode()
        services[name] = replace(service, package=hashlib.sha256(zips[name]).hexdigest())
        dev.bucket.s3.put_object(
            Bucket=ARTIFACTS, Key=manifests.package_key(name, services[name].package), Body=zips[name]
        )
    entry = replace(entry, release=replace(entry.release, services=services))
    histories.write(dev.layers, entry)
    prod.bucket.s3.create_bucket(Bucket="artifacts-of-prod")
    state = prod._state({"artifact_bucket_name": "artifacts-of-prod"})
    found = promotion.of(dev.layers, prod.layers, "")
    promotion.fetch(found)
    prod.bucket.put("account.tfstate", state)  # one account in moto: from here on its bucket is the other one
    promotion.hand_over(found)
    for name, service in services.items():
        body = dev.bucket.s3.get_object(
            Bucket="artifacts-of-prod", Key=manifests.package_key(name, service.package)
        )["Body"].read()
        assert body == zips[name]
    handed = manifests.read(dev.bucket.cloud, dev.bucket.account, "artifacts-of-prod", entry.release.id)
    assert handed == entry.release


def test_a_package_that_somebody_changed_is_refused(
    dev: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tools import artifacts

    monkeypatch.setattr(artifacts, "BUILD", tmp_path_factory.mktemp("build"))
    dev.bucket.s3.put_object(Bucket=ARTIFACTS, Key=manifests.package_key("x", "0" * 64), Body=b"other")
    with pytest.raises(ToolError, match="is not what was released"):
        artifacts.fetched(dev.layers, "x", "0" * 64)


def test_a_release_is_never_changed(dev: Stage) -> None:
    release = dev.released(1).release
    where = (dev.bucket.cloud, dev.bucket.account, ARTIFACTS)
    manifests.write(*where, release)
    manifests.write(*where, release)  # the same again: nothing to do
    with pytest.raises(ToolError, match="has another release"):
        manifests.write(*where, replace(release, commit="another"))
    assert manifests.read(*where, release.id) == release
    assert manifests.read(*where, release_id(9)) is None


@pytest.mark.parametrize("given", ["", "latest", "20260101-000001", "20260101-000001-xyz0000", "../x"])
def test_what_is_no_release_id_is_told(given: str) -> None:
    with pytest.raises(UsageError, match="is no release"):
        manifests.check_id(given, "RELEASE")

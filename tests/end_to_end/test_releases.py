"""Releases on their way to users, with steady traffic: prod is the stage that has a canary."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.checkouts import Checkout
from tests.end_to_end.conftest import Begun, Deployed
from tests.end_to_end.deploys import Deploy
from tests.end_to_end.traffic import Traffic
from tests.waiting import eventually
from tools import outputs
from tools.api_client import User, new_account, sign_in

WAIT = "3"  # seconds between two looks at the alarms
PROMOTE = {"FROM": "dev", "TO": "prod", "CANARY_WAIT": WAIT}
ALONE = {"SERVICE": "notes_api", "CANARY_WAIT": WAIT}
MARK = """

@app.middleware("http")
def marked(request, get_response):
    import os, random
    {trouble}
    response = get_response(request)
    response.headers["X-Release"] = "{release}"
    return response
"""
# Not for its smoke test, which would catch it before any user met it.
RAISES = """user = request.context["identity"]["cognitoIdentityId"] != "smoke"
    if os.environ["STAGE"] == "prod" and user and random.random() < 0.5: raise RuntimeError("bad")"""
FAILS_ITS_SMOKE = """
import os
if os.environ["STAGE"] == "prod" and "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    raise RuntimeError("does not even start")
"""


@dataclass(frozen=True)
class Developer:
    """Somebody with a checkout, who changes notes_api so that its answers say which release they are of."""

    checkout: Checkout
    original: str

    def marks(self, release: str, trouble: str = "pass", more: str = "") -> None:
        """Write another release into the checkout."""
        text = self.original + MARK.format(release=release, trouble=trouble) + more
        (self.checkout.folder / "notes_api/app.py").write_text(text)

    def begins(self, command: str, folder: Path, **variables: str) -> Deploy:
        """Run a command for prod in the background."""
        return Deploy(self.checkout.deployed, "prod", folder, self.checkout.folder, command, **variables)

    def releases(self, env: str = "prod") -> list[dict[str, Any]]:
        """`make releases`, the newest first."""
        listed = self.checkout.command("releases", env, FORMAT="json")
        assert listed.returncode == 0, listed.stderr
        found: list[dict[str, Any]] = json.loads(listed.stdout)
        return found

    def live(self, env: str = "prod") -> str:
        """The id of the release that is live."""
        (entry,) = (entry for entry in self.releases(env) if entry["live"])
        identity: str = entry["release"]["id"]
        return identity


@pytest.fixture(scope="module")
def developer(
    begun: Begun,
    deployed: Deployed,
    other_deploys: Mapping[str, Future[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Developer]:
    """Their checkout; afterwards dev and prod are deployed from this one again."""
    wait(begun.deploys.values())  # their load is not the customer's
    for finished in other_deploys.values():
        finished.result()
    checkout = Checkout.made(tmp_path_factory.mktemp("checkout"), deployed)
    stages = checkout.folder / "terraform/stages.toml"
    text = stages.read_text().replace("canary_looks = 5", "canary_looks = 2")
    stages.write_text(text.replace("releases_kept = 20", "releases_kept = 2"))
    yield Developer(checkout, (checkout.folder / "notes_api/app.py").read_text())
    again = [
        Deploy(deployed, "dev", checkout.folder),
        Deploy(deployed, "prod", checkout.folder, CANARY_WAIT="1"),
    ]
    for deploy in again:
        assert deploy.status() == 0, deploy.said


@pytest.fixture(scope="module")
def customer(deployed: Deployed, developer: Developer) -> User:
    """A user of prod."""
    assert developer.original
    found = outputs.collect(deployed.layers("prod"))
    return sign_in(found, *new_account(found, deployed.root("prod", "cognito-idp")))


@pytest.fixture(scope="module")
def promoted(
    developer: Developer, customer: User, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Traffic, list[Deploy]]:
    """A good release, deployed to dev and promoted to prod by two people at once while a customer works."""
    developer.marks("good")
    made = developer.checkout.command("deploy", "dev")
    assert made.returncode == 0, made.stderr
    approved, folder = developer.live("dev"), tmp_path_factory.mktemp("said")
    with Traffic(customer) as traffic:
        both = [developer.begins("promote", folder, **PROMOTE, APPROVED=approved) for _ in range(2)]
        for promotion in both:
            assert promotion.status() == 0, promotion.said
        traffic.wait_for("good")
    assert developer.live() == approved
    return traffic, both


@pytest.fixture(scope="module")
def outlived(
    developer: Developer,
    customer: User,
    promoted: tuple[Traffic, list[Deploy]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Traffic:
    """A better release, deployed to prod after the good one by a machine that dies in the middle of it."""
    assert promoted
    developer.marks("better")
    deploy = developer.begins("deploy", tmp_path_factory.mktemp("said"), **ALONE)
    eventually(lambda: "of the calls go to the new" in deploy.said, seconds=300, what=deploy.said)
    deploy.end_machine()
    with Traffic(customer) as traffic:
        eventually(lambda: developer.releases()[0]["became"] == "released", seconds=90, what="the release")
        traffic.wait_for("better")
    return traffic


def test_a_good_release_reaches_users_without_one_failed_request(
    promoted: tuple[Traffic, list[Deploy]],
) -> None:
    traffic, _both = promoted
    print(f"a good release: {len(traffic.answers)} requests, {len(traffic.failures())} failed")
    assert len(traffic.answers) > 200
    assert traffic.failures() == []


def test_users_get_it_a_share_at_a_time(promoted: tuple[Traffic, list[Deploy]]) -> None:
    traffic, _both = promoted
    first, last = traffic.of("good")[0].at, traffic.of("")[-1].at
    shared = [answer for answer in traffic.answers if first <= answer.at <= last]
    share = sum(answer.release == "good" for answer in shared) / len(shared)
    print(f"share of the new version while shared: {share:.1%} of {len(shared)} requests")
    assert len(shared) > 50
    assert 0.02 < share < 0.3, share  # of 10 %
    assert last - first > int(WAIT)
    assert {answer.release for answer in traffic.since(last)} == {"good"}


def test_two_who_promote_the_same_at_once_start_one_execution(promoted: tuple[Traffic, list[Deploy]]) -> None:
    _traffic, both = promoted
    assert sum("goes to users" in promotion.said for promotion in both) == 1
    told = max((promotion.said for promotion in both), key=lambda said: "goes to users" in said)
    assert "10% of the calls go to the new versions" in told
    assert "notes_api      changes: code" in told
    assert "notify_job     the same" in told


def test_prod_has_the_bytes_that_dev_has(deployed: Deployed, promoted: tuple[Traffic, list[Deploy]]) -> None:
    assert promoted
    digests: dict[str, dict[tuple[str, str], str]] = {}
    for env in ("dev", "prod"):
        layers = deployed.layers(env)
        functions = deployed.root(layers.stage.account.name, "lambda")
        digests[env] = {
            (service, key): functions.get_function_configuration(
                FunctionName=function["name"], Qualifier="live"
            )["CodeSha256"]
            for service, found in layers.service_outputs().items()
            for key, function in found["functions"].items()
        }
    assert len(digests["prod"]) == 4
    assert digests["prod"].items() <= digests["dev"].items()


def test_a_release_that_fails_its_smoke_gets_no_traffic(
    developer: Developer, customer: User, promoted: tuple[Traffic, list[Deploy]]
) -> None:
    assert promoted
    before = developer.live()
    developer.marks("broken", more=FAILS_ITS_SMOKE)
    with Traffic(customer) as traffic:
        ended = developer.checkout.command("deploy", "prod", **ALONE)
    assert ended.returncode == 1, ended.stderr
    assert "was taken back from prod: SmokeFailed" in ended.stderr
    assert "does not even start" in ended.stderr
    assert {(answer.status, answer.release) for answer in traffic.answers} == {(200, "good")}
    assert developer.live() == before


def test_a_release_ends_properly_although_the_machine_that_started_it_dies(outlived: Traffic) -> None:
    assert outlived.of("better")
    assert outlived.failures() == []


def test_rolling_back_and_forward_again_takes_seconds(
    deployed: Deployed, developer: Developer, customer: User, outlived: Traffic
) -> None:
    assert outlived

    def version() -> int:
        return int(outputs.collect(deployed.layers("prod"))["services"]["notes_api"]["version"])

    latest = version()
    with Traffic(customer) as traffic:
        traffic.wait_for("better")
        newer, began = developer.releases()[0]["release"]["id"], time.monotonic()
        back = developer.checkout.command("rollback", "prod")
        assert back.returncode == 0, back.stderr
        traffic.wait_for("good")
        seconds = traffic.of("better")[-1].at - began
        assert version() < latest
        forward = developer.checkout.command("rollback", "prod", TO=newer)
        assert forward.returncode == 0, forward.stderr
        traffic.wait_for("better")
    assert version() == latest
    print(f"the last answer of the newer release came {seconds:.1f} s after the command")
    assert seconds < 60
    assert traffic.failures() == []


def test_a_release_that_was_stopped_by_hand_leaves_nobody_in_between(
    deployed: Deployed,
    developer: Developer,
    customer: User,
    outlived: Traffic,
    tmp_path: Path,
) -> None:
    assert outlived
    before = developer.live()
    developer.marks("stopped")
    deploy = developer.begins("deploy", tmp_path, **ALONE)
    eventually(lambda: "of the calls go to the new" in deploy.said, seconds=300, what=deploy.said)
    running = next(entry for entry in developer.releases() if entry["status"] == "moving")
    deployed.root("prod", "stepfunctions").stop_execution(executionArn=running["execution"])
    assert deploy.status() == 1
    assert "somebody stopped it by hand" in deploy.said
    assert developer.live() == before
    with Traffic(customer) as traffic:
        traffic.wait_for("better")
    assert {answer.release for answer in traffic.answers} == {"better"}


def test_a_release_that_raises_for_some_goes_away_by_itself(
    developer: Developer, customer: User, outlived: Traffic
) -> None:
    assert outlived
    before = developer.live()
    developer.marks("bad", trouble=RAISES)
    with Traffic(customer) as traffic:
        ended = developer.checkout.command("deploy", "prod", **ALONE)
        moment = time.monotonic()
        traffic.wait_for("better")
    assert ended.returncode == 1, ended.stderr
    assert "was taken back from prod: AlarmRang" in ended.stderr
    assert "canary" in ended.stderr
    assert "make logs ENV=prod" in ended.stderr
    failed = traffic.failures()
    print(f"failed: {len(failed)} of {len(traffic.answers)} requests")
    assert 0 < len(failed) < 0.15 * len(traffic.answers)
    assert {answer.release for answer in traffic.since(moment)} == {"better"}
    assert developer.live() == before
    assert developer.releases()[0]["status"] == "failed"


def test_versions_that_no_kept_release_has_are_removed(
    deployed: Deployed, developer: Developer, promoted: tuple[Traffic, list[Deploy]]
) -> None:
    assert promoted
    function = deployed.layers("dev").service_outputs()["notes_api"]["functions"]["api_handler"]["name"]
    developer.marks("last")
    made = developer.checkout.command("deploy", "dev", SERVICE="notes_api")
    assert made.returncode == 0, made.stderr
    assert "that none of the last 2 releases has" in made.stderr
    listed = deployed.root("dev", "lambda").list_versions_by_function(FunctionName=function)["Versions"]
    kept = [entry["standing"]["notes_api"]["functions"][function] for entry in developer.releases("dev")[:2]]
    assert {version["Version"] for version in listed} == {"$LATEST", *kept}
    back = developer.checkout.command("rollback", "dev")
    assert back.returncode == 0, back.stderr


@pytest.mark.parametrize(
    ("command", "variables", "words"),
    [
        ("promote", {"FROM": "dev"}, "TO is missing"),
        ("promote", {"FROM": "dev", "TO": "dev"}, "are both dev"),
        ("promote", {"FROM": "dev", "TO": "pr-9"}, "TO=pr-9 is an ephemeral stage"),
        ("promote", {"FROM": "dev", "TO": "prod", "RELEASE": "newest"}, "RELEASE=newest is no release"),
        (
            "promote",
            {"FROM": "dev", "TO": "prod", "APPROVED": "20200101-000000-0000000"},
            "is not what would be",
        ),
        ("promote", {"FROM": "dev", "TO": "prod", "RELEASE": "20200101-000000-0000000"}, "never came to dev"),
        ("preview", {"FROM": "local", "TO": "local"}, "are both local"),
        ("rollback", {"ENV": "prod", "TO": "20200101-000000-0000000"}, "never came to prod"),
        ("rollback", {"ENV": "prod", "TO": "yesterday"}, "TO=yesterday is no release"),
        ("rollback", {"ENV": "pr-99"}, "nothing to roll pr-99 back to"),
        ("releases", {"ENV": "prod", "FORMAT": "xml"}, "FORMAT=xml is unknown"),
        ("deploy", {"ENV": "prod", "CANARY_WAIT": "soon"}, "CANARY_WAIT=soon is no number of seconds"),
    ],
)
def test_wrong_words_are_told_at_once(
    deployed: Deployed,
    promoted: tuple[Traffic, list[Deploy]],
    command: str,
    variables: dict[str, str],
    words: str,
) -> None:
    assert promoted
    ended = deployed.command(command, variables.get("ENV", ""), check=False, **variables)
    assert ended.returncode in (1, 2)
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr

"""Feature flags of a deployed stage: changed without a deploy, for all, some or a share, search's first."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from shared.flags import FLAGS, Audience
from tests.end_to_end.answers import expect, problem
from tests.end_to_end.conftest import Deployed
from tests.end_to_end.function_process import Function, api_event, load
from tests.waiting import eventually
from tools import flag_store
from tools.api_client import User

NOBODY = "us-east-1:00000000-0000-4000-8000-00000000dead"
SECONDS = 60


@pytest.fixture(scope="module", autouse=True)
def off_in_the_end(deployed: Deployed) -> Iterator[None]:
    """Whoever comes after this finds search as it was in the beginning: off."""
    yield
    turn(deployed, "none")


@pytest.fixture(scope="module")
def writer(new_user: Callable[[], User]) -> User:
    """Somebody with notes to search."""
    made = new_user()
    for content in ("Grüße aus Köln", "Buy milk", "Milk again", "nothing of it"):
        expect(made.call("POST", "/notes", {"content": content}), 201)
    return made


def turn(deployed: Deployed, on: str) -> str:
    """`make flag` for search; what it said."""
    return deployed.command("flag", "local", NAME="search", ON=on).stdout


def may_search(user: User) -> bool:
    return bool(user.call("GET", "/notes?query=milk").status_code == 200)


def see(is_on: Callable[[], bool], on: bool) -> None:
    eventually(lambda: is_on() == on, SECONDS, f"search {'on' if on else 'off'}")


def state(deployed: Deployed) -> dict[str, Any]:
    """What `make flags FORMAT=json` says of search."""
    [found] = json.loads(deployed.command("flags", "local", FORMAT="json").stdout)["flags"]
    return dict(found)


def versions(deployed: Deployed) -> dict[str, str]:
    services = json.loads(deployed.command("outputs", "local").stdout)["services"]
    return {name: service["version"] for name, service in services.items()}


def test_search_is_off_until_somebody_turns_it_on(deployed: Deployed, user: User) -> None:
    if not state(deployed)["set"]:  # as a first deploy leaves it
        table = deployed.command("flags", "local").stdout.splitlines()
        assert table[1].split()[:4] == ["search", "off,", "not", "set"]

    told = problem(user.call("GET", "/notes?query=milk"), 400)

    assert told["errors"] == [{"parameter": "query", "detail": "is not available to you"}]
    expect(user.call("GET", "/notes"), 200)


def test_it_is_turned_on_for_one_user_without_a_deploy(
    deployed: Deployed, writer: User, stranger: User
) -> None:
    before = versions(deployed)

    said = turn(deployed, writer.identity_id)

    assert "search of local is on for 1 user; functions see it within 15 seconds." in said
    assert writer.identity_id not in said
    see(lambda: may_search(writer), True)
    assert not may_search(stranger)
    assert versions(deployed) == before
    assert state(deployed) == {
        "name": "search",
        "set": True,
        "share": 0,
        "users": [writer.identity_id],
        "default": False,
        "description": FLAGS["search"].description,
    }


def test_what_is_found(deployed: Deployed, writer: User) -> None:
    turn(deployed, writer.identity_id)
    see(lambda: may_search(writer), True)

    page = expect(writer.call("GET", "/notes?query=MIL&limit=1"), 200)
    assert [note["content"] for note in page["notes"]] == ["Milk again"]
    rest = expect(writer.call("GET", f"/notes?query=mil&cursor={page['next_cursor']}"), 200)
    assert [note["content"] for note in rest["notes"]] == ["Buy milk"]
    assert rest["next_cursor"] is None
    accents = expect(writer.call("GET", "/notes?query=koln%20gruss"), 200)
    assert [note["content"] for note in accents["notes"]] == ["Grüße aus Köln"]
    for path in (f"?query=other&cursor={page['next_cursor']}", f"?cursor={page['next_cursor']}"):
        told = problem(writer.call("GET", f"/notes{path}"), 400)
        assert [error["parameter"] for error in told["errors"]] == ["cursor"]
    for query in ("%20", "x" * 101, "%21"):
        told = problem(writer.call("GET", f"/notes?query={query}"), 400)
        assert [error["parameter"] for error in told["errors"]] == ["query"]


def test_a_share_of_the_users_and_one_more(deployed: Deployed, new_user: Callable[[], User]) -> None:
    half, users = Audience(share=50), [new_user(), new_user()]
    while len({half.has("search", user.identity_id) for user in users}) == 1:
        users.append(new_user())
    inside = next(user for user in users if half.has("search", user.identity_id))
    outside = next(user for user in users if not half.has("search", user.identity_id))

    assert "on for 50%;" in turn(deployed, "50%")
    see(lambda: may_search(inside), True)
    assert not may_search(outside)

    assert "on for 50% and 1 user;" in turn(deployed, f"50%,{outside.identity_id}")
    see(lambda: may_search(outside), True)
    assert may_search(inside)


def test_it_stays_over_a_deploy_and_no_plan_sees_it(deployed: Deployed) -> None:
    turn(deployed, f"25%,{NOBODY}")

    assert deployed.command("plan", "local").stdout.splitlines()[-1] == "local: no changes"
    deployed.command("deploy", "local", SERVICE="notes_api")

    assert (state(deployed)["share"], state(deployed)["users"]) == (25, [NOBODY])
    assert "search of local is on for 25% and 1 user: unchanged." in turn(deployed, f"{NOBODY}, 25%")


def test_the_same_again_makes_no_version(deployed: Deployed) -> None:
    turn(deployed, "10%")
    layers = deployed.layers("local")
    before = flag_store.read(layers).version

    assert turn(deployed, "10%") == "search of local is on for 10%: unchanged.\n"

    assert flag_store.read(layers).version == before


def test_of_changes_at_once_none_is_lost(deployed: Deployed) -> None:
    """Flags that this checkout does not know are kept, as those of another branch would be."""
    layers = deployed.layers("local")
    before = flag_store.read(layers).audiences
    names = [f"other-{number}" for number in range(6)]
    wanted = {name: Audience(share=before.get(name, Audience()).share % 100 + 1) for name in names}

    with ThreadPoolExecutor(len(wanted)) as pool:
        made = list(pool.map(lambda name: flag_store.change(layers, name, wanted[name]), wanted))

    values = flag_store.read(layers)
    assert all(made)
    assert values.in_use
    assert {name: values.audiences[name] for name in wanted} == wanted
    assert "search" in values.audiences


def test_a_change_that_was_stored_but_not_deployed_is_finished_by_the_next(deployed: Deployed) -> None:
    turn(deployed, "none")
    layers = deployed.layers("local")
    place = flag_store._Place.of(layers)
    version = place.newest_version()
    assert place.add({**place.content(version), "search": Audience(share=20)}, version)

    listed = deployed.command("flags", "local")
    assert "not in use" in listed.stderr
    assert "unchanged" not in turn(deployed, "20%")
    assert "not in use" not in deployed.command("flags", "local").stderr


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"NAME": "serach", "ON": "all"}, "NAME=serach is no feature flag.\n  There are: search."),
        ({"NAME": "", "ON": "all"}, "Which flag? NAME is missing.\n  There are: search."),
        ({"NAME": "search", "ON": ""}, "For whom? ON is missing.\n  It takes all, none, a share"),
        ({"NAME": "search", "ON": "maybe"}, "ON=maybe: maybe is neither a share nor an identity id."),
        ({"NAME": "search", "ON": "101%"}, "a share is one whole number from 0% to 100%."),
        ({"NAME": "search", "ON": "5%,6%"}, "a share is one whole number"),
        ({"NAME": "search", "ON": "2.5%"}, "2.5% is neither a share nor an identity id."),
        ({"NAME": "search", "ON": "all,5%"}, "all stands alone."),
        ({"NAME": "search", "ON": "5%,"}, "nothing is neither"),
    ],
)
def test_what_is_no_flag_or_nobody_is_told(
    deployed: Deployed, variables: Mapping[str, str], words: str
) -> None:
    finished = deployed.command("flag", "local", check=False, **variables)

    assert (finished.returncode, finished.stdout) == (2, "")
    assert words in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_stage_that_is_not_deployed_has_no_flags(deployed: Deployed) -> None:
    for command in ("flag", "flags"):
        finished = deployed.command(command, "never-made", check=False, NAME="search", ON="all")
        assert finished.returncode != 0
        assert "is not deployed" in finished.stderr
        assert "make deploy ENV=never-made" in finished.stderr
    unknown = deployed.command("flags", "local", check=False, FORMAT="xml")
    assert (unknown.returncode, "FORMAT=xml is unknown" in unknown.stderr) == (2, True)


@pytest.fixture(scope="module")
def function(deployed: Deployed, stage_outputs: Mapping[str, Any], tmp_path_factory: Any) -> Function:
    """notes_api as it is deployed, to be run by itself."""
    folder: Path = tmp_path_factory.mktemp("functions")
    return load(deployed, stage_outputs["services"]["notes_api"]["functions"]["api_handler"], folder)


def asked(function: Function, user: User, before: str) -> tuple[int, list[dict[str, Any]], float]:
    """Status, log lines and seconds of a search in a new process."""
    query = {"multiValueQueryStringParameters": {"query": ["milk"]}}
    event = api_event("GET", "/notes", "/", user.identity_id, **query)
    begun = time.monotonic()
    finished = function.run(event, before=before)
    seconds = time.monotonic() - begun
    assert finished.returncode == 0, finished.stderr
    *lines, last = finished.stdout.splitlines()
    status: int = json.loads(last)["answer"]["statusCode"]
    assert user.identity_id not in "".join(lines) + finished.stderr
    return status, [json.loads(line) for line in lines if line.startswith("{")], seconds


def test_where_appconfig_hangs_the_default_is_answered_soon(
    deployed: Deployed, function: Function, writer: User
) -> None:
    turn(deployed, "all")
    assert asked(function, writer, "")[0] == 200
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        status, lines, seconds = asked(
            function, writer, f"import os; os.environ['AWS_ENDPOINT_URL_APPCONFIGDATA'] = {address!r}"
        )

    assert status == 400
    [warning] = [line for line in lines if line["level"] == "WARNING"]
    assert warning["message"] == "feature flags cannot be read; as they were, or their defaults"
    assert warning["reason"] == "ReadTimeoutError"
    assert seconds < 8


def test_a_function_reads_the_flags_of_its_own_stage_only(function: Function, writer: User) -> None:
    status, lines, _ = asked(function, writer, "import os; os.environ['FLAGS_ENVIRONMENT'] = 'other99'")

    assert status == 400
    [warning] = [line for line in lines if line["level"] == "WARNING"]
    assert warning["reason"] == "ClientError"


def test_who_lists_asks_nothing_of_appconfig(function: Function, writer: User) -> None:
    event = api_event("GET", "/notes", "/", writer.identity_id)
    spy = "import sys; from shared import aws; import atexit"

    finished = function.run(event, before=spy, after="print(aws.client.cache_info().misses)")

    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.splitlines()[-1] == "1", "a client of DynamoDB and no other"

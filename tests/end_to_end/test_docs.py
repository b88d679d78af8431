"""What the pages tell users to do, done; and what they say is deployed, counted."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.documents import PAGES, README, Command, blocks, commands
from tests.end_to_end.conftest import Deployed
from tests.end_to_end.make import path_of_make
from tools import state_bucket
from tools.paths import REPOSITORY

COSTS = REPOSITORY / "docs" / "costs.md"
SECONDS = 120

# Commands of the pages that take a minute or make a stage, and the names of the tests that run them.
ELSEWHERE: Mapping[str, str] = {
    "make plan ENV=dev": r"test_a_plan_\w+_is_empty",
    "make deploy ENV=pr-42": r"test_stages_share_storage_\w+",
    "make -s outputs ENV=pr-42": r"test_stages_share_storage_\w+",
    "make deploy ENV=pr-43 STORAGE=own": r"test_the_choice_of_storage_holds",
}


def _of_make() -> list[Command]:
    """The make commands of the pages, each once; what AWS alone can answer is left to the reader."""
    found: dict[str, Command] = {}
    for page in PAGES:
        for block in blocks(page):
            for command in commands(block):
                if command.text.startswith("make "):
                    found.setdefault(command.text, command)
    return list(found.values())


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH whose `make` takes the virtual environment for ready: tests never install into their own."""
    return path_of_make(tmp_path_factory.mktemp("bin"))


@pytest.mark.parametrize("command", [one for one in _of_make() if one.text not in ELSEWHERE], ids=str)
def test_the_commands_do_what_the_pages_say(
    deployed: Deployed, other_deploys: Mapping[str, Future[str]], path: str, command: Command
) -> None:
    for env in ("dev", "prod"):
        other_deploys[env].result()

    ended = _run(deployed, command, path)

    said = ended.stdout + ended.stderr
    assert "Traceback" not in said
    if command.shown:
        _assert_shown(command, said)
    else:
        assert ended.returncode == 0, said


def test_calls_by_hand_do_what_the_first_page_says(deployed: Deployed, path: str) -> None:
    """README's own lines, in one shell: the user and the region come from `make -s user` alone."""
    [block] = [one for one in blocks(README) if any("--aws-sigv4" in line for line in one.lines)]
    [call] = [one for one in blocks(README) if any("make -s user" in line for line in one.lines)]
    assert block == call
    ended = _run(deployed, Command(README, block.line, "\n".join(block.lines)), path)

    assert ended.returncode == 0, ended.stderr
    answers = ended.stdout.replace(" ", "")
    assert answers.count('"content":"Hello"') == 2, "written, and listed"
    assert '"status":"paid"' in answers
    assert '"status":403' in answers


def test_what_is_not_run_here_is_run_elsewhere() -> None:
    assert ELSEWHERE.keys() <= {command.text for command in _of_make()}
    tests = "".join(module.read_text() for module in Path(__file__).parent.glob("test_*.py"))
    for name in ELSEWHERE.values():
        assert re.search(rf"^def {name}\(", tests, re.MULTILINE), name


def _run(deployed: Deployed, command: Command, path: str) -> subprocess.CompletedProcess[str]:
    makes_own = ("ENV", "NAME", "SERVICE", "FORCE", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    environment = {name: value for name, value in os.environ.items() if name not in makes_own} | {
        **deployed.variables,
        "PATH": path,
    }
    return subprocess.run(
        ["sh", "-ec", command.text],
        cwd=REPOSITORY,
        env=environment,
        input=_typed(deployed, command),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def _typed(deployed: Deployed, command: Command) -> str:
    """What the user types: the value of a secret, here the one that it has."""
    named = re.fullmatch(r"make secret ENV=(\S+) NAME=(\S+)", command.text)
    if named is None:
        return ""
    project, account = deployed.organisation.project, deployed.layers(named[1]).stage.account.name
    store = deployed.root(account, "secretsmanager")
    value: str = store.get_secret_value(SecretId=f"{project}-{named[1]}-{named[2]}")["SecretString"]
    return value


def _assert_shown(command: Command, said: str) -> None:
    """Each line that the page shows was printed, in this order; `…` stands for anything."""
    rest = said.splitlines()
    for line in command.shown:
        wanted = ".*".join(map(re.escape, line.rstrip().split("…")))
        found = next((n for n, printed in enumerate(rest) if re.fullmatch(wanted, printed.rstrip())), None)
        assert found is not None, f"{command}: {line!r} is not in, or not in this order:\n{said}"
        rest = rest[found + 1 :]


# The services whose resources the page counts: it says so itself, and a new one adds its own.
COUNTED = re.findall(r"`([a-z_]+)`", re.findall(r"of the services (.*?)\.", COSTS.read_text(), re.DOTALL)[0])
# Where the states of a column of the costs page lie: account, prefix of the key, how the key goes on.
COLUMNS = {
    "account dns": ("dns", r"dns\.tfstate"),
    "any other account": ("dev", r"(account|roles)\.tfstate"),
    "stage with own storage": ("dev", rf"local/(stage|storage|services/({'|'.join(COUNTED)}))\.tfstate"),
    "stage on shared storage": ("dev", rf"local/(stage|services/({'|'.join(COUNTED)}))\.tfstate"),
    "prod": ("prod", rf"prod/(stage|storage|services/({'|'.join(COUNTED)}))\.tfstate"),
}


@pytest.mark.parametrize("column", COLUMNS)
def test_the_costs_are_of_what_is_deployed(
    deployed: Deployed, other_deploys: Mapping[str, Future[str]], column: str
) -> None:
    account, keys = COLUMNS[column]
    if account == "prod":
        other_deploys["prod"].result()
    said = {kind: numbers[column] for kind, numbers in _table().items()}

    found = _resources(deployed, account, keys)

    assert said == {kind: found[kind] for kind in said}


def _table() -> Mapping[str, Mapping[str, int]]:
    """The table of resources: by Terraform's type, the number in each column."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in COSTS.read_text().splitlines()
        if line.startswith("| resource |") or re.match(r"\| [\w ]+ `aws_\w+` \|", line)
    ]
    heading, *lines = rows
    assert set(heading[1:]) == COLUMNS.keys()
    return {line[0].split("`")[1]: dict(zip(heading[1:], map(int, line[1:]), strict=True)) for line in lines}


def _resources(deployed: Deployed, account: str, keys: str) -> Counter[str]:
    """How many resources of each type are in the account's states whose keys match."""
    bucket = state_bucket.name(deployed.cloud, deployed.organisation.accounts[account])
    s3 = deployed.root(account, "s3")
    listed = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    matching = [key for key in listed if re.fullmatch(keys, key)]
    assert matching, listed
    counted = Counter[str]()
    for key in matching:
        state = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        for resource in state["resources"]:
            if resource["mode"] == "managed":
                counted[resource["type"]] += len(resource["instances"])
    return counted

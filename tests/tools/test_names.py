"""Names that stages and services may have, and those that the project uses itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tools import checkout, names, stages
from tools.context import Context
from tools.errors import UsageError
from tools.names import AccountUnit, Folder, Repository, StageUnit, Trial
from tools.paths import REPOSITORY, TERRAFORM
from tools.services import all_services

_FOLDER = re.compile(r"[a-z-]+/\{\}")
_KEY_OF_A_UNIT = re.compile(
    r"AccountUnit\.[A-Z]+\.key|StageUnit\.[A-Z]+\.key\(.+\)|(self|layers)\.\w+_key.*|key"
)


def test_units_and_folders_of_the_tools_are_no_stages() -> None:
    for name in (*AccountUnit, *(folder for folder in Folder if "/" not in folder)):
        with pytest.raises(UsageError, match=f"ENV={name} is not a stage name: the tools use that word"):
            stages.load().stage(name)


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        *((name, True) for name in ("a", "pr-42", "a" * 20, "a-b-c", "a1", "a--b", "abc--d")),
        *((name, False) for name in ("x-", "pr-", "-x", "ab--cd", "xn--abc", "a" * 21, "1a", "A", "a_b")),
    ],
)
def test_a_stage_is_a_label_of_a_domain_name(name: str, fine: bool) -> None:
    assert (names.stage_fault(name) == "") is fine
    assert all(matches(rule, name) is fine for rule in rules("stage"))


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        *((name, True) for name in ("a", "notes_api", "a1_b2", "a" * 20)),
        *((name, False) for name in ("a-b", "a_", "a__b", "_a", "1a", "A", "a" * 21)),
        *((name, False) for name in (*Repository, *StageUnit, names.LIBRARIES)),
    ],
)
def test_names_of_services(name: str, fine: bool) -> None:
    assert (names.service_fault(name) == "") is fine
    if fine:
        assert all(matches(rule, names.aws_name(name)) for rule in rules("service"))


def rules(variable: str) -> Iterator[str]:
    """The condition by which each root of Terraform checks the variable."""
    for file in sorted(TERRAFORM.glob("*/variables.tf")):
        if found := re.search(rf"condition += (can\(regex\(.*var\.{variable}\).*)", file.read_text()):
            yield found[1]


def matches(condition: str, name: str) -> bool:
    """What Terraform makes of a condition of can(regex(pattern, …)), each of which may be denied."""
    found = re.findall(r'(!?)can\(regex\("([^"]+)"', condition)
    assert found
    return all(bool(re.search(pattern, name)) is not bool(denied) for denied, pattern in found)


def test_rules_of_terraform_are_found() -> None:
    assert len(list(rules("stage"))) == 3
    assert len(list(rules("service"))) == 1


def test_every_folder_of_the_repository_is_no_service() -> None:
    listed = checkout.git("ls-files") or ""
    folders = {line.split("/")[0] for line in listed.splitlines() if "/" in line}
    services = {service.name for service in all_services()}
    others = {name for name in folders - services if not name.startswith(".")}
    assert others <= set(Repository)
    assert not [name for name in services if names.service_fault(name)]


def test_no_folder_of_the_state_bucket_is_named_on_the_spot() -> None:
    """Whoever writes there takes the folder from tools/names.py, so that no stage can be called like it."""
    found = {
        f"{path.name}: {text}"
        for path in sorted((REPOSITORY / "tools").glob("*.py"))
        if "state_bucket" in path.read_text()
        for text in filled_texts(ast.parse(path.read_text()))
        if _FOLDER.match(text)
    }
    assert found == set()


def filled_texts(tree: ast.AST) -> Iterator[str]:
    """The texts of a module in which values are filled in, with {} for each."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield "".join(map(str, parts))


def test_the_key_of_every_state_comes_from_where_names_are_reserved() -> None:
    keys = [
        ast.unparse(call.args[1])
        for path in sorted((REPOSITORY / "tools").glob("*.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Unit"
    ]
    assert keys
    assert [key for key in keys if not _KEY_OF_A_UNIT.fullmatch(key)] == []


@pytest.mark.parametrize("name", Trial)
def test_stages_that_commands_deploy_and_destroy_are_no_users(name: str) -> None:
    with pytest.raises(UsageError, match=f"ENV={name} is not a stage name: make (bench|compatibility)"):
        _ = Context(name, "local").stage
    assert Context(name, "local", trial=name).stage.name == name


def test_a_trial_that_was_killed_can_still_be_listed_and_swept() -> None:
    assert not [name for name in Trial if names.stage_fault(name)]

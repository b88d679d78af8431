"""What stages.toml may say, and which names a stage may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import stages, stages_file
from tools.errors import ToolError, UsageError
from tools.paths import STAGES_FILE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    copy = tmp_path / "stages.toml"
    copy.write_text(STAGES_FILE.read_text())
    return copy


def change(file: Path, old: str, new: str) -> Path:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return file


def test_the_projects_own_file_is_valid() -> None:
    organisation = stages.load()
    found = {name: organisation.stage(name) for name in organisation.stages}
    assert {name: stage.account.name for name, stage in found.items()} == {
        "local": "dev",
        "dev": "dev",
        "prod": "prod",
        "stripe": "dev",
    }
    assert found["prod"].settings.protected
    assert not found["prod"].settings.mocks


def test_an_unlisted_stage_is_an_ephemeral_one_on_the_storage_of_dev() -> None:
    stage = stages.load().stage("pr-42")
    assert (stage.listed, stage.account.name, stage.storage_stage) == (False, "dev", "dev")


def test_storage_is_own_none_or_anothers() -> None:
    organisation = stages.load()
    assert organisation.stage("dev").storage_stage == "dev"
    assert organisation.stage("stripe").storage_stage is None


@pytest.mark.parametrize("name", ["a", "pr-42", "a" * 20])
def test_names_that_a_stage_may_have(name: str) -> None:
    assert stages.load().stage(name).name == name


@pytest.mark.parametrize("name", ["Dev", "4you", "-a", "a_b", "a" * 21, "a b", "a\n", "é", "a/b", "../x"])
def test_names_that_no_stage_may_have(name: str) -> None:
    with pytest.raises(UsageError, match="is not a stage name") as refused:
        stages.load().stage(name)
    assert refused.value.exit_status == 2


@pytest.mark.parametrize("name", ["own", "none", "applied", "stages", "locks"])
def test_names_that_the_tools_use_themselves(name: str) -> None:
    with pytest.raises(UsageError, match=f"ENV={name} is not a stage name"):
        stages.load().stage(name)


FAULTS = [
    # what is written, what takes its place, the line on which the fault is told, what is said
    ("canary = true", "canery = true", "canery", "stages.prod has no key 'canery'; did you mean 'canary'?"),
    ('log_level = "INFO"', "xyz = 1", "xyz = 1", "stages.prod has no key 'xyz'; known keys: account, "),
    ("[stages.prod]", "[stage.prod]", "[stage.prod]", "there is no key 'stage'; did you mean 'stages'?"),
    ('id = "20000', 'number = "20000', "number", "accounts.dev has no key 'number'"),
    ('id = "200000000002"', "", "[accounts.dev]", "accounts.dev lacks id"),
    ('region = "us-east-1"', "", 1, "the file lacks region"),
    ("api_url = ", "url = ", "url", "mocks.stripe_mock has no key 'url'; did you mean 'api_url'?"),
    ("[stages.local]", '[stages.local]\nprotected = "yes"', 'protected = "yes"', "takes true or false"),
    ("log_retention_days = 365", "log_retention_days = true", "_days = true", "days is true; it takes a"),
    ("log_retention_days = 365", "log_retention_days = 366", "_days = 366", "is 366; it takes a number of"),
    ("throttle_burst = 100 ", 'throttle_burst = "100" ', '_burst = "100"', "burst is '100'; it takes a"),
    ("throttle_burst = 100 ", "throttle_burst = 0 ", "_burst = 0", "it takes a whole number from 1"),
    ("throttle_rate = 50 ", "throttle_rate = nan ", "= nan", "it takes a number above 0"),
    ("throttle_rate = 500", "throttle_rate = -1", "= -1", "it takes a number above 0"),
    (
        "throttle_rate = 50 ",
        "",
        "[stages.local]",
        "stages.local, stages.dev, stages.stripe: there is no throttle_rate; set it",
    ),
    ("services = []", "services = [1]", "services = [1]", "it takes a list of services"),
    (
        "testers = []",
        'testers = ["ana"]',
        '["ana"]',
        "defaults.testers is ['ana']; it takes a list of e-mail",
    ),
    ("chat = {} ", 'chat = { slack_team_id = "T1" } ', "T1", "it takes a table with slack_team_id and slack"),
    (
        'id = "200000000002"',
        'id = "200000000002"\ngithub_reader_subjects = ["repo:a/b:*"]',
        "b:*",
        "exact subj",
    ),
    ('log_level = "INFO"', 'log_level = "LOUD"', "LOUD", "it takes one of DEBUG, INFO, WARN, ERROR"),
    ('["https://app.prod.notes.example"]', '["app.prod"]', "app.prod", "it takes a list of origins"),
    ('account = "prod"', 'account = "prd"', '"prd"', "no account is called 'prd'; did you mean 'prod'?"),
    ('account = "prod"', 'account = "dns"', "[stages.prod]\naccount", "account dns, which has no subdomain"),
    ('dns_account = "dns"', 'dns_account = "nds"', "nds", "no account is called 'nds'"),
    ('id = "200000000002"', "id = 200000000002", "id = 2000", "it takes the 12 digits of an AWS account"),
    ('id = "200000000002"', 'id = "300000000003"', "accounts.prod]\nid", "id is that of accounts.dev too"),
    ('"dev.notes.example"', '"dev.other.example"', "dev.other", "not inside the root domain notes.ex"),
    ('storage = "dev"', "storage = 1", "storage = 1", "feature.storage is 1; it takes"),
    ('storage = "dev"', 'storage = "devv"', "devv", "no stage is called 'devv'; did you mean 'dev'?"),
    ('storage = "dev"', 'storage = "prod"', 'storage = "prod"', "prod is in account prod; storage is"),
    ('storage = "dev"', 'storage = "stripe"', 'storage = "stripe"', "stripe has no storage of its own"),
    ('services = ["stripe_mock"]', 'services = ["strip_mock"]', "strip_mock", "did you mean 'stripe_mock'?"),
    ("[stages.local]", "[stages.Local]", "Local", "stages.Local is no name that a stage may have"),
    ("[stages.local]", "[stages.applied]", "applied", "stages.applied is no name that a stage may have"),
    (
        "[stages.local]",
        "[stages.drift]",
        "drift",
        "drift is no name that a stage may have: the tools use that",
    ),
    (
        "[stages.local]",
        "[stages.bench]",
        "bench",
        "bench is no name that a stage may have: a command deploys",
    ),
    ("[stages.local]", "[stages.x-]", "[stages.x-]", "no hyphen at the end"),
    ("[accounts.prod]", "[accounts.Prod_1]", "Prod_1", "Prod_1 is no name that an account may have"),
    (
        "[accounts.prod]",
        "[accounts.dev-reader]",
        "dev-reader",
        "has the name of a profile for accounts.dev, that of its reader",
    ),
    (
        "[stages.local]",
        '[stages.local]\napi_domain = "dev.api.dev.notes.example"',
        "[stages.dev]",
        "stages.dev would answer at dev.api.dev.notes.example, as stages.local does",
    ),
    ('project = "notes"', 'project = "notes-"', '"notes-"', "none at the end"),
    ('local_stage = "stripe"', 'local_stage = "prod"', 'local_stage = "prod"', "prod has no stripe_mock"),
    ("[stages.prod]", "[stages.prod", "[stages.prod", "this is not TOML"),
    ("[mocks.stripe_mock]", 'x = """', "stripe_mock instead", "this is not TOML"),
    ("[stages.dev]", "[stages.prod]", '"http://localhost:3000"]\n\n[stages.prod]', "this is not TOML"),
]


@pytest.mark.parametrize(("old", "new", "at", "words"), FAULTS, ids=[new for _, new, _, _ in FAULTS])
def test_a_fault_is_told_with_its_line(file: Path, old: str, new: str, at: str | int, words: str) -> None:
    lines = change(file, old, new).read_text().splitlines()
    with pytest.raises(ToolError) as refused:
        stages.load(file)
    said = str(refused.value)
    assert refused.value.exit_status == 1
    assert len(said.splitlines()) == 1, said
    place, _, told = said.removeprefix(f"{file}:").partition(": ")
    assert words in told
    assert int(place) == (at if isinstance(at, int) else line_with(lines, at)), said


def line_with(lines: list[str], words: str) -> int:
    """The first line that has the words; of words on two lines, the second one."""
    text = "\n".join(lines)
    return text[: text.index(words) + len(words)].count("\n") + 1


def test_every_fault_is_told_in_the_order_of_the_file(file: Path) -> None:
    change(file, "throttle_burst = 1000", "throttle_burst = 0")
    change(file, "canary = false ", "canery = false ")
    with pytest.raises(ToolError) as refused:
        stages.load(file)
    told = str(refused.value).splitlines()
    assert "defaults has no key 'canery'" in told[0]
    assert "stages.prod.throttle_burst is 0" in told[-1]
    assert [int(line.split(":")[1]) for line in told] == sorted(int(line.split(":")[1]) for line in told)


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        ("a = 1\nb.c = 2", ("b", "c"), 2),
        ('"a.b" = 1\na.b = 2', ("a", "b"), 2),
        ('"a.b" = 1\na.b = 2', ("a.b",), 1),
        ("'x'.\"y\" = 1", ("x", "y"), 1),
        ("[t]\na = { b = 1,\tc = 2 }", ("t", "a", "c"), 2),
        ('a = """\nb = 1\n"""\nb = 2', ("b",), 4),
        ("a = [ # [b]\n  1,\n]\n\n# c = 1\nc = 2", ("a",), 1),
        ("a = [ # [b]\n  1,\n]\n\n# c = 1\nc = 2", ("c",), 6),
        ("[a]\nx = 1\n[b]\nx = 1", ("b", "x"), 4),
        ("[a]\r\nx = 1\r\n[b]\r\nx = 1", ("b", "x"), 4),
        ("[a]\n[a.b]", ("a", "b", "c", "d"), 2),
        ("a = 1", ("b",), 1),
    ],
)
def test_the_line_of_a_key_however_it_is_written(text: str, place: tuple[str, ...], line: int) -> None:
    assert stages_file.line_of(text, place) == line


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"absent\.toml cannot be read"):
        stages.load(tmp_path / "absent.toml")


def test_the_projects_own_file_is_named_as_users_know_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages_file, "all_services", list)
    with pytest.raises(
        ToolError, match=r"^terraform/stages\.toml:[0-9]+: no service is called 'stripe_mock'"
    ):
        stages.load()

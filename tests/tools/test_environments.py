"""What the tools start sees of the user's shell: where from and whom to trust, nothing that changes how."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests import hostile, makefile
from tools import environments, web_identity
from tools.cloud import LocalCloud
from tools.paths import REPOSITORY
from tools.stages import Account

DEV = Account("dev", "200000000002", "")
MODULES = sorted((REPOSITORY / "tools").rglob("*.py"))
STARTS = {"run", "Popen", "call", "check_call", "check_output", "getoutput", "getstatusoutput"}
OTHER_STARTS = (
    "os.system",
    "os.popen",
    "os.exec",
    "os.spawn",
    "os.posix_spawn",
    "pty.",
    "asyncio.create_sub",
)

COMPOSED: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "programs": environments.programs,
    "pip": environments.pip,
    "git": environments.git,
    "terraform": environments.terraform,
    "without_aws": lambda: environments.without_aws("us-east-1"),
    "tools": environments.tools,
    "tests": environments.tests,
    "local cloud, administrator": lambda: LocalCloud("notes", "us-east-1").environment(DEV),
    "local cloud, deployer": lambda: LocalCloud("notes", "us-east-1").acting_as("deployer").environment(DEV),
}


def _named(module: Path) -> str:
    return str(module.relative_to(REPOSITORY))


def _calls(module: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Call):
            yield node


def _starts_a_program(call: ast.Call) -> bool:
    words = ast.unparse(call.func)
    return words.startswith("subprocess.") and words.partition(".")[2] in STARTS


def test_every_program_that_the_tools_start_is_given_its_environment() -> None:
    found = 0
    for module in MODULES:
        for call in _calls(module):
            words = ast.unparse(call.func)
            if _starts_a_program(call):
                found += 1
                where = f"{_named(module)}:{call.lineno}"
                assert "env" in {keyword.arg for keyword in call.keywords}, f"{where} gives no env="
            elif module.name != "environments.py":
                assert not words.startswith(OTHER_STARTS), f"{_named(module)}:{call.lineno}: {words}"
    assert found >= 10


@pytest.mark.parametrize("module", MODULES, ids=_named)
def test_only_one_module_reads_the_environment_as_a_whole(module: Path) -> None:
    """So that no env= can be made of it: elsewhere it is asked for one variable at a time."""
    if module.name in ("environments.py", "server.py"):  # the local cloud's server sheds what it was given
        return
    tree = ast.parse(module.read_text())
    asked = [
        node.value
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr == "get") or isinstance(node, ast.Subscript)
    ]
    allowed = {id(node) for node in asked}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("os", "subprocess"):
            names = {alias.name for alias in node.names}
            assert not names & {"environ", "environb", *STARTS}, f"{_named(module)}:{node.lineno}"
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.environb"):
            given_to_choose = _named(module) in ("tools/context.py", "tools/commands/cloud_up.py")
            assert id(node) in allowed or given_to_choose, f"{_named(module)}:{node.lineno}"


def test_every_variable_that_the_tools_read_reaches_them(monkeypatch: pytest.MonkeyPatch) -> None:
    read = {name for module in MODULES for name in _variables_read(module)}
    assert {"ENV", "NAME", "RUNNER_TEMP", "LOCK_WAIT", "RELEASE_CHECKOUT"} <= read
    # Those of the local cloud's server, which sets them itself, and of tools/web_identity.py for its tests.
    read -= {"GATEWAY_PORT", "AWS_XRAY_DAEMON_ADDRESS", "AWS_ENDPOINT_URL_STS"}
    read |= {"FROM", "TO", environments.TERRAFORM_MIRROR}  # handed down by name
    read |= {"GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY", "GITHUB_REPOSITORY", "GITHUB_TOKEN"}
    read |= {web_identity.ASK_AT, web_identity.ASK_WITH}
    for name in read:
        monkeypatch.setenv(name, "x")
    assert read - environments.tools().keys() == set()


def _variables_read(module: Path) -> Iterator[str]:
    constants = {
        target.id: node.value.value
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }
    for node in ast.walk(ast.parse(module.read_text())):
        key: ast.expr | None = None
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv"):
            key = node.args[0]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            key = node.slice
        if isinstance(key, ast.Constant):
            yield str(key.value)
        elif isinstance(key, ast.Name) and key.id in constants:
            yield str(constants[key.id])


def test_the_makefile_and_the_tools_know_the_same_variables() -> None:
    of_make = makefile.FROM_COMMAND_LINE | makefile.FROM_ENVIRONMENT
    assert of_make == environments.OWN - {"RELEASE_CHECKOUT", "TRIAL"}  # which commands set for others


@pytest.mark.parametrize("composed", COMPOSED)
def test_what_changes_behaviour_is_dropped(composed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clean = dict(COMPOSED[composed]())
    for name, value in hostile.BEHAVIOUR.items():
        monkeypatch.setenv(name, value)
    assert dict(COMPOSED[composed]()) == clean


@pytest.mark.parametrize("composed", [name for name in COMPOSED if name != "tools"])
def test_what_is_meant_for_a_command_reaches_nothing_that_it_starts(
    composed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in hostile.COMMAND_LINE:
        monkeypatch.setenv(name, "another")
    assert not hostile.COMMAND_LINE.keys() & COMPOSED[composed]().keys()


@pytest.mark.parametrize("composed", [name for name in COMPOSED if name != "tools"])
def test_nothing_of_the_users_aws_is_where_it_is_not_needed(
    composed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = hostile.broken_aws(tmp_path)
    for name, value in broken.items():
        monkeypatch.setenv(name, value)
    assert not set(broken.values()) & set(COMPOSED[composed]().values())


EVERYWHERE = ("PATH", "HOME", "USER", "LC_ALL", "TZ", "XDG_CACHE_HOME", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
WHERE_FROM = {
    "programs": EVERYWHERE,
    "pip": (*EVERYWHERE, "PIP_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_CONFIG_FILE", "NETRC"),
    "git": (*EVERYWHERE, "SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO"),
    "terraform": (
        *EVERYWHERE,
        *("TF_CLI_CONFIG_FILE", "TF_TOKEN_app_terraform_io", "NOTES_TERRAFORM_MIRROR", "TF_PLUGIN_CACHE_DIR"),
    ),
    "tools": (
        *(
            *EVERYWHERE,
            "PIP_INDEX_URL",
            "TF_TOKEN_app_terraform_io",
            "AWS_CA_BUNDLE",
            "GITHUB_OUTPUT",
            "FROM",
        ),
        *("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_ROLE_ARN"),
        *(
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_EC2_METADATA_DISABLED",
        ),
        *("AWS_LOGIN_CACHE_DIRECTORY", "ACTIONS_ID_TOKEN_REQUEST_URL"),
    ),
}


@pytest.mark.parametrize("composed", WHERE_FROM)
def test_where_from_and_whom_to_trust_stays(composed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in WHERE_FROM[composed]:
        monkeypatch.setenv(name, f"the user's {name}")
    found = COMPOSED[composed]()
    assert {name: found.get(name) for name in WHERE_FROM[composed]} == {
        name: f"the user's {name}" for name in WHERE_FROM[composed]
    }


@pytest.mark.parametrize("proxy", environments.PROXIES)
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "127.0.0.1,localhost,::1"),
        ({"NO_PROXY": "a.example"}, "a.example,127.0.0.1,localhost,::1"),
        ({"NO_PROXY": "a", "no_proxy": "b, localhost"}, "a,b,localhost,127.0.0.1,::1"),
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_a_proxy_is_never_for_this_machine(
    monkeypatch: pytest.MonkeyPatch, proxy: str, given: Mapping[str, str], expected: str
) -> None:
    _without_proxies(monkeypatch)
    for name, value in {proxy: "http://proxy.example:3128", **given}.items():
        monkeypatch.setenv(name, value)
    found = environments.programs()
    assert found[proxy] == "http://proxy.example:3128"
    assert (found["NO_PROXY"], found["no_proxy"]) == (expected, expected)


def _without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*environments.PROXIES, "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_a_variable_is_named_without_the_password_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _without_proxies(monkeypatch)
    monkeypatch.setenv("HTTPS_PROXY", "http://ana:secret@proxy.example:3128")
    monkeypatch.setenv("https_proxy", "http://ana:secret@proxy.example:3128")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/packages?token=secret")
    words = environments.named(*environments.PROXIES, "AWS_SECRET_ACCESS_KEY", "PIP_INDEX_URL", "AWS_PROFILE")
    assert words == (
        "Set in your environment: HTTPS_PROXY=http://***@proxy.example:3128, AWS_SECRET_ACCESS_KEY, "
        "PIP_INDEX_URL=https://index.example/packages?***."
    )
    assert environments.named("AWS_PROFILE_THAT_IS_NOT_SET") == ""


def test_modules_of_the_users_shell_are_not_imported(tmp_path: Path) -> None:
    poisoned = {"PYTHONPATH": str(hostile.poisoned_modules(tmp_path)), "PYTHONWARNINGS": "error"}
    finished = subprocess.run(
        [sys.executable, "-m", "tools", "--help"],
        cwd=REPOSITORY,
        env=os.environ | poisoned,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert "deploy" in finished.stdout


# A program in place of the virtual environment's Python: says how it was called and with which variables.
_TELLS = """#!{python}
import json, os, sys
print(json.dumps({{"arguments": sys.argv[1:], "variables": dict(os.environ)}}))
"""


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Runs a make target with a Python that only tells; the variables that reached it."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(_TELLS.format(python=sys.executable))
    python.chmod(0o755)

    def run(*given: str, **environment: str) -> dict[str, str]:
        finished = subprocess.run(
            ["make", "-s", "-o", f"{tmp_path}/.ready", f"VENV={tmp_path}", *given],
            cwd=REPOSITORY,
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        told = json.loads(finished.stdout)
        assert told["arguments"][:4] == ["-E", "-B", "-m", "tools"], "Python's own variables do not count"
        variables: dict[str, str] = told["variables"]
        return variables

    return run


@pytest.mark.parametrize("flags", ["", "-e"], ids=["plain", "environment overrides"])
def test_make_takes_variables_from_its_command_line(make: Callable[..., dict[str, str]], flags: str) -> None:
    exported = dict.fromkeys(makefile.FROM_COMMAND_LINE, "of the shell")
    found = make(*filter(None, [flags]), "promote", **exported)
    assert not makefile.FROM_COMMAND_LINE & found.keys()

    given = [f"{name}=of the command line" for name in sorted(makefile.FROM_COMMAND_LINE)]
    found = make("promote", *given, **exported)
    assert {found[name] for name in makefile.FROM_COMMAND_LINE} == {"of the command line"}


def test_make_takes_from_the_environment_what_pipelines_set(make: Callable[..., dict[str, str]]) -> None:
    found = make("deploy", **dict.fromkeys(makefile.FROM_ENVIRONMENT, "of the job"))
    assert {found[name] for name in makefile.FROM_ENVIRONMENT} == {"of the job"}
    assert make("deploy", "ENV=given", ENV="of the job")["ENV"] == "given"
    assert {"ENV", "CLOUD", "LOCAL_PORT", "LOCAL_HOME", "ROLES"} == makefile.FROM_ENVIRONMENT


def test_checks_run_in_an_environment_that_is_composed(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-E", "-B", "-m", "tools.environments", "env"],
        cwd=REPOSITORY,
        env=os.environ | hostile.shell(tmp_path) | {"ENV": "prod", "E2E_PORT": "4567"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = dict(line.split("=", 1) for line in finished.stdout.splitlines() if "=" in line)
    assert found["E2E_PORT"] == "4567"
    assert not {*hostile.BEHAVIOUR, *hostile.COMMAND_LINE, "ENV"} & found.keys() - {
        *environments.without_aws("us-east-1")
    }
    assert (found["AWS_REGION"], found["AWS_CONFIG_FILE"]) == ("us-east-1", os.devnull)


def test_every_program_that_make_starts_runs_in_a_composed_environment() -> None:
    """Of Python it is enough that it ignores its own variables: a module of ours composes the rest."""
    recipes = re.findall(r"^\t@?(.+)$", makefile.TEXT, re.MULTILINE)
    started = [line for line in recipes if re.match(r"\$\((COMPOSED|BIN|PYTHON)\)|\S*/bin/|terraform ", line)]
    assert len(started) >= 15
    for line in started:
        assert re.match(
            r"\$\(COMPOSED\) |(\$\(PYTHON\)|\$\(BIN\)/python|\.build/lock/bin/python) -E ", line
        ), line

"""What somebody meets first: on any machine that has what README.md names, and told where it has not."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from click.testing import CliRunner
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tests import together
from tests.documents import README, blocks
from tools import checkout, outputs, sources, stages, terraform_cli
from tools.commands import local, user
from tools.context import Context
from tools.errors import ToolError
from tools.paths import REPOSITORY, TERRAFORM
from tools.services import all_services

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
LEAST_PYTHON = PROJECT["project"]["requires-python"].removeprefix(">=")
MAKEFILE = (REPOSITORY / "Makefile").read_text()
# Not in make 3.81, which macOS has, each with what it looks like:
# https://git.savannah.gnu.org/cgit/make.git/tree/NEWS
NEWER_THAN_MAKE_3_81 = {
    "output-sync": r"--output-sync|(?:\s|^)-O(?:line|target|recurse)?\b",
    "one shell": r"^\.ONESHELL|^\.SHELLFLAGS",
    "other assignments": r"^[\w.-]+ *(?:::=|:::=|!=)",
    "grouped targets": r"^[^\t#].*&:",
    "functions": r"\$[({](?:file|guile|let|intcmp) ",
    "directives": r"^(?:undefine|private|load|-load) ",
    "special targets": r"^\.(?:WAIT|NOTINTERMEDIATE|EXTRA_PREREQS)",
    "options": r"\$\(MAKE\).*(?:--trace|--shuffle|--eval|--no-silent|--jobserver-style)",
    "assignments of define": r"^define .*=",
}
# Options that only GNU's tools have.
GNU_ONLY = {
    "sed": r"\bsed\b[^|;]*\s(?:-i|-r|-z|-s|-E -i|--\w+)",
    "grep": r"\bgrep\b[^|;]*\s(?:-P|-\w*P\b|--\w+)",
    "coreutils": r"\b(?:readlink -f|realpath|tac|shuf|numfmt|nproc|stat -c|date -d|date --|seq|timeout \d|"
    r"mktemp --|cp --|head -c|head -n -|sort -V|sha256sum|base64 -w|truncate -s|xargs -r)\b",
    "awk": r"\b(?:gawk|gensub|strftime|asort|PROCINFO|systime)\b",
}


def lines_of_shell() -> Iterator[tuple[str, str]]:
    """What a shell runs: recipes, the scripts, the steps of workflows and what the pages show."""
    for number, line in enumerate(MAKEFILE.splitlines(), start=1):
        if line.startswith("\t") or "$(shell" in line:
            yield f"Makefile:{number}", line
    files = [REPOSITORY / ".ci/run", *(REPOSITORY / ".github").rglob("*.yml")]
    for file in files:
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            yield f"{file.name}:{number}", line
    for page in [README, *sorted((REPOSITORY / "docs").glob("*.md"))]:
        for block in blocks(page):
            if block.language in ("sh", "console"):
                yield from ((f"{page.name}:{block.line}", line) for line in block.lines)


@pytest.mark.parametrize("feature", NEWER_THAN_MAKE_3_81)
def test_the_makefile_needs_no_newer_make_than_macos_has(feature: str) -> None:
    pattern = re.compile(NEWER_THAN_MAKE_3_81[feature])
    assert [line for line in MAKEFILE.splitlines() if pattern.search(line)] == []


@pytest.mark.parametrize("tool", GNU_ONLY)
def test_no_command_needs_an_option_of_gnus_tools(tool: str) -> None:
    assert [each for each in lines_of_shell() if re.search(GNU_ONLY[tool], each[1])] == []


@pytest.mark.parametrize(
    ("features", "line"),
    [
        (NEWER_THAN_MAKE_3_81, "\t@$(MAKE) --jobs=2 --output-sync=target unit lint"),
        (NEWER_THAN_MAKE_3_81, "\t@$(MAKE) -j2 -Otarget unit"),
        (NEWER_THAN_MAKE_3_81, "NOW != date"),
        (NEWER_THAN_MAKE_3_81, "a b &: c"),
        (NEWER_THAN_MAKE_3_81, "X := $(file < names)"),
        (GNU_ONLY, "sed -i s/a/b/ file"),
        (GNU_ONLY, "grep -oP x file"),
        (GNU_ONLY, "cd $(readlink -f .)"),
    ],
)
def test_such_a_feature_would_be_found(features: dict[str, str], line: str) -> None:
    assert any(re.search(pattern, line) for pattern in features.values())


@pytest.mark.parametrize("shell", ["sh"])
def test_scripts_run_in_any_shell(shell: str) -> None:
    first = (REPOSITORY / ".ci/run").read_text().splitlines()[0]
    assert first == f"#!/bin/{shell}"
    assert f"SHELL := /bin/{shell}" in MAKEFILE


def test_targets_that_run_side_by_side_print_in_one_piece(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One waits for the other's first line before it writes its second, and one fails."""
    (tmp_path / "Makefile").write_text(
        "first:\n\t@echo one; while ! test -e begun; do sleep 0.05; done; echo two\n"
        "second:\n\t@echo three; touch begun; echo four; exit 3\n"
    )
    monkeypatch.chdir(tmp_path)

    status = together.main(shutil.which("make") or "make", ["first", "second"])

    said = capsys.readouterr().out
    assert status == 1
    assert "---- first\none\ntwo\n" in said
    assert "---- second\nthree\nfour\n" in said
    assert re.search(r"^first +passed after \d+ s$", said, re.MULTILINE)
    assert re.search(r"^second +failed after \d+ s$", said, re.MULTILINE)


def pinned() -> Iterator[str]:
    """Every distribution that the machine or a service gets."""
    for file in [REPOSITORY / "requirements-dev.txt", *REPOSITORY.glob("*/requirements.txt")]:
        for line in file.read_text().splitlines():
            if found := re.match(r"([A-Za-z0-9_.-]+)(\[.*\])?==", line):
                yield found[1]


def takes(name: str, python: str) -> bool:
    wanted = distribution(name).metadata["Requires-Python"]
    return wanted is None or SpecifierSet(wanted).contains(python)


def test_the_least_python_is_the_oldest_that_every_pin_takes() -> None:
    assert [name for name in pinned() if not takes(name, LEAST_PYTHON)] == []
    *front, patch = LEAST_PYTHON.split(".")
    older = ".".join([*front, str(int(patch) - 1)])
    assert [name for name in pinned() if not takes(name, older)], f"{older} would do as well"


def test_what_else_says_a_least_version_says_the_same() -> None:
    terraform = terraform_cli.least_version()
    demanded = {
        found
        for file in TERRAFORM.rglob("versions.tf")
        if ".terraform" not in file.parts
        for found in re.findall(r'required_version = "([^"]+)"', file.read_text())
    }
    assert demanded == {f">= {terraform}"}
    said = f"Python {LEAST_PYTHON} or newer, Terraform {terraform} or newer"
    for page in (README, REPOSITORY / "docs/aws.md"):
        assert said in " ".join(page.read_text().split()), page.name
    assert LEAST_PYTHON.startswith(PROJECT["tool"]["mypy"]["python_version"])
    assert "target-version" not in PROJECT["tool"]["ruff"], "ruff takes it from requires-python"
    action = (REPOSITORY / ".github/actions/setup/action.yml").read_text()
    [python] = re.findall(r'python-version: "([\d.]+)"', action)
    assert Version(python) >= Version(LEAST_PYTHON)
    [there] = re.findall(r'terraform_version: "([\d.]+)"', action)
    assert Version(there) >= Version(terraform)


def test_no_page_states_another_version() -> None:
    stated = set()
    for page in [README, *(REPOSITORY / "docs").glob("*.md"), REPOSITORY / ".ci/run"]:
        stated |= set(re.findall(r"(Python|Terraform) (\d+\.[\d.]*\d)", page.read_text()))
    assert stated == {("Python", LEAST_PYTHON), ("Terraform", terraform_cli.least_version())}


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A bare checkout with what a first make reads, and a PATH to put programs in."""
    for name in ("Makefile", "pyproject.toml", "requirements-dev.txt"):
        shutil.copyfile(REPOSITORY / name, tmp_path / name)
    (tmp_path / "terraform/dns").mkdir(parents=True)
    shutil.copyfile(TERRAFORM / "dns/versions.tf", tmp_path / "terraform/dns/versions.tf")
    (tmp_path / "bin").mkdir()
    return tmp_path


def program(machine: Path, name: str, text: str) -> None:
    path = machine / "bin" / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def make_on(machine: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "unit", "PYTHON=python-here"],
        cwd=machine,
        env={"PATH": f"{machine / 'bin'}:/usr/bin:/bin", "HOME": str(machine)},
        capture_output=True,
        text=True,
        check=False,
    )


# Says that it is of a version, and that it would install.
PYTHON = """\
case "$*" in
  *" -m venv "*) echo "installs" >&2; exit 9 ;;
  "-E -B -m tools.environments "*) shift 4; exec "$@" ;;
esac
shift
exec {python} -c 'import sys
sys.version_info, code = {version}, sys.argv[2]
sys.argv = sys.argv[2:]
exec(code)' "$@"
"""
TERRAFORM_SAYS = """echo '{"terraform_version": "%s"}'"""


@pytest.mark.parametrize(
    ("python", "terraform", "said"),
    [
        (
            "(3, 11, 4)",
            "1.11.4",
            f"Python {LEAST_PYTHON} or newer is needed; python-here is older or missing.",
        ),
        ("(3, 9, 18)", "1.11.4", "Name another one: make PYTHON="),
        (None, "1.11.4", "python-here is older or missing."),
        ("(3, 11, 5)", "1.10.9", "Terraform 1.11 or newer is needed; the terraform on the PATH is older"),
        ("(3, 11, 5)", None, "or missing.\n  Install it: developer.hashicorp.com/terraform"),
        ("(3, 11, 5)", "1.11.0", "installs"),
        ("(3, 12, 0)", "1.12.0-beta1", "installs"),
    ],
)
def test_python_and_terraform_are_checked_before_anything_is_installed(
    machine: Path, python: str | None, terraform: str | None, said: str
) -> None:
    if python:
        program(machine, "python-here", PYTHON.format(python=sys.executable, version=python))
    program(machine, "terraform", TERRAFORM_SAYS % terraform if terraform else "exit 127")

    finished = make_on(machine)

    assert said in finished.stderr
    assert ("installs" in finished.stderr) == (said == "installs")
    assert finished.returncode == 2


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (TERRAFORM_SAYS % "1.10.5", "is Terraform 1.10.5, which is too old"),
        ("echo no; exit 1", "does not say which version it is: no"),
        (TERRAFORM_SAYS % "1.11.0", ""),
        (TERRAFORM_SAYS % "2.0.0", ""),
    ],
)
def test_a_terraform_that_is_too_old_is_told_by_every_command(
    machine: Path, monkeypatch: pytest.MonkeyPatch, answers: str, said: str
) -> None:
    program(machine, "terraform", answers)
    monkeypatch.setenv("PATH", f"{machine / 'bin'}:/usr/bin:/bin")
    terraform_cli.executable.cache_clear()
    try:
        if not said:
            assert terraform_cli.executable() == str(machine / "bin/terraform")
            return
        with pytest.raises(ToolError, match=re.escape(said)) as refused:
            terraform_cli.executable()
    finally:
        terraform_cli.executable.cache_clear()
    assert refused.value.next_step.startswith("Install Terraform 1.11 or newer")


def test_make_local_alone_means_local(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Context, "layers_as", lambda context, _: asked.append(context.stage.name))
    monkeypatch.setattr(local, "serve", lambda *_: None)
    for env, stage in (("", "local"), ("pr-1", "pr-1")):
        ended = CliRunner().invoke(local.command, obj=Context(env, ""), catch_exceptions=False)
        assert ended.exit_code == 0
        assert asked.pop() == stage


def test_a_new_user_gets_the_region_that_their_calls_need(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"api_url": "https://api.example", "region": "eu-central-1"}
    monkeypatch.setattr(Context, "layers_as", lambda *_: _Anything())
    monkeypatch.setattr(outputs, "collect", lambda _: found)
    monkeypatch.setattr(user, "client", lambda *_: None)
    monkeypatch.setattr(user, "new_account", lambda *_: ("ana@example.com", "secret"))
    monkeypatch.setattr(user, "sign_in", lambda *_: _Anything())
    said = CliRunner().invoke(user.command, obj=Context("dev", ""), catch_exceptions=False).output
    assert "export AWS_REGION=eu-central-1\n" in said
    assert "export AWS_DEFAULT_REGION=eu-central-1\n" in said
    signs = next(line for block in blocks(README) for line in block.lines if "--aws-sigv4" in line)
    assert "aws:amz:$AWS_REGION:execute-api" in signs
    assert stages.load().region not in README.read_text()


class _Anything:
    """Has every attribute, and each is a text."""

    def __getattr__(self, name: str) -> str | _Anything:
        return self if name in ("cloud", "stage", "account", "credentials") else name


def test_every_text_file_has_the_line_ends_that_packages_are_made_with() -> None:
    listed = checkout.git("ls-files", "--eol") or ""
    fine = re.compile(r"i/(lf|none|-text) +w/(lf|none|-text) ")
    assert [line for line in listed.splitlines() if not fine.match(line)] == []


def test_a_checkout_with_other_line_ends_is_none(tmp_path: Path) -> None:
    """As git makes one on Windows (core.autocrlf): what packages are made of has the same bytes."""
    kept = [REPOSITORY / ".gitattributes", REPOSITORY / ".ci/run"]
    kept += [path for service in all_services() for path in sources.of_folder(service)]
    for path in kept:
        copy = tmp_path / "origin" / path.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com", "-c", "core.autocrlf=true")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "all")):
        subprocess.run(["git", *who, *command], cwd=tmp_path / "origin", check=True)
    cloned = tmp_path / "clone"
    subprocess.run(["git", *who, "clone", "-q", tmp_path / "origin", cloned], check=True)
    for path in kept:
        assert (cloned / path.relative_to(REPOSITORY)).read_bytes() == path.read_bytes(), path.name

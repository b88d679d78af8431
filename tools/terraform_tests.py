"""Formatting, validity and module tests of terraform/, side by side, without a cloud or a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import environments, shared_provider, terraform_cli
from tools.errors import ToolError
from tools.paths import BUILD, TERRAFORM

_PASSED = re.compile(r"^Success! (\d+) passed, 0 failed", re.MULTILINE)
_REGION = "us-east-1"  # of tests, which reach none
_NOT_COPIED = shutil.ignore_patterns(".terraform", ".terraform.lock.hcl", "*.tfstate*")


@dataclass(frozen=True)
class Check:
    """A finished check: what it was, how it ended, Terraform's own words, how many test runs passed."""

    name: str
    passed: bool
    words: str
    runs: int = 0


def check(folder: Path = TERRAFORM) -> list[Check]:
    """Check `folder`: format, then every root's validity and every test file's directory."""
    with _working_copy(folder) as copy, _provider(copy) as environment:
        roots = sorted(path.parent for path in copy.glob("*/versions.tf"))
        tested = {path.parent.parent for path in copy.rglob("tests/*.tftest.hcl")}
        # The longest first, so that no long one is left over for the end.
        ordered = sorted(tested, key=_size, reverse=True)
        with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
            tests = [pool.submit(_test, copy, directory, environment) for directory in ordered]
            validity = [pool.submit(_validate, copy, root, environment) for root in roots]
            return [_format(folder), *(job.result() for job in [*validity, *tests])]


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.glob("tests/*.tftest.hcl"))


@contextmanager
def _working_copy(folder: Path) -> Iterator[Path]:
    """A copy that Terraform may write into."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="terraform-test-") as temporary:
        copy = Path(temporary) / "terraform"
        shutil.copytree(folder, copy, ignore=_NOT_COPIED)
        yield copy


@contextmanager
def _provider(copy: Path) -> Iterator[Mapping[str, str]]:
    """The commands' environment: one provider for all where it lies unpacked, else one for each."""
    environment = environments.terraform() | environments.without_aws(_REGION) | terraform_cli.UNATTENDED
    unpacked = terraform_cli.unpacked() or _installed(copy, environment)
    if unpacked is None:
        yield environment | terraform_cli.installing()
        return
    with shared_provider.running(unpacked) as attached:
        yield environment | terraform_cli.running(local=True) | attached


def _installed(copy: Path, environment: Mapping[str, str]) -> Path | None:
    """Let Terraform install the provider once; where it is then, unless the user configured another place."""
    arguments = ["init", "-backend=false", "-input=false", "-no-color"]
    installed = _terraform(copy / "dns", arguments, {**environment, **terraform_cli.installing()})
    if installed.returncode != 0:
        raise ToolError(f"The AWS provider cannot be installed:\n{installed.stderr.strip()}")
    return terraform_cli.unpacked()


def _format(folder: Path) -> Check:
    finished = _terraform(folder, ["fmt", "-check", "-recursive", "-diff"], environments.terraform())
    return Check("fmt", finished.returncode == 0, finished.stdout + finished.stderr)


def _validate(copy: Path, root: Path, environment: Mapping[str, str]) -> Check:
    finished = _initialised(root, ["validate", "-no-color"], environment)
    name = f"validate {root.relative_to(copy)}"
    return Check(name, finished.returncode == 0, finished.stdout + finished.stderr)


def _test(copy: Path, directory: Path, environment: Mapping[str, str]) -> Check:
    finished = _initialised(directory, ["test", "-no-color"], environment)
    runs = _PASSED.search(finished.stdout)
    passed = finished.returncode == 0 and runs is not None and int(runs[1]) > 0
    name = f"test {directory.relative_to(copy)}"
    return Check(name, passed, finished.stdout + finished.stderr, int(runs[1]) if runs else 0)


def _initialised(
    directory: Path, arguments: list[str], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    # A provider that runs already needs no installing, only the modules have to be found.
    shared = "TF_REATTACH_PROVIDERS" in environment
    prepare = ["get", "-no-color"] if shared else ["init", "-backend=false", "-input=false", "-no-color"]
    data = {**environment, "TF_DATA_DIR": str(directory / f".terraform-{arguments[0]}")}
    prepared = _terraform(directory, prepare, data)
    return _terraform(directory, arguments, data) if prepared.returncode == 0 else prepared


def _terraform(
    directory: Path, arguments: list[str], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    command = [terraform_cli.executable(), f"-chdir={directory}", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

"""A provider that goes on running: it is found, and it ends when nobody can use it any more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.providers import ADDRESS, began, lives, stand_in
from tests.waiting import eventually
from tools.errors import ToolError
from tools.paths import REPOSITORY
from tools.provider_process import ProviderProcess

# Starts a provider and, as a terraform command would be, a process that inherits its lifeline; then waits.
_COMMAND = """
import os, subprocess, sys, time
from pathlib import Path
from tools.provider_process import ProviderProcess
provider = ProviderProcess(Path(sys.argv[1]), os.environ)
terraform = subprocess.Popen(["sleep", "60"], pass_fds=(provider.lifeline,), stdout=subprocess.DEVNULL)
print(terraform.pid, flush=True)
time.sleep(60)
"""


def test_terraform_is_told_where_it_is(tmp_path: Path) -> None:
    provider = ProviderProcess(stand_in(tmp_path), os.environ)
    assert provider.attached == {"TF_REATTACH_PROVIDERS": ADDRESS}
    [[process, argument]] = began(tmp_path)
    assert argument == "-debug"
    assert lives(process)
    provider.end()
    assert not lives(process)


def test_one_that_does_not_start_is_told_with_its_words(tmp_path: Path) -> None:
    broken = stand_in(tmp_path)
    (binary,) = broken.glob("terraform-provider-aws*")
    binary.write_text("#!/bin/sh\necho out of memory >&2\nexit 2\n")
    with pytest.raises(ToolError, match=r"does not start:\nout of memory"):
        ProviderProcess(broken, os.environ)


def test_it_outlives_a_killed_command_only_while_terraform_works(tmp_path: Path) -> None:
    command = subprocess.Popen(
        [sys.executable, "-c", _COMMAND, str(stand_in(tmp_path))],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert command.stdout
    terraform = int(command.stdout.readline())
    [[process, _argument]] = began(tmp_path)
    command.kill()
    command.wait()
    command.stdout.close()
    assert lives(process)
    os.kill(terraform, signal.SIGKILL)
    eventually(lambda: not lives(process), seconds=10, what="the provider's end")

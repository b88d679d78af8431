"""One AWS provider for many terraform commands that configure nothing, such as validate and mocked tests.

Starting the provider costs each command seconds, a test once per run; Terraform takes one that runs already:
https://developer.hashicorp.com/terraform/plugin/debugging#running-terraform-with-a-provider-in-debug-mode
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import terraform_cli
from tools.errors import ToolError

_START_SECONDS = 60
_ATTACH = re.compile(r"TF_REATTACH_PROVIDERS='(.+)'")


@contextmanager
def running(provider: Path, log: Path) -> Iterator[dict[str, str]]:
    """Run the provider that lies unpacked in the folder `provider`, writing to `log`.

    Gives the environment variables with which Terraform finds it. Raises ToolError if it does not start.
    """
    binary = next(provider.glob("terraform-provider-aws*"))
    with log.open("wb") as output:
        process = subprocess.Popen(
            [binary, "-debug"], env=os.environ | terraform_cli.MEMORY, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield {"TF_REATTACH_PROVIDERS": _address(process, log), **terraform_cli.MEMORY}
    finally:
        process.terminate()
        process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while not (found := _ATTACH.search(text := log.read_text(errors="replace"))):
        if process.poll() is not None or time.monotonic() > deadline:
            raise ToolError(f"The AWS provider does not start:\n{text.strip()}")
        time.sleep(0.05)
    return found[1]

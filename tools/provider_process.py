"""The AWS provider as a process of its own, which terraform commands attach to instead of starting one each.

https://developer.hashicorp.com/terraform/plugin/debugging#running-terraform-with-a-provider-in-debug-mode
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tools import terraform_cli
from tools.errors import ToolError

_START_SECONDS = 60
_ATTACH = re.compile(r"TF_REATTACH_PROVIDERS='(.+)'")
# Becomes the provider, and asks it to end once nobody has the other end of its standard input open any more.
_UNTIL_UNUSED = 'exec 3<&0 </dev/null; (read -r _ <&3; kill -INT $$) & exec "$0" -debug 3<&-'


class ProviderProcess:
    """A running provider.

    It ends with this process, however that ends, but not before the last command that inherited `lifeline`.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Run the provider that lies unpacked in `folder`. Raises ToolError if it does not start."""
        binary = next(folder.glob("terraform-provider-aws*"))
        reading, self.lifeline = os.pipe()
        with tempfile.TemporaryFile() as log:
            self._log = os.dup(log.fileno())
            self._process = subprocess.Popen(
                ["sh", "-c", _UNTIL_UNUSED, str(binary)],
                env={**environment, **terraform_cli.MEMORY},
                stdin=reading,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the command that uses it, which finishes its step
            )
        os.close(reading)
        self.attached = {"TF_REATTACH_PROVIDERS": self._address()}

    @property
    def said(self) -> str:
        """What it wrote: its address, and why it broke down."""
        return os.pread(self._log, 100_000, 0).decode(errors="replace").strip()

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def end(self) -> None:
        """End it and wait for that."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait()
        os.close(self.lifeline)
        os.close(self._log)

    def _address(self) -> str:
        deadline = time.monotonic() + _START_SECONDS
        while not (found := _ATTACH.search(self.said)):
            if not self.runs or time.monotonic() > deadline:
                raise ToolError(f"The AWS provider does not start:\n{self.said}")
            time.sleep(0.05)
        return found[1]

"""One AWS provider for many terraform commands that configure nothing, such as validate and mocked tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import environments, terraform_cli
from tools.provider_process import ProviderProcess


@contextmanager
def running(folder: Path) -> Iterator[dict[str, str]]:
    """Run the provider that lies unpacked in `folder`; gives the variables with which Terraform finds it.

    Raises ToolError if it does not start.
    """
    provider = ProviderProcess(folder, environments.terraform())
    try:
        yield {**provider.attached, **terraform_cli.MEMORY}
    finally:
        provider.end()

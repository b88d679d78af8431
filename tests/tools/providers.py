"""A program that does as the provider does when it waits for Terraform."""

from __future__ import annotations

import os
from pathlib import Path

ADDRESS = '{"registry.terraform.io/hashicorp/aws":{"Pid":1}}'


def stand_in(folder: Path) -> Path:
    """A folder with a provider that writes its id, its argument and its address, then waits."""
    folder.mkdir(exist_ok=True)
    binary = folder / "terraform-provider-aws_v1_x5"
    binary.write_text(
        f"#!/bin/sh\necho $$ $1 $AWS_PROFILE >> {folder}/began\n"
        f"cat <<'END'\nTF_REATTACH_PROVIDERS='{ADDRESS}'\nEND\nexec sleep 60\n"
    )
    binary.chmod(0o755)
    return folder


def began(folder: Path) -> list[list[str]]:
    """Of each that was started: its id, its argument, and the profile it was given."""
    return [line.split() for line in (folder / "began").read_text().splitlines()]


def lives(process: str) -> bool:
    """Whether a process of that id runs."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    return True

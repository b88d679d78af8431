"""Run one terraform command for a unit, and tell in Terraform's own words why it failed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools import interruption, lent_providers, state_lock, terraform_cli
from tools.cloud import Cloud
from tools.errors import (
    ExpiredError,
    ToolError,
    UnreachableError,
    UntrustedError,
    says_expired,
    says_unreachable,
    says_untrusted,
)
from tools.provider_process import ProviderProcess
from tools.terraform_unit import Unit, provider_configurations

# The provider tries 25 times: right for a network, minutes of waiting where the local cloud has ended.
# https://registry.terraform.io/providers/hashicorp/aws/latest/docs#max_retries-1
_LOCAL_ATTEMPTS = "5"


def run(cloud: Cloud, unit: Unit, work: Path, arguments: list[str]) -> list[dict[str, Any]]:
    """Run a command in the unit's working copy `work`; Terraform's messages.

    Raises ToolError with Terraform's own diagnosis.
    """
    command = [terraform_cli.executable(), f"-chdir={work}", *arguments]
    provided = terraform_cli.installing if arguments[0] == "init" else terraform_cli.running
    environment = cloud.environment(unit.account) | provided(cloud.name == "local") | terraform_cli.MEMORY
    environment |= terraform_cli.UNATTENDED
    if cloud.endpoint_url is not None:
        environment["AWS_MAX_ATTEMPTS"] = _LOCAL_ATTEMPTS
    if arguments[0] != "init" and cloud.role != "reader":
        state_lock.release_if_dead(cloud, unit.account, unit.key, work)
    interruption.check()
    output = work / f"{arguments[0]}.out"
    with _running_provider(cloud, unit, arguments[0], environment) as provider:
        status = _status(command, environment, output, provider)
    messages, other = _parsed(output.read_text())
    if status != 0:
        diagnosis = _diagnosis(unit, arguments[0], messages, other)
        if provider is not None and not provider.runs:
            diagnosis += f"\n  The AWS provider broke down:\n{provider.said}"
        if says_expired(diagnosis):
            raise ExpiredError(unit.account.name)
        if says_untrusted(diagnosis):
            raise UntrustedError(diagnosis)
        if says_unreachable(diagnosis):
            raise UnreachableError(cloud.endpoint_url or "")
        raise ToolError(diagnosis, _next_step(cloud, unit))
    return messages


@contextmanager
def _running_provider(
    cloud: Cloud, unit: Unit, command: str, environment: Mapping[str, str]
) -> Iterator[ProviderProcess | None]:
    """A provider that runs already, for a terraform command alone; None where Terraform starts its own."""
    folder = terraform_cli.in_place(cloud.name == "local")
    if folder is None or command == "init" or provider_configurations(unit.root) > 1:
        yield None
        return
    with lent_providers.lent(folder, environment) as provider:
        yield provider


def _status(
    command: list[str], environment: Mapping[str, str], output: Path, provider: ProviderProcess | None
) -> int:
    """Run a command to its end; how it ended."""
    # Into a file, not a pipe: Terraform then finishes, and saves its state, even when this process is killed.
    with output.open("w") as stream:
        return subprocess.run(
            command,
            env={**environment, **(provider.attached if provider else {})},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            pass_fds=(provider.lifeline,) if provider else (),
            check=False,
        ).returncode


def _parsed(output: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Terraform's messages, and the lines that are none.

    https://developer.hashicorp.com/terraform/internals/machine-readable-ui
    """
    messages, other = [], []
    for line in output.splitlines():
        try:
            messages.append(json.loads(line))
        except ValueError:
            other.append(line)
    return messages, other


def _next_step(cloud: Cloud, unit: Unit) -> str:
    held = state_lock.holder(cloud, unit.account, unit.key)
    if held is None:
        return ""
    return (
        f"Its state is locked by {held}. Wait for that to end; if it is dead and ran on another machine, "
        "run: make unlock ENV=<stage>"
    )


def _diagnosis(unit: Unit, command: str, messages: list[dict[str, Any]], other: list[str]) -> str:
    lines = [f"terraform {command} of {unit} (account {unit.account.name}) failed:"]
    for message in messages:
        diagnostic = message.get("diagnostic", {})
        if diagnostic.get("severity") == "error":
            place = diagnostic.get("address") or (diagnostic.get("range") or {}).get("filename", "")
            lines.append(f"  {place}: {diagnostic['summary']}" if place else f"  {diagnostic['summary']}")
            lines += [f"    {line}" for line in diagnostic.get("detail", "").splitlines() if line.strip()]
    return "\n".join(lines if len(lines) > 1 else lines + [f"  {line}" for line in other[-20:]])

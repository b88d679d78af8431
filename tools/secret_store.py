"""Secret values: written to the cloud's store, never read back to a screen, a file or Terraform.

Their names are those of the stage layer's output `secrets`, and templates say which service reads which.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tools import references, secret_samples
from tools.cloud import client
from tools.errors import ToolError, UsageError
from tools.layers import Layers


@dataclass(frozen=True)
class Secret:
    """What may be told of a secret: when its value was set, None for never, and the functions that read it.

    `read_by` has the functions by service.
    """

    name: str
    set_at: datetime.datetime | None
    read_by: Mapping[str, list[str]]


def needed(services: Iterable[Path]) -> list[str]:
    """The names of the secrets that these services read."""
    return sorted({name for service in services for name in references.secrets(service)})


def put(layers: Layers, name: str, value: str) -> None:
    """Write a secret's value. Raises UsageError for a name that the stage does not have."""
    present = _identifiers(layers)
    if name not in present:
        raise UsageError(
            f"NAME={name} is no secret of stage {layers.stage.name}.", f"There are: {', '.join(present)}."
        )
    _store(layers).put_secret_value(SecretId=present[name], SecretString=value)


def require(layers: Layers, service: Path) -> list[str]:
    """See that each secret of the service has a value before it is deployed.

    Where mocks are called those that lack one get test values; returns the names of these. What one service
    declares belongs together (Stripe's key and what it signs with): where one is missing all are new, so that
    no value is ever read.
    Raises ToolError with the commands that set what is missing.
    """
    lacking = missing(layers, needed([service]))
    if not lacking:
        return []
    samples = secret_samples.make(service, layers.names(service)) if layers.calls_mocks else {}
    unset = [name for name in lacking if name not in samples]
    if unset:
        commands = [layers.command("secret", NAME=name) for name in unset]
        raise ToolError(
            f"{service.name} was not deployed: nobody has set {', '.join(unset)} of {layers.stage.name} yet.",
            "\n  ".join(["Set what it needs, then deploy again:", *commands]),
        )
    for name, value in samples.items():
        put(layers, name, value)
    return list(samples)


def missing(layers: Layers, names: Iterable[str]) -> list[str]:
    """Those of the stage's secrets `names` that have no value yet."""
    identifiers = _identifiers(layers)
    return [name for name in names if _set_at(layers, identifiers[name]) is None]


def listed(layers: Layers) -> list[Secret]:
    """Every secret of the stage, by name."""
    readers = {service.name: references.secrets(service) for service in layers.services}
    return [
        Secret(
            name,
            _set_at(layers, identifier),
            {service: found[name] for service, found in readers.items() if name in found},
        )
        for name, identifier in sorted(_identifiers(layers).items())
    ]


def _identifiers(layers: Layers) -> dict[str, str]:
    """What the store calls each secret of the stage."""
    return {name: secret["name"] for name, secret in layers.stage_outputs()["secrets"].items()}


def _set_at(layers: Layers, identifier: str) -> datetime.datetime | None:
    """When the current value was written: the description's own dates change with tags and policies as well.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html
    """
    try:
        versions = _store(layers).list_secret_version_ids(SecretId=identifier)["Versions"]
    except ClientError as error:
        raise ToolError(
            f"The secret {identifier} of stage {layers.stage.name} cannot be looked at: {error}"
        ) from error
    current = [version["CreatedDate"] for version in versions if "AWSCURRENT" in version["VersionStages"]]
    return current[0] if current else None


def _store(layers: Layers) -> Any:
    return client(layers.cloud, layers.stage.account, "secretsmanager")

"""Secrets, read when needed and kept for minutes. Never logged, never in an environment variable."""

import time

from shared import aws

KEPT_SECONDS = 300

_known: dict[str, tuple[float, str]] = {}


class SecretMissing(RuntimeError):
    """A secret exists but nobody has given it a value, or it does not exist."""


def secret(name: str) -> str:
    """The text of the secret with this name or ARN. SecretMissing says which one to set."""
    read_at, value = _known.get(name, (0.0, ""))
    if value and time.monotonic() - read_at < KEPT_SECONDS:
        return value
    secrets_manager = aws.client("secretsmanager")
    try:
        value = str(secrets_manager.get_secret_value(SecretId=name)["SecretString"])
    except secrets_manager.exceptions.ResourceNotFoundException as error:
        raise SecretMissing(f"The secret {name} has no value yet: write it with `make secret`.") from error
    _known[name] = (time.monotonic(), value)
    return value


def forget(name: str) -> None:
    """Read this secret anew the next time: it was refused, so it may have been rotated."""
    _known.pop(name, None)

"""Stripe's secrets, by the environment variables that name them."""

import os

from shared import logs, secrets
from shared.problems import Unavailable


def read(variable: str) -> str:
    """The secret that the variable names. Problem 503, and a log line, where nobody has written it yet."""
    try:
        return secrets.secret(os.environ[variable]).strip()
    except secrets.SecretMissing as error:
        logs.logger().error(str(error))
        raise Unavailable("Payments are not set up here yet.", retry_after=60) from error


def forget(variable: str) -> None:
    """It was refused: the next read is a new one."""
    secrets.forget(os.environ[variable])

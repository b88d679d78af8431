"""A secret made without a value has no version, and reading it fails.

MiniStack gives it a version that holds nothing. "If you don't include SecretString or SecretBinary, Secrets
Manager creates the secret without a version":
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
"""

from collections.abc import Callable
from typing import Any

from tools.local_cloud.patching import module, patch, require


def install() -> None:
    """Patch the making of a secret."""
    secrets = module("services.secretsmanager")
    require(secrets, "_secrets")

    def make(original: Callable[..., tuple[str, str]]) -> Callable[..., tuple[str, str]]:
        def store(name: str, *arguments: Any, **values: Any) -> tuple[str, str]:
            arn, version = original(name, *arguments, **values)
            stored = secrets._secrets[name]["Versions"][version]
            if stored["SecretString"] is None and stored["SecretBinary"] is None:
                del secrets._secrets[name]["Versions"][version]
            return arn, version

        return store

    patch(
        secrets,
        "_store_new_secret",
        "name secret_string secret_binary description tags kms_key_id rotation_lambda_arn rotation_rules",
        make,
    )

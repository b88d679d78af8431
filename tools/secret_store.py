"""Secret values: written to the cloud's store, never read back to a screen, a file or Terraform."""

from __future__ import annotations

import secrets
from typing import Any

import requests
from botocore.exceptions import ClientError

from tools.cloud import client
from tools.errors import ToolError, UsageError
from tools.layers import Layers

# By the name that users say: the stage output that holds the secret's name in the store.
OUTPUTS = {
    "stripe-key": "stripe_key_secret_name",
    "stripe-webhook-secret": "stripe_webhook_secret_name",
    "admin-phone": "admin_phone_secret_name",
}
# A number set aside for fiction: https://www.nanpa.com (555-0100 to 555-0199).
TEST_PHONE = "+12025550100"


def put(layers: Layers, name: str, value: str) -> None:
    """Write a secret's value. Raises UsageError for a name that the stage does not have."""
    _store(layers).put_secret_value(SecretId=_identifier(layers, name), SecretString=value)


def present(layers: Layers) -> list[str]:
    """The names of the secrets that the stage's services need."""
    outputs = layers.read(layers.stage_unit())
    return [name for name, output in OUTPUTS.items() if outputs.get(output)]


def missing(layers: Layers) -> list[str]:
    """The names of the stage's secrets that have no value yet."""
    return [name for name in present(layers) if not _has_value(layers, name)]


def fill_in_tests(layers: Layers, stripe_url: str) -> list[str]:
    """Give the secrets without a value one that suits the mock at `stripe_url`; returns their names.

    No value is ever read: Stripe's two belong together, so where one is missing both are new.
    """
    filled = missing(layers)
    if "stripe-key" in filled or "stripe-webhook-secret" in filled:
        key = f"sk_test_{secrets.token_hex(16)}"
        signing = _register_webhook(layers, stripe_url, key)
        put(layers, "stripe-key", key)
        put(layers, "stripe-webhook-secret", signing)
    if "admin-phone" in filled:
        put(layers, "admin-phone", TEST_PHONE)
    return filled


def _register_webhook(layers: Layers, stripe_url: str, key: str) -> str:
    """Tell Stripe where the stage wants its events: https://docs.stripe.com/api/webhook_endpoints/create"""
    stage = layers.read(layers.stage_unit())
    answer = requests.post(
        f"{stripe_url}/v1/webhook_endpoints",
        data={"url": f"{stage['api_url']}/billing/webhook", "enabled_events[]": "*"},
        headers={"Authorization": f"Bearer {key}"},
        timeout=30,
    )
    if not answer.ok:
        raise ToolError(
            f"The Stripe mock at {stripe_url} refused the webhook: {answer.status_code} {answer.text}"
        )
    secret: str = answer.json()["secret"]
    return secret


def _has_value(layers: Layers, name: str) -> bool:
    try:
        versions = (
            _store(layers).describe_secret(SecretId=_identifier(layers, name)).get("VersionIdsToStages") or {}
        )
    except ClientError as error:
        raise ToolError(
            f"The secret {name} of stage {layers.stage.name} cannot be described: {error}"
        ) from error
    return any("AWSCURRENT" in stages for stages in versions.values())


def _identifier(layers: Layers, name: str) -> str:
    if name not in present(layers):
        raise UsageError(
            f"NAME={name} is no secret of stage {layers.stage.name}.",
            f"There are: {', '.join(present(layers))}.",
        )
    identifier: str = layers.read(layers.stage_unit())[OUTPUTS[name]]
    return identifier


def _store(layers: Layers) -> Any:
    return client(layers.cloud, layers.stage.account, "secretsmanager")

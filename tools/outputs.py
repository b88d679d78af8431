"""The JSON of `make outputs`: all that a client, a test or a person needs to know of a stage."""

from __future__ import annotations

from typing import Any

from tools import live
from tools.layers import Layers


def collect(layers: Layers) -> dict[str, Any]:
    """The stage's outputs by the names of the contract. Raises ToolError when the stage is not deployed."""
    stage, storage = layers.read(layers.stage_unit()), layers.storage_outputs()
    return {
        "stage": layers.stage.name,
        "account_id": layers.stage.account.id,
        "region": layers.organisation.region,
        "endpoint_url": layers.cloud.endpoint_url,
        "api_url": stage["api_url"],
        "user_pool_id": storage.get("user_pool_id"),
        "user_pool_client_id": storage.get("user_pool_client_id"),
        "identity_pool_id": storage.get("identity_pool_id"),
        "uploads_bucket": storage.get("uploads_bucket_name"),
        "notes_table": storage.get("notes_table_name"),
        "purchases_table": stage.get("purchases_table_name"),
        "topic_arn": stage.get("topic_arn"),
        "services": {
            name: {
                "functions": outputs["functions"],
                "version": live.version(layers.cloud, layers.stage.account, outputs),
            }
            for name, outputs in layers.service_outputs().items()
        },
    }

"""Which version of each function the alias `live` points to. Terraform makes it, then leaves it alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.cloud import Cloud, client
from tools.stages import Account

ALIAS = "live"


def point_live(cloud: Cloud, account: Account, functions: Mapping[str, Mapping[str, Any]]) -> int:
    """Let `live` of each function send everything to the version just deployed; returns how many moved.

    `functions` is the output of the same name of a service: {name, version, …} by Chalice's name.
    """
    lambda_client = client(cloud, account, "lambda")
    moved = 0
    for function in functions.values():
        alias = lambda_client.get_alias(FunctionName=function["name"], Name=ALIAS)
        shared = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights")
        if alias["FunctionVersion"] == function["version"] and not shared:
            continue
        lambda_client.update_alias(
            FunctionName=function["name"],
            Name=ALIAS,
            FunctionVersion=function["version"],
            RoutingConfig={"AdditionalVersionWeights": {}},
            RevisionId=alias["RevisionId"],
        )
        moved += 1
    return moved

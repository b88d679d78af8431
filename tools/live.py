"""What callers of a service get: the version that `live` of each function points to, the API's deployment.

Terraform makes both for a new service and leaves them alone from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tools.cloud import Cloud, client
from tools.stages import Account

ALIAS = "live"

Outputs = Mapping[str, Any]  # a service's


@dataclass(frozen=True)
class Standing:
    """Versions by function, and deployments by API, written `<id>/<stage>`.

    `shares` has what part of the calls another version gets, by function and version; none but in a canary.
    """

    functions: Mapping[str, str] = field(default_factory=dict)
    apis: Mapping[str, str] = field(default_factory=dict)
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __sub__(self, other: Standing) -> Standing:
        """What of this one differs from `other`."""
        return Standing(
            {
                name: version
                for name, version in self.functions.items()
                if other.functions.get(name) != version
            },
            {api: made for api, made in self.apis.items() if other.apis.get(api) != made},
        )

    def __bool__(self) -> bool:
        return bool(self.functions or self.apis)


def api_of(service: Outputs) -> str:
    """The service's API, written `<id>/<stage>`."""
    return f"{service['rest_api_id']}/{service['rest_api_stage']}"


def present(cloud: Cloud, account: Account, service: Outputs) -> Standing:
    """What callers get now; without what somebody has removed."""
    functions, shares = {}, {}
    lambdas, gateway = client(cloud, account, "lambda"), client(cloud, account, "apigateway")
    for function in service["functions"].values():
        with suppress(lambdas.exceptions.ResourceNotFoundException):
            alias = _alias(cloud, account, function["name"])
            functions[function["name"]] = alias["FunctionVersion"]
            if weights := _weights(alias):
                shares[function["name"]] = weights
    apis = {}
    if service.get("rest_api_id"):
        with suppress(gateway.exceptions.NotFoundException):
            stage = gateway.get_stage(restApiId=service["rest_api_id"], stageName=service["rest_api_stage"])
            apis[api_of(service)] = stage["deploymentId"]
    return Standing(functions, apis, shares)


def version(cloud: Cloud, account: Account, service: Outputs) -> str | None:
    """The newest of the versions that callers get of the service's functions, which are published together.

    While a release is shared, that of most calls. None where `live` is not there yet.
    """
    exceptions = client(cloud, account, "lambda").exceptions
    found = []
    for function in service["functions"].values():
        with suppress(exceptions.ResourceNotFoundException):
            found.append(_alias(cloud, account, function["name"])["FunctionVersion"])
    return max(found, key=int, default=None)


def move(cloud: Cloud, account: Account, to: Standing) -> int:
    """Let callers get `to`, all of them; how many functions and APIs moved.

    Functions first: a new description of an API is for the code that answers it. Going back is `move_back`.
    """
    return _functions(cloud, account, to) + _apis(cloud, account, to)


def move_back(cloud: Cloud, account: Account, to: Standing) -> int:
    """The same in reverse order."""
    return _apis(cloud, account, to) + _functions(cloud, account, to)


def missing(cloud: Cloud, account: Account, standing: Standing) -> list[str]:
    """What of it is no longer there to go back to."""
    functions = client(cloud, account, "lambda")
    gone = []
    for name, version in standing.functions.items():
        try:
            functions.get_function_configuration(FunctionName=name, Qualifier=version)
        except functions.exceptions.ResourceNotFoundException:
            gone.append(f"version {version} of {name}")
    gateway = client(cloud, account, "apigateway")
    for api, deployment in standing.apis.items():
        try:
            there = {made["id"] for made in deployments(cloud, account, api.partition("/")[0])}
        except gateway.exceptions.NotFoundException:  # the API itself is gone
            there = set()
        if deployment not in there:
            gone.append(f"deployment {deployment} of API {api}")
    return gone


def _functions(cloud: Cloud, account: Account, to: Standing) -> int:
    moved = 0
    for name, version in to.functions.items():
        alias = _alias(cloud, account, name)
        if alias["FunctionVersion"] == version and not _weights(alias):
            continue
        client(cloud, account, "lambda").update_alias(
            FunctionName=name,
            Name=ALIAS,
            FunctionVersion=version,
            RoutingConfig={"AdditionalVersionWeights": {}},
            RevisionId=alias["RevisionId"],
        )
        moved += 1
    return moved


def _apis(cloud: Cloud, account: Account, to: Standing) -> int:
    gateway, moved = client(cloud, account, "apigateway"), 0
    for api, deployment in to.apis.items():
        where = dict(zip(("restApiId", "stageName"), api.split("/"), strict=True))
        if gateway.get_stage(**where)["deploymentId"] == deployment:
            continue
        operation = {"op": "replace", "path": "/deploymentId", "value": deployment}
        gateway.update_stage(**where, patchOperations=[operation])
        moved += 1
    return moved


def _alias(cloud: Cloud, account: Account, function: str) -> dict[str, Any]:
    found: dict[str, Any] = client(cloud, account, "lambda").get_alias(FunctionName=function, Name=ALIAS)
    return found


def _weights(alias: Mapping[str, Any]) -> dict[str, float]:
    return alias.get("RoutingConfig", {}).get("AdditionalVersionWeights") or {}


def deployments(cloud: Cloud, account: Account, api: str) -> list[dict[str, Any]]:
    """Every deployment of an API, as API Gateway describes it."""
    pages = client(cloud, account, "apigateway").get_paginator("get_deployments").paginate(restApiId=api)
    return [made for page in pages for made in page["items"]]

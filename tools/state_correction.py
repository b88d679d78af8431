"""Take out of a service's state what it claims and the cloud does not have, so that Terraform makes it so.

An update that is interrupted leaves the new digest of a package, or the new description of an API, in the
state although neither may have reached AWS. Terraform reads neither again, so that every later plan is empty:
https://github.com/hashicorp/terraform-plugin-sdk/issues/476
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from tools import state_bucket, terraform, versions
from tools.cloud import Cloud
from tools.terraform_unit import Unit


def correct(cloud: Cloud, unit: Unit, apis_too: bool) -> str:
    """Correct the state of a service; returns what was corrected, in words.

    A function is compared with its state. An API is described anew where `apis_too`: what Terraform sent last
    cannot be read before it is deployed. Raises ToolError with Terraform's own diagnosis.
    """
    state = state_bucket.read(cloud, unit.account, unit.key)
    if state is None:
        return ""
    corrected = copy.deepcopy(state)
    found = list(_corrections(cloud, unit, corrected, apis_too))
    if not found:
        return ""
    terraform.push(cloud, unit, {**corrected, "serial": corrected["serial"] + 1})
    return f"repaired {', '.join(found)}"


def unpublished(cloud: Cloud, unit: Unit) -> list[str]:
    """The functions of a service that do not run, or have not published, what its state claims."""
    state = state_bucket.read(cloud, unit.account, unit.key) or {"resources": []}
    return [
        str(attributes["function_name"])
        for kind, attributes in _managed(state)
        if kind == "aws_lambda_function" and not _is_published(cloud, unit, attributes)
    ]


def _corrections(cloud: Cloud, unit: Unit, state: dict[str, Any], apis_too: bool) -> Iterator[str]:
    """Blank in `state` what is not so; the name of each."""
    for kind, attributes in _managed(state):
        if kind == "aws_lambda_function" and not _is_published(cloud, unit, attributes):
            attributes["source_code_hash"] = ""
            yield str(attributes["function_name"])
        if kind == "aws_api_gateway_rest_api" and apis_too:
            attributes["body"] = ""
            yield f"API {attributes['name']}"


def _is_published(cloud: Cloud, unit: Unit, attributes: dict[str, Any]) -> bool:
    """Whether the code that the state claims is there, and published. True for a function that is gone."""
    name = attributes["function_name"]
    latest = versions.content(cloud, unit.account, name)
    if latest is None:
        return True  # Terraform sees that by itself
    return (
        latest.code == attributes["source_code_hash"]
        and versions.find(cloud, unit.account, name, latest) is not None
    )


def _managed(state: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for resource in state["resources"]:
        if resource["mode"] == "managed":
            for instance in resource["instances"]:
                yield resource["type"], instance["attributes"]

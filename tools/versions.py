"""Published versions of functions, found by what they run and not by their numbers.

A number in a Terraform state can be wrong: an apply that is interrupted between new code and its publication
saves the new digest beside the old number, and no later plan sees a difference.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from tools.cloud import Cloud, client
from tools.stages import Account

LATEST = "$LATEST"

# What a version freezes beside its code:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
# Not SnapStart, whose status differs between $LATEST and a version, nor the runtime's own patch version.
_CONFIGURATION = (
    *("Architectures", "DeadLetterConfig", "Environment", "EphemeralStorage", "FileSystemConfigs"),
    *("Handler", "ImageConfigResponse", "KMSKeyArn", "Layers", "LoggingConfig", "MemorySize"),
    *("PackageType", "Role", "Runtime", "Timeout", "TracingConfig", "VpcConfig"),
)


@dataclass(frozen=True)
class Content:
    """What a version runs: `code` is Lambda's CodeSha256 (base64), `configuration` a digest of the rest."""

    code: str
    configuration: str


def content(cloud: Cloud, account: Account, function: str, version: str = LATEST) -> Content | None:
    """What a version of a function runs; None if that version does not exist.

    An update of $LATEST that is still in progress is waited for:
    https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
    """
    functions = client(cloud, account, "lambda")
    try:
        found = functions.get_function_configuration(FunctionName=function, Qualifier=version)
        if version == LATEST and found.get("LastUpdateStatus") == "InProgress":
            functions.get_waiter("function_updated").wait(FunctionName=function)
            found = functions.get_function_configuration(FunctionName=function, Qualifier=version)
    except functions.exceptions.ResourceNotFoundException:
        return None
    return _content(found)


def find(cloud: Cloud, account: Account, function: str, wanted: Content) -> str | None:
    """The newest published version that runs exactly `wanted`; None where it was not published."""
    pages = client(cloud, account, "lambda").get_paginator("list_versions_by_function")
    listed = [
        version["Version"]
        for page in pages.paginate(FunctionName=function)
        for version in page["Versions"]
        if version["Version"] != LATEST and version["CodeSha256"] == wanted.code
    ]
    newest_first = sorted(listed, key=int, reverse=True)
    return next(
        (version for version in newest_first if content(cloud, account, function, version) == wanted), None
    )


def _content(found: dict[str, Any]) -> Content:
    kept = {name: _without_empty(found.get(name)) for name in _CONFIGURATION}
    canonical = json.dumps({name: value for name, value in kept.items() if value}, sort_keys=True)
    return Content(found["CodeSha256"], hashlib.sha256(canonical.encode()).hexdigest())


def _without_empty(value: Any) -> Any:
    """Lambda answers with empty members or without them, for example in VpcConfig."""
    if not isinstance(value, dict):
        return value
    kept = {name: _without_empty(item) for name, item in value.items()}
    return {name: item for name, item in kept.items() if item not in (None, "", [], {})}

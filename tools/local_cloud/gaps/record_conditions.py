"""IAM conditions on the records that a ChangeResourceRecordSets call changes.

MiniStack knows none of the three keys, so that a policy for NS records would allow every record.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
"""

from collections.abc import Callable
from typing import Any

from defusedxml import ElementTree

from tools.local_cloud.patching import module, patch, require

_ACTION = "route53:ChangeResourceRecordSets"
_NAMESPACE = "{https://route53.amazonaws.com/doc/2013-04-01/}"


def install() -> None:
    """Tell MiniStack's evaluator the keys."""
    evaluator = module("core.iam_evaluator")
    require(evaluator, "_signed_request")

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def enforce(
            access_key_id: str,
            iam_action: str,
            service: str,
            region: str,
            resource_arn: str = "*",
            service_context: dict[str, Any] | None = None,
        ) -> Any:
            request = evaluator._signed_request.get()
            if iam_action == _ACTION and request is not None:
                service_context = (service_context or {}) | keys(request.body)
            return original(access_key_id, iam_action, service, region, resource_arn, service_context)

        return enforce

    patch(
        evaluator,
        "enforce",
        "access_key_id iam_action service region resource_arn service_context",
        make,
    )


def keys(body: bytes) -> dict[str, list[str]]:
    """The condition keys of a request: names in lower case without the final dot, types, actions."""
    changes = ElementTree.fromstring(body).findall(f".//{_NAMESPACE}Change")

    def values(path: str) -> list[str]:
        found = (
            change.findtext("/".join(_NAMESPACE + part for part in path.split("/"))) for change in changes
        )
        return [value for value in found if value]

    prefix = "route53:ChangeResourceRecordSets"
    return {
        f"{prefix}NormalizedRecordNames": [
            name.lower().rstrip(".") for name in values("ResourceRecordSet/Name")
        ],
        f"{prefix}RecordTypes": values("ResourceRecordSet/Type"),
        f"{prefix}Actions": values("Action"),
    }

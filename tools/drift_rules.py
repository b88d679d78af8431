"""Which differences between a state and the cloud are drift: what neither a deploy nor the cloud makes.

Terraform's refresh names every attribute that reads otherwise than after the last apply; most are no drift.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tools import plan_details
from tools.plan_details import Detail

# What changes in use, and which part of a resource is what another resource of the state is about, which is
# looked at itself.
EXPECTED: Mapping[str, Collection[str]] = {
    "aws_api_gateway_stage": ("deployment_id",),  # the release layer's, as `live` is
    "aws_cognito_user_pool": ("estimated_number_of_users", "last_modified_date"),
    "aws_iam_role": ("inline_policy", "managed_policy_arns"),  # see `strangers`
    "aws_lambda_alias": ("function_version", "routing_config"),  # the release layer's
    "aws_lambda_event_source_mapping": (
        *("last_modified", "last_processing_result"),
        *("state", "state_transition_reason"),  # of `enabled`, which is looked at
    ),
    "aws_lambda_function": ("last_modified",),
    "aws_s3_bucket": (
        *("cors_rule", "grant", "lifecycle_rule", "logging", "policy", "replication_configuration"),
        *("server_side_encryption_configuration", "versioning", "website"),
    ),
    "aws_sns_topic": ("policy",),
    "aws_sns_topic_subscription": ("confirmation_was_authenticated", "pending_confirmation"),
    "aws_sqs_queue": ("policy",),
}


def differences(detail: Detail) -> list[str]:
    """How a resource that is still there differs, in words; nothing where that was to be expected."""
    before, after = _told(detail, detail.before), _told(detail, detail.after)
    kept = {name for name in before.keys() | after.keys() if not _same(before.get(name), after.get(name))}
    shown = Detail(
        detail.address,
        detail.kind,
        {name: before.get(name) for name in kept},
        {name: after.get(name) for name in kept},
        hidden=detail.hidden,
    )
    return [str(found) for found in plan_details.differences(shown)]


def strangers(detail: Detail, known: Collection[tuple[str, str]]) -> list[str]:
    """The inline policies of a role that are in no state. `known`: role and policy of those that are.

    A stage's services write policies of their own into roles that are in its storage's state.
    """
    if detail.kind != "aws_iam_role" or not detail.after:
        return []
    there = {policy["name"] for policy in detail.after.get("inline_policy") or [] if policy.get("name")}
    foreign = {name for name in there if (detail.after["name"], name) not in known}
    return [f"inline policy {name}, which no deploy made" for name in sorted(foreign)]


def inline_policies(state: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Role and name of the inline policies in a state."""
    return {
        (instance["attributes"]["role"], instance["attributes"]["name"])
        for resource in state.get("resources", [])
        if resource.get("type") == "aws_iam_role_policy"
        for instance in resource["instances"]
    }


def _told(detail: Detail, values: Mapping[str, Any] | None) -> dict[str, Any]:
    """The attributes that count; tags are all those that it has, wherever they come from."""
    told = dict(values or {})
    if "tags_all" in told:
        told["tags"] = told.pop("tags_all")
    return {name: value for name, value in told.items() if name not in EXPECTED.get(detail.kind, ())}


def _same(before: Any, after: Any) -> bool:
    """Whether two values mean the same: what was never set reads as empty or off later, at any depth."""
    if not before and not after:
        return True
    if isinstance(before, dict) and isinstance(after, dict):
        return all(_same(before.get(name), after.get(name)) for name in before.keys() | after.keys())
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return all(map(_same, before, after))
    return bool(before == after)

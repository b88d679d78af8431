"""What holds data and how it can be lost. The guard asks this table, and nothing else decides.

Sources: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-updating.html (what a
user pool never changes), https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html (what expires is deleted).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

_MOVE = "add a new one beside it, move the data, and remove the old one in a later deploy"
_FLAGS = "note for whom each is on (make flags) and set them again after it"
_LOGS = "keep its name, or copy what must be kept out of it first"

# What holds data: its name in words, and the backward-compatible way to the same end.
HOLDS_DATA: Mapping[str, tuple[str, str]] = {
    "aws_appconfig_application": ("feature flags", _FLAGS),
    "aws_appconfig_configuration_profile": ("feature flags", _FLAGS),
    "aws_appconfig_environment": ("feature flags in use", _FLAGS),
    "aws_cloudwatch_log_group": ("log group", _LOGS),
    "aws_cognito_identity_pool": ("identity pool", f"users would own nothing under their new ids; {_MOVE}"),
    "aws_cognito_user_pool": ("user pool", f"users cannot be copied with their passwords; {_MOVE}"),
    "aws_cognito_user_pool_client": (
        "user pool client",
        "apps carry its id, and their users would be signed out; add a second client, publish the apps "
        "with it, and remove the old one in a later deploy",
    ),
    "aws_dynamodb_table": ("table", f"new ways to look up need no new key: add an index, or {_MOVE}"),
    "aws_kms_key": ("key", f"what it encrypted could not be read again; {_MOVE}"),
    "aws_route53_zone": ("hosted zone", f"its name servers would change and its names be gone; {_MOVE}"),
    "aws_s3_bucket": ("bucket", _MOVE),
    "aws_secretsmanager_secret": ("secret", f"its value would be gone; {_MOVE}"),
    "aws_sns_topic": ("topic", f"its subscriptions would be gone; {_MOVE}"),
    "aws_sqs_queue": (
        "queue",
        f"its messages would be gone; have them processed first (dead letters: make redrive), or {_MOVE}",
    ),
}

# What may be destroyed once it is empty, since things only pass through it, and the attribute that names it.
MAY_GO_EMPTY: Mapping[str, str] = {"aws_sqs_queue": "url"}

# Logs expire by design, and every renamed function would stop every pull request's stage. Only where a stage
# is protected are they the evidence that its retention setting promises.
ONLY_WHERE_PROTECTED = frozenset({"aws_cloudwatch_log_group"})

# What can be made anew from the checkout and the packages. A kind in neither list counts as holding data.
HOLDS_NOTHING = (
    "aws_acm_", "aws_api_gateway_", "aws_appconfig_deployment_strategy", "aws_chatbot_",
    "aws_cloudwatch_event_", "aws_cloudwatch_metric_alarm",
    "aws_cognito_identity_pool_roles_attachment", "aws_iam_", "aws_kms_alias", "aws_lambda_",
    "aws_route53_record", "aws_s3_bucket_", "aws_sfn_", "aws_sns_topic_policy", "aws_sns_topic_subscription",
    "aws_sqs_queue_policy", "terraform_data",
)  # fmt: skip

Happens = Literal["off", "on", "lowered", "sooner", "altered", "taken out", "expires"]


@dataclass(frozen=True)
class Loss:
    """A change in place of `attribute` that loses data, or what saves it, as surely as a replacement.

    `happens`: turned off or on, lowered, lowered where nothing means for ever, set to something else, an
    element taken out or altered, an expiry of stored objects that was not there or comes sooner.
    """

    kind: str
    attribute: str
    happens: Happens
    lost: str
    instead: str


_ON = "leave it on"
_KEEP = "leave it as it is"
_COPY = "copy what must be kept first, then let it through"
LOSSES = (
    Loss("aws_cloudwatch_log_group", "retention_in_days", "sooner", "older logs would be deleted", _COPY),
    Loss("aws_cognito_user_pool", "deletion_protection", "off", "nothing would keep the users", _ON),
    Loss("aws_cognito_user_pool", "schema", "taken out", "AWS never changes or removes an attribute and "
         "refuses halfway", "leave it as it is, and add another attribute"),
    Loss("aws_dynamodb_table", "deletion_protection_enabled", "off", "nothing would keep the table", _ON),
    Loss("aws_dynamodb_table", "point_in_time_recovery.enabled", "off", "restore points would be gone", _ON),
    Loss("aws_dynamodb_table", "point_in_time_recovery.recovery_period_in_days", "lowered",
         "older restore points would be gone", _KEEP),
    Loss("aws_dynamodb_table", "ttl.enabled", "on", "stored items would be deleted at their time",
         "write what expires to a table of its own"),
    Loss("aws_dynamodb_table", "ttl.attribute_name", "altered", "stored items would be deleted by it",
         "write what expires to a table of its own"),
    Loss("aws_kms_key", "deletion_window_in_days", "lowered", "a deletion is final sooner", _KEEP),
    Loss("aws_kms_key", "is_enabled", "off", "what it encrypted could not be read", _ON),
    Loss("aws_s3_bucket", "force_destroy", "on", "a destroy would take its objects along", "leave it off"),
    Loss("aws_s3_bucket_lifecycle_configuration", "rule", "expires",
         "stored objects would be deleted", _COPY),
    Loss("aws_s3_bucket_versioning", "versioning_configuration.status", "off",
         "what is overwritten or deleted from then on would be gone", _ON),
    Loss("aws_secretsmanager_secret", "recovery_window_in_days", "lowered",
         "a deletion is final sooner", _KEEP),
    Loss("aws_sqs_queue", "message_retention_seconds", "lowered", "older messages would be deleted", _COPY),
)  # fmt: skip

# What has its data in another resource, and the attribute with that one's name or id: where that one is made
# or destroyed in the same plan, only that one is spoken of.
HOLDERS: Mapping[str, tuple[str, str]] = {
    "aws_appconfig_configuration_profile": ("aws_appconfig_application", "application_id"),
    "aws_appconfig_environment": ("aws_appconfig_application", "application_id"),
    "aws_cognito_user_pool_client": ("aws_cognito_user_pool", "user_pool_id"),
    "aws_s3_bucket_lifecycle_configuration": ("aws_s3_bucket", "bucket"),
    "aws_s3_bucket_versioning": ("aws_s3_bucket", "bucket"),
}


def holds_data(kind: str, protected: bool) -> tuple[str, str] | None:
    """What a resource of this kind is and what to do instead of losing it; None if it holds no data."""
    if kind in HOLDS_DATA:
        return None if kind in ONLY_WHERE_PROTECTED and not protected else HOLDS_DATA[kind]
    if kind.startswith(HOLDS_NOTHING):
        return None
    return kind, "say in tools/data_rules.py whether this kind holds data"

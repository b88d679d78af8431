"""Which events were announced: one item per event in DynamoDB, with a lease while somebody works on it."""

import contextlib
import os
import time
from enum import Enum
from typing import Any

from shared import aws

LEASE_SECONDS = (
    30  # longer than the function may run, shorter than Lambda waits before it tries again (a minute)
)
KEPT_SECONDS = 90 * 24 * 3600  # far longer than a dead letter waits to be brought back (at most 14 days)


class Claim(Enum):
    """What came of a claim: it is ours, the SMS was sent already, or somebody else holds the lease."""

    OURS = "ours"
    SENT = "sent"
    HELD = "held"


def claim(event_id: str) -> Claim:
    """Take the lease on an event, in one conditional write."""
    dynamodb = _dynamodb()
    now = int(time.time())
    try:
        dynamodb.put_item(
            TableName=_table(),
            Item={
                "event_id": {"S": event_id},
                "lease_until": {"N": str(now + LEASE_SECONDS)},
                "expires_at": {"N": str(now + KEPT_SECONDS)},
            },
            ConditionExpression="attribute_not_exists(event_id)"
            " OR (attribute_not_exists(sent_at) AND lease_until < :now)",
            ExpressionAttributeValues={":now": {"N": str(now)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        return Claim.SENT if "sent_at" in error.response.get("Item", {}) else Claim.HELD
    return Claim.OURS


def mark_sent(event_id: str) -> None:
    """Record that the SMS is out."""
    _dynamodb().update_item(
        TableName=_table(),
        Key={"event_id": {"S": event_id}},
        UpdateExpression="SET sent_at = :now",
        ExpressionAttributeValues={":now": {"N": str(int(time.time()))}},
    )


def check() -> None:
    """See that records could be written: by a change of one that is never there."""
    dynamodb = _dynamodb()
    with contextlib.suppress(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.update_item(
            TableName=_table(),
            Key={"event_id": {"S": "smoke"}},
            UpdateExpression="SET sent_at = sent_at",
            ConditionExpression="attribute_exists(event_id)",
        )


def _dynamodb() -> Any:
    return aws.client("dynamodb")


def _table() -> str:
    return os.environ["NOTIFICATIONS_TABLE"]

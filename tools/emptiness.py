"""Whether what holds data holds any: what is empty can lose nothing."""

from __future__ import annotations

from botocore.exceptions import ClientError

from tools.cloud import Cloud, client
from tools.stages import Account


def is_empty(cloud: Cloud, account: Account, kind: str, name: str) -> bool:
    """Whether a bucket has no object and no older version of one, or a queue (by its URL) no message.

    False for other kinds, or if denied.
    """
    try:
        match kind:
            case "aws_s3_bucket":
                found = client(cloud, account, "s3").list_object_versions(Bucket=name, MaxKeys=1)
                return not found.get("Versions") and not found.get("DeleteMarkers")
            case "aws_sqs_queue":
                return messages(cloud, account, name) == 0
            case _:
                return False
    except ClientError:
        return False


def messages(cloud: Cloud, account: Account, queue_url: str) -> int:
    """How many messages a queue has: visible, in flight and delayed."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    sqs = client(cloud, account, "sqs")
    found = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)

"""Whether what holds data holds any yet: what is empty can lose nothing."""

from __future__ import annotations

from botocore.exceptions import ClientError

from tools.cloud import Cloud, client
from tools.stages import Account


def is_empty(cloud: Cloud, account: Account, kind: str, name: str) -> bool:
    """Whether a bucket has no object and no older version of one; False for other kinds, or if denied."""
    if kind != "aws_s3_bucket":
        return False
    try:
        found = client(cloud, account, "s3").list_object_versions(Bucket=name, MaxKeys=1)
    except ClientError:
        return False
    return not found.get("Versions") and not found.get("DeleteMarkers")

"""Which units a deploy began to change and did not finish, noted where every machine sees it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from botocore.exceptions import ClientError

from tools import state_bucket
from tools.cloud import Cloud, client
from tools.terraform import Unit


def is_noted(cloud: Cloud, unit: Unit) -> bool:
    """Whether the last change of the unit was not finished."""
    try:
        client(cloud, unit.account, "s3").head_object(**_where(cloud, unit))
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True


@contextlib.contextmanager
def noted(cloud: Cloud, unit: Unit) -> Iterator[None]:
    """Note it until the block has ended well."""
    s3 = client(cloud, unit.account, "s3")
    s3.put_object(**_where(cloud, unit), Body=b"")
    yield
    s3.delete_object(**_where(cloud, unit))


def _where(cloud: Cloud, unit: Unit) -> dict[str, str]:
    name = unit.key.removesuffix(".tfstate")
    return {"Bucket": state_bucket.name(cloud, unit.account), "Key": f"locks/unfinished/{name}"}

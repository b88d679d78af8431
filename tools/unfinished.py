"""Which units a deploy began to change and did not finish, noted where every machine sees it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from botocore.exceptions import ClientError

from tools import state_bucket
from tools.cloud import Cloud, client
from tools.names import STATE_SUFFIX, Folder
from tools.stages import Account


def is_noted(cloud: Cloud, account: Account, key: str) -> bool:
    """Whether the last change of what the state under `key` is of was not finished."""
    try:
        client(cloud, account, "s3").head_object(**_where(cloud, account, key))
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True


@contextlib.contextmanager
def noted(cloud: Cloud, account: Account, key: str) -> Iterator[None]:
    """Note it until the block has ended well."""
    s3 = client(cloud, account, "s3")
    s3.put_object(**_where(cloud, account, key), Body=b"")
    yield
    s3.delete_object(**_where(cloud, account, key))


def _where(cloud: Cloud, account: Account, key: str) -> dict[str, str]:
    name = key.removesuffix(STATE_SUFFIX)
    return {"Bucket": state_bucket.name(cloud, account), "Key": Folder.UNFINISHED.key(name)}

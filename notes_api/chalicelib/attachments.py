"""Attachments in S3, under private/<identity id>/, uploaded and downloaded by presigned requests."""

import os
import re
import unicodedata
import uuid
from typing import Any
from urllib.parse import quote

from shared import aws
from shared.problems import BadRequest

EXPIRES_IN = 300  # seconds that a presigned request stays good

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_KEY_BYTES = 1024  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html


def upload(user_id: str, filename: str, content_type: str, size: int) -> dict[str, Any]:
    """A presigned POST for one file: S3 takes exactly `size` bytes of this type, under this key.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
    """
    key = f"{_prefix(user_id)}{uuid.uuid4()}/{_safe(filename)}"
    signed = _s3().generate_presigned_post(
        _bucket(),
        key,
        Fields={"Content-Type": content_type},
        Conditions=[{"Content-Type": content_type}, ["content-length-range", size, size]],
        ExpiresIn=EXPIRES_IN,
    )
    return {"key": key, "url": signed["url"], "fields": signed["fields"], "expires_in": EXPIRES_IN}


def download(key: str) -> dict[str, Any]:
    """A presigned GET that makes a browser save the file, not show it, whatever type it claims to be."""
    name = quote(key.rpartition("/")[2], safe="")
    url = _s3().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": _bucket(),
            "Key": key,
            "ResponseContentDisposition": f"attachment; filename*=UTF-8''{name}",
        },
        ExpiresIn=EXPIRES_IN,
    )
    return {"url": url, "expires_in": EXPIRES_IN}


def require_own(user_id: str, key: str) -> None:
    """Problem 400 unless `key` is a key under the user's prefix at which something has been uploaded."""
    prefix = _prefix(user_id)
    segments = key.removeprefix(prefix).split("/")
    if not key.startswith(prefix) or any(segment in ("", ".", "..") for segment in segments):
        raise _fault(f"must be a key under {prefix}")
    if len(key.encode()) > _KEY_BYTES or _CONTROL.search(key):
        raise _fault("is not a key that S3 accepts")
    if not exists(key):
        raise _fault("names nothing that has been uploaded")


def exists(key: str) -> bool:
    """Whether there is an object at `key`. Needs s3:ListBucket: S3 answers 403 for a missing key without it.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    s3 = _s3()
    try:
        s3.head_object(Bucket=_bucket(), Key=key)
    except s3.exceptions.ClientError as error:
        if aws.error_code(error) != "404":
            raise
        return False
    return True


def remove(key: str) -> None:
    """Delete the object; that it is gone already is no error."""
    _s3().delete_object(Bucket=_bucket(), Key=key)


def _fault(detail: str) -> BadRequest:
    return BadRequest("The attachment cannot be used.", errors=[{"pointer": "/attachment", "detail": detail}])


def _prefix(user_id: str) -> str:
    return f"private/{user_id}/"


def _safe(filename: str) -> str:
    """`filename` in characters that need no escaping; at most its last 100, to keep the extension."""
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "_", plain)[-100:].lstrip(".") or "file"


def _s3() -> Any:
    return aws.client("s3")


def _bucket() -> str:
    return os.environ["UPLOADS_BUCKET"]

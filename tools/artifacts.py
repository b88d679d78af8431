"""Zips of services in an account's artifact bucket, each under its own digest, and a cache of them here."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from botocore.exceptions import ClientError

from tools.cloud import client
from tools.errors import ToolError
from tools.layers import Layers
from tools.manifests import package_key
from tools.paths import BUILD


def upload(layers: Layers, service: str, sha256: str, archive: Path) -> None:
    """Bring a zip into the bucket of the stage's account unless it is there."""
    bucket, key = bucket_name(layers), package_key(service, sha256)
    s3 = client(layers.cloud, layers.stage.account, "s3")
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        s3.upload_file(str(archive), bucket, key)


def fetched(layers: Layers, service: str, sha256: str) -> Path:
    """The zip on this machine, from the bucket of the stage's account if need be.

    Raises ToolError where what lies there is not what its name says.
    """
    path = BUILD / "released" / f"{sha256}.zip"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    bucket, temporary = bucket_name(layers), path.with_suffix(f".{os.getpid()}.new")
    s3 = client(layers.cloud, layers.stage.account, "s3")
    s3.download_file(bucket, package_key(service, sha256), str(temporary))
    if hashlib.sha256(temporary.read_bytes()).hexdigest() != sha256:
        temporary.unlink()
        raise ToolError(
            f"The package {package_key(service, sha256)} in the bucket {bucket} is not what was released.",
            "Somebody changed it: do not use it, and find out who did.",
        )
    temporary.replace(path)
    return path


def bucket_name(layers: Layers) -> str:
    """The artifact bucket of the stage's account."""
    name: str = layers.account_outputs()["artifact_bucket_name"]
    return name

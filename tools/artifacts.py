"""Zips of services in an account's artifact bucket, each under its own digest, and a cache of them here."""

from __future__ import annotations

import hashlib
from pathlib import Path

from botocore.exceptions import ClientError

from tools import whole_files
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
    bucket, key = bucket_name(layers), package_key(service, sha256)
    with whole_files.replacing(path) as new:
        client(layers.cloud, layers.stage.account, "s3").download_file(bucket, key, str(new))
        if hashlib.sha256(new.read_bytes()).hexdigest() != sha256:
            raise ToolError(
                f"The package {key} in the bucket {bucket} is not what was released.",
                "Somebody changed it: do not use it, and find out who did.",
            )
    return path


def bucket_name(layers: Layers) -> str:
    """The artifact bucket of the stage's account."""
    name: str = layers.account_outputs()["artifact_bucket_name"]
    return name

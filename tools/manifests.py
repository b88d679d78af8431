"""Releases: what was built once and is deployed as it is, stage after stage.

A release is an object `releases/<id>.json` in the artifact bucket of each account that it came to. It is
written once, by a write that succeeds only where there is none, and never changed:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
The zips that it names lie beside it under their own digests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tools.cloud import Cloud, client
from tools.errors import ToolError, UsageError
from tools.stages import Account

ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{7}")


@dataclass(frozen=True)
class Service:
    """What a release has of a service.

    `package` is the zip's SHA-256 in hex, `api` that of its API description, without what stages add to it
    (empty without an API). It reads data written in the formats `reads` and writes `writes`: see
    tools/data_formats.py.
    """

    package: str
    api: str
    reads: tuple[int, ...] = (1,)
    writes: int = 1


@dataclass(frozen=True)
class Release:
    """An immutable release. `stage` is where it was made, `source` the digest of the checkout that made it.

    `commit` is empty where git did not know one; `dirty`: the files differed from it. `partial` names the
    services that came from another checkout, so that the release as a whole is of no source at all.
    """

    id: str
    stage: str
    source: str
    commit: str
    dirty: bool
    made_at: str
    made_by: str
    services: Mapping[str, Service]
    partial: tuple[str, ...] = field(default=())

    @property
    def origin(self) -> str:
        """The commit, or what there is instead of one, for people."""
        if not self.commit:
            return f"sources {self.source[:7]} without a commit"
        return f"commit {self.commit[:7]}{' and changes that no commit has' if self.dirty else ''}"

    def same_content(self, other: Release) -> bool:
        """Whether both were made of the same sources and have the same services."""
        return (self.source, self.services, self.partial) == (other.source, other.services, other.partial)


def package_key(service: str, sha256: str) -> str:
    """The key of a zip in an artifact bucket."""
    return f"packages/{service}/{sha256}.zip"


def check_id(given: str, variable: str) -> str:
    """`given` if it can be a release's id. Raises UsageError otherwise."""
    if not ID.fullmatch(given):
        raise UsageError(
            f"{variable}={given} is no release.",
            "They look like 20260131-094500-1a2b3c4; make releases lists them.",
        )
    return given


def claim(cloud: Cloud, account: Account, bucket: str, release: Release) -> bool:
    """Write it into an account's artifact bucket unless there is one of that id; whether it was written.

    S3 decides between two who do so at once:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    """
    body = json.dumps(asdict(release), indent=1, sort_keys=True).encode()
    try:
        client(cloud, account, "s3").put_object(
            Bucket=bucket, Key=_key(release.id), Body=body, ContentType="application/json", IfNoneMatch="*"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("PreconditionFailed", "ConditionalRequestConflict"):
            raise
        return False
    return True


def write(cloud: Cloud, account: Account, bucket: str, release: Release) -> None:
    """Write it unless it is there. Raises ToolError where another one is."""
    if not claim(cloud, account, bucket, release) and read(cloud, account, bucket, release.id) != release:
        raise ToolError(
            f"The bucket {bucket} has another release {release.id} already.",
            "Deploy again for a new one.",
        )


def read(cloud: Cloud, account: Account, bucket: str, release: str) -> Release | None:
    """The release of that id, or None. Raises ToolError for an object that is no release."""
    try:
        found = client(cloud, account, "s3").get_object(Bucket=bucket, Key=_key(release))["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise
    try:
        return parsed(json.loads(found))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ToolError(
            f"The object {_key(release)} in the bucket {bucket} is no release: {error}",
            "The bucket keeps its older versions: restore the first one.",
        ) from error


def parsed(document: dict[str, Any]) -> Release:
    """A release read back from JSON."""
    services = {
        name: Service(**{**entry, "reads": tuple(entry["reads"])})
        for name, entry in document["services"].items()
    }
    return Release(**{**document, "services": services, "partial": tuple(document["partial"])})


def _key(release: str) -> str:
    return f"releases/{release}.json"

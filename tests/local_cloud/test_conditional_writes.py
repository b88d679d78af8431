"""S3's conditional writes, on which the locks of stages and Terraform's own rest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from tests.local_cloud.conftest import Cloud

REFUSED = "PreconditionFailed|ConditionalRequestConflict"


def test_one_of_many_creates_an_object(cloud: Cloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="conditional-creates")

    def create(number: int) -> bool:
        try:
            s3.put_object(
                Bucket="conditional-creates", Key="lock", Body=str(number).encode(), IfNoneMatch="*"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in REFUSED.split("|"):
                raise
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        created = [number for number, made in enumerate(pool.map(create, range(24))) if made]
    body = s3.get_object(Bucket="conditional-creates", Key="lock")["Body"].read()
    assert [body.decode()] == [str(number) for number in created]


def test_only_the_object_that_was_read_is_replaced_or_deleted(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), "conditional-replacements"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="lock", Body=b"first")["ETag"]
    second = s3.put_object(Bucket=bucket, Key="lock", Body=b"second", IfMatch=first)["ETag"]
    with pytest.raises(ClientError, match=REFUSED):
        s3.put_object(Bucket=bucket, Key="lock", Body=b"third", IfMatch=first)
    with pytest.raises(ClientError, match=REFUSED):
        s3.delete_object(Bucket=bucket, Key="lock", IfMatch=first)
    assert s3.get_object(Bucket=bucket, Key="lock")["Body"].read() == b"second"
    s3.delete_object(Bucket=bucket, Key="lock", IfMatch=second)
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.put_object(Bucket=bucket, Key="lock", Body=b"fourth", IfMatch=second)
    s3.put_object(Bucket=bucket, Key="lock", Body=b"fifth", IfNoneMatch="*")


def test_ages_can_be_told_by_the_clouds_own_clock(cloud: Cloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="clock")
    s3.put_object(Bucket="clock", Key="lock", Body=b"")
    assert s3.get_object(Bucket="clock", Key="lock")["ResponseMetadata"]["HTTPHeaders"]["date"]

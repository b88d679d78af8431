"""What holds nothing yet can lose nothing."""

from __future__ import annotations

from tools import emptiness
from tools.cloud import AwsCloud, client
from tools.stages import Account


def test_a_bucket_is_empty_until_something_was_in_it(aws: AwsCloud, account: Account) -> None:
    def empty() -> bool:
        return emptiness.is_empty(aws, account, "aws_s3_bucket", "uploads")

    s3 = client(aws, account, "s3")
    s3.create_bucket(Bucket="uploads")
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    assert empty()
    s3.put_object(Bucket="uploads", Key="picture", Body=b"x")
    assert not empty()
    s3.delete_object(Bucket="uploads", Key="picture")
    assert not empty(), "its older version is still there"


def test_what_cannot_be_looked_into_is_taken_for_full(aws: AwsCloud, account: Account) -> None:
    assert not emptiness.is_empty(aws, account, "aws_s3_bucket", "nobodys")
    assert not emptiness.is_empty(aws, account, "aws_cognito_user_pool", "users")

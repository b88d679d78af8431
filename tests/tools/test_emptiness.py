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


def test_a_queue_is_empty_when_no_message_is_visible_in_flight_or_delayed(
    aws: AwsCloud, account: Account
) -> None:
    sqs = client(aws, account, "sqs")

    def queue(name: str) -> str:
        url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
        return url

    def empty(url: str) -> bool:
        return emptiness.is_empty(aws, account, "aws_sqs_queue", url)

    visible, in_flight, delayed = queue("visible"), queue("in-flight"), queue("delayed")
    assert empty(visible)
    sqs.send_message(QueueUrl=visible, MessageBody="m")
    sqs.send_message(QueueUrl=in_flight, MessageBody="m")
    sqs.receive_message(QueueUrl=in_flight, VisibilityTimeout=600)
    sqs.send_message(QueueUrl=delayed, MessageBody="m", DelaySeconds=600)
    assert [empty(url) for url in (visible, in_flight, delayed)] == [False, False, False]
    assert not empty(visible.replace("visible", "nobodys")), "what cannot be looked into is taken for full"

"""Take the messages of a queue one after the other, and put back those that stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

AT_ONCE = 10  # the most that SQS gives in one request
WAIT_SECONDS = 1  # with any wait SQS asks all its servers, so that no message is missed
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
_NO_LONGER_HELD = ("InvalidParameterValue", "MessageNotInflight", "ReceiptHandleIsInvalid")


@dataclass(frozen=True)
class Taken:
    """The messages of a queue, hidden from others for `seconds` from when each was taken."""

    sqs: Any
    url: str
    seconds: int
    at_once: int
    _receipts: dict[str, str] = field(default_factory=dict)  # by id, of what is to be put back

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """Each message once, however often it shows again in a run that is longer than `seconds`."""
        seen, repeated = set[str](), 0
        while repeated <= len(seen) and (messages := self._receive()):
            self._receipts.update({one["MessageId"]: one["ReceiptHandle"] for one in messages})
            new = [one for one in messages if one["MessageId"] not in seen]
            repeated = 0 if new else repeated + len(messages)
            for message in new:
                seen.add(message["MessageId"])
                yield message

    def _receive(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=self.at_once,
            VisibilityTimeout=self.seconds,
            WaitTimeSeconds=WAIT_SECONDS,
            AttributeNames=["SentTimestamp"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        return found

    @contextmanager
    def in_work(self, message: Mapping[str, Any]) -> Iterator[None]:
        """Not put back by whatever ends the run meanwhile: it shows when its time is over."""
        receipt = self._receipts.pop(message["MessageId"])
        yield
        self._receipts[message["MessageId"]] = receipt

    def delete(self, message: Mapping[str, Any]) -> None:
        """Remove a message from the queue for good."""
        id_ = message["MessageId"]
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=self._receipts[id_])
        del self._receipts[id_]

    def put_back(self) -> None:
        """Let all that were not deleted show at once."""
        for receipt in self._receipts.values():
            try:
                self.sqs.change_message_visibility(
                    QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=0
                )
            except ClientError as error:
                # After a long run it shows already, or somebody else has taken or deleted it.
                if error.response["Error"]["Code"].rsplit(".", 1)[-1] not in _NO_LONGER_HELD:
                    raise


@contextmanager
def taken(sqs: Any, url: str, seconds: int, at_once: int = AT_ONCE) -> Iterator[Taken]:
    """The messages of a queue, taken `at_once` at a time; what was not deleted is put back at the end."""
    found = Taken(sqs, url, seconds, at_once)
    try:
        yield found
    finally:
        found.put_back()

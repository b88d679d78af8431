"""Bring what ended in the dead-letter queue back to the function that could not process it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from tools.cloud import client
from tools.layers import Layers


def redrive(layers: Layers) -> tuple[int, int]:
    """Hand every message of the stage's dead-letter queue to notify_job once more.

    A message leaves the queue only when the function has taken it. Returns how many were processed and
    how many failed again and stay, ready to be taken at once.
    """
    stage = layers.read(layers.stage_unit())
    function = layers.service_outputs()["notify_job"]["functions"]["notify"]
    queue_url = stage["notify_dead_letter_queue_url"]
    sqs = client(layers.cloud, layers.stage.account, "sqs")
    lambda_client = client(
        layers.cloud, layers.stage.account, "lambda", read_timeout=120, retries={"max_attempts": 0}
    )
    processed, failed = 0, list[str]()
    while messages := sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=150, WaitTimeSeconds=1
    ).get("Messages"):
        for message in messages:
            answer = lambda_client.invoke(
                FunctionName=function["alias_arn"],
                InvocationType="RequestResponse",
                Payload=json.dumps(event_of(json.loads(message["Body"]), stage["topic_arn"])).encode(),
            )
            if answer.get("FunctionError"):
                failed.append(message["ReceiptHandle"])
                continue
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            processed += 1
    # Hidden until now, lest they come round again in this very loop.
    for receipt in failed:
        with suppress(sqs.exceptions.MessageNotInflight):  # after a long redrive it shows already
            sqs.change_message_visibility(QueueUrl=queue_url, ReceiptHandle=receipt, VisibilityTimeout=0)
    return processed, len(failed)


def event_of(body: dict[str, Any], topic_arn: str) -> dict[str, Any]:
    """The function's event in a dead letter, in whichever of the three forms it came.

    A failed invocation by destination (requestPayload) or by dead-letter configuration (the event
    itself): https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html; an undelivered
    notification, as SNS writes it: https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
    """
    if "requestPayload" in body:
        event: dict[str, Any] = body["requestPayload"]
        return event
    if "Records" in body:
        return body
    # SNS leaves out what a message does not have; the event that Lambda gets has it empty.
    notification = {"Subject": None, "MessageAttributes": {}, **body}
    return {"Records": [{"EventSource": "aws:sns", "EventSubscriptionArn": topic_arn, "Sns": notification}]}

"""Webhook delivery through a queue: asynchronous, at least once, retried by the queue."""

from __future__ import annotations

import functools
import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterable

from chalicelib import events, store
from chalicelib.change import Document
from shared import aws

_TIMEOUT = 10.0  # seconds


class NotDeliveredError(Exception):
    """The endpoint did not answer 2xx; the queue tries again."""


def enqueue(account: str, happened: Iterable[Document]) -> None:
    """One message for each event and endpoint that wants it."""
    happened = list(happened)
    endpoints = list(store.newest_first(account, "we")) if happened else []
    for item in happened:
        for endpoint in endpoints:
            if events.wanted(endpoint, item):
                message = {"account": account, "event": item["id"], "endpoint": endpoint["id"]}
                aws.client("sqs").send_message(
                    QueueUrl=os.environ["MOCK_QUEUE_URL"], MessageBody=json.dumps(message)
                )


def deliver(body: str) -> None:
    """Sends one signed event. Raises :class:`NotDeliveredError` where the endpoint does not answer 2xx."""
    message = json.loads(body)
    endpoint = store.get(message["account"], "we", message["endpoint"])
    happened = store.get(message["account"], "evt", message["event"])
    if endpoint is None or happened is None:
        return  # the endpoint was deleted meanwhile: as at Stripe, nothing more is sent to it
    content = events.payload(happened[0])
    request = urllib.request.Request(  # noqa: S310 -- its scheme was checked when the endpoint was made
        endpoint[0]["url"],
        data=content,
        method="POST",
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": events.signature(content, endpoint[0]["secret"]),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        },
    )
    try:
        with _opener().open(request, timeout=_TIMEOUT):
            return
    except (urllib.error.URLError, OSError) as error:
        raise NotDeliveredError(
            f"event {message['event']} to endpoint {message['endpoint']}: {error}"
        ) from error


@functools.cache
def _opener() -> urllib.request.OpenerDirector:
    """Follows no redirect: Stripe takes one for a failed delivery."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.HTTPDefaultErrorHandler,
    ):
        opener.add_handler(handler())
    return opener

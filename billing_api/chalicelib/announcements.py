"""Tells the topic that a purchase is paid."""

import json
import os

from chalicelib import store
from chalicelib.purchase import Purchase
from shared import aws, events


def announce(purchase: Purchase) -> None:
    """Publishes the event, then notes that; a crash in between publishes it again, under the same id."""
    event = events.purchase_paid(
        {
            "purchase_id": purchase.purchase_id,
            "storage": purchase.storage,
            "amount": purchase.amount,
            "currency": purchase.currency,
            "created_at": purchase.created_at,
        },
        purchase.user_id,
    )
    aws.client("sns").publish(
        TopicArn=os.environ["PURCHASE_TOPIC_ARN"], Subject=events.SUBJECT, Message=json.dumps(event)
    )
    store.announced(purchase)

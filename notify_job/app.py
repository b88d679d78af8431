"""notify_job: one SMS to the admin phone per purchase on the topic."""

import os

from chalice.app import SNSEvent
from chalicelib import notifications

from shared import events
from shared.app import create_app

app = create_app("notify_job")


@app.on_sns_message(topic=os.environ["PURCHASE_TOPIC_ARN"])
def notify(event: SNSEvent) -> None:
    notifications.announce(events.parse(event.message))

"""notify_job: one SMS to the admin phone per purchase on the topic."""

import os

from chalice.app import SNSEvent
from chalicelib import notifications

from shared import events, smoke
from shared.app import create_app

app = create_app("notify_job")


@app.on_sns_message(topic=os.environ["PURCHASE_TOPIC_ARN"])
def notify(event: SNSEvent) -> None:
    if smoke.asked(event):
        notifications.check()
    else:
        notifications.announce(events.parse(event.message))

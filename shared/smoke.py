"""A release tries each new function before users get it, with the event in its `.chalice/smoke.json`.

An API's function answers a harmless request. One that takes events is asked, by an event marked as such, to
reach what it needs and to do nothing.
"""

from chalice.app import CloudWatchEvent, SNSEvent

MARK = "smoke"


def asked(event: CloudWatchEvent | SNSEvent) -> bool:
    """Whether the event only asks if the function could work: by an attribute, or a member of the detail."""
    return MARK in (event.message_attributes if isinstance(event, SNSEvent) else event.detail)

"""One SMS per purchase event, however often the event arrives."""

from chalicelib import records, sms
from shared import logs
from shared.events import PurchasePaid


class InProgress(RuntimeError):
    """Another invocation holds this event. Failing makes Lambda try again, should that one have died."""


def announce(event: PurchasePaid) -> None:
    """Send the SMS for this event unless it was sent. An exception means: not known to be sent, try again.

    Stopped before the SMS, the event can be claimed anew once the lease is over. Stopped between SMS and
    record, the SMS is sent a second time: SMS know no idempotency key, and silence would be worse.
    """
    phone = sms.admin_phone()  # before the claim: a missing number holds up no lease
    match records.claim(event["id"]):
        case records.Claim.SENT:
            logs.logger().info("sms was sent before", extra={"event_id": event["id"]})
            return
        case records.Claim.HELD:
            raise InProgress(f"event {event['id']} is being handled by another invocation")
    sms.send(phone, text(event))
    records.mark_sent(event["id"])
    logs.logger().info("sms sent", extra={"event_id": event["id"], "purchase_id": event["purchase_id"]})


def check() -> None:
    """See that the number can be read and the records reached; an exception means that no SMS could go."""
    sms.admin_phone()
    records.check()


def text(event: PurchasePaid) -> str:
    """What the SMS says: the purchase, nothing about the person."""
    price = f"{event['amount'] / 100:.2f} {event['currency'].upper()}"
    return f"Storage for {event['storage']} notes bought for {price}. Purchase {event['purchase_id']}"

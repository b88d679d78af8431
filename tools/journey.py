"""A real user's journey through a deployed stage: sign up, notes, attachment, purchase, SMS."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any, Protocol

import requests

from shared import events
from tools import outputs as stage_outputs
from tools.api_client import SECONDS, User, new_account, sign_in
from tools.cloud import client
from tools.errors import ToolError
from tools.layers import Layers

# What fails once is delivered again a minute later, and what was not announced is announced by the minute:
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
SMS_SECONDS = 150


class Teller(Protocol):
    """Told each step that went well."""

    def say(self, words: str) -> None:
        """Print a line."""
        ...


def travel(layers: Layers, teller: Teller) -> None:
    """Go through the stage as a user would and leave nothing behind. Raises ToolError at the first fault."""
    outputs = stage_outputs.collect(layers)
    operator = client(layers.cloud, layers.stage.account, "cognito-idp")
    began = time.monotonic()
    try:
        email, password = new_account(outputs, operator)
        try:
            user = sign_in(outputs, email, password)
            teller.say("  a user signed up and in")
            _unsigned_call_is_refused(outputs["api_url"])
            _notes(user)
            teller.say("  notes: written, read, listed, changed, protected from a lost update, deleted")
            _attachment(user)
            teller.say("  attachment: uploaded both ways, read back, gone with its note")
            teller.say(f"  {_purchase(layers, user)}")
        finally:
            operator.admin_delete_user(UserPoolId=outputs["user_pool_id"], Username=email)
    except requests.RequestException as error:
        raise ToolError(f"The journey through {layers.stage.name} failed: {error}", _logs(layers)) from error
    except _Fault as fault:
        raise ToolError(f"The journey through {layers.stage.name} failed: {fault}", _logs(layers)) from fault
    teller.say(f"  the journey took {time.monotonic() - began:.1f} s")


class _Fault(Exception):
    """An answer that the contract does not allow."""


def _logs(layers: Layers) -> str:
    return f"The functions' logs: {layers.command('logs')}"


def _expect(answer: requests.Response, status: int, what: str) -> Any:
    if answer.status_code != status:
        raise _Fault(f"{what} answered {answer.status_code} instead of {status}: {answer.text[:500]}")
    return answer.json() if answer.content else None


def _same(found: Any, wanted: Any, what: str) -> None:
    if found != wanted:
        raise _Fault(f"{what} is {found!r} instead of {wanted!r}")


def _unsigned_call_is_refused(api_url: str) -> None:
    _expect(requests.get(f"{api_url}/notes", timeout=SECONDS), 403, "An unsigned GET /notes")


def _notes(user: User) -> None:
    note = _expect(user.call("POST", "/notes", {"content": "Hello, notes"}), 201, "POST /notes")
    path = f"/notes/{note['note_id']}"
    _same(_expect(user.call("GET", path), 200, "GET a note"), note, "The note read back")
    listed = _expect(user.call("GET", "/notes?limit=1"), 200, "GET /notes")
    _same([entry["note_id"] for entry in listed["notes"]], [note["note_id"]], "The list of notes")
    changed = _expect(user.call("PUT", path, {"content": "Changed"}, {"If-Match": '"1"'}), 200, "PUT a note")
    _same((changed["content"], changed["version"]), ("Changed", 2), "The changed note")
    _expect(user.call("PUT", path, {"content": "Lost"}, {"If-Match": '"1"'}), 412, "PUT of an old version")
    _expect(user.call("DELETE", path), 204, "DELETE a note")
    _expect(user.call("GET", path), 404, "GET a deleted note")


def _attachment(user: User) -> None:
    content = secrets.token_bytes(2048)
    described = {"filename": "picture.png", "content_type": "image/png", "size": len(content)}
    form = _expect(user.call("POST", "/notes/attachments", described), 201, "POST /notes/attachments")
    uploaded = requests.post(form["url"], data=form["fields"], files={"file": content}, timeout=SECONDS)
    _expect_upload(uploaded)
    note = _expect(
        user.call("POST", "/notes", {"content": "With a picture", "attachment": form["key"]}), 201, "POST"
    )
    path = f"/notes/{note['note_id']}"
    link = _expect(user.call("GET", f"{path}/attachment"), 200, "GET an attachment")
    _same(requests.get(link["url"], timeout=SECONDS).content, content, "The attachment read back")
    direct = f"private/{user.identity_id}/{secrets.token_hex(8)}/direct.txt"
    user.client("s3").put_object(Bucket=user.outputs["uploads_bucket"], Key=direct, Body=b"direct")
    _expect(user.call("PUT", path, {"attachment": direct}), 200, "PUT of an attachment")
    link = _expect(user.call("GET", f"{path}/attachment"), 200, "GET an attachment")
    _same(requests.get(link["url"], timeout=SECONDS).content, b"direct", "The direct upload read back")
    _expect(user.call("DELETE", path), 204, "DELETE a note with an attachment")
    _same(requests.get(link["url"], timeout=SECONDS).status_code, 404, "The status of a deleted attachment")


def _expect_upload(answer: requests.Response) -> None:
    if answer.status_code not in (200, 201, 204):
        raise _Fault(f"The upload answered {answer.status_code}: {answer.text[:500]}")


def _purchase(layers: Layers, user: User) -> str:
    if not layers.stage.settings.mocks and layers.cloud.endpoint_url is None:
        return "purchase: left out, because this stage charges real cards"
    key = {"Idempotency-Key": secrets.token_hex(16)}
    body = {"storage": 12, "payment_method": "pm_card_visa"}
    purchase = _expect(user.call("POST", "/billing", body, key), 201, "POST /billing")
    _same((purchase["status"], purchase["amount"]), ("paid", 2400), "The purchase")
    repeated = _expect(user.call("POST", "/billing", body, key), 201, "POST /billing again")
    _same(repeated, purchase, "The repeated purchase")
    declined = {"storage": 1, "payment_method": "pm_card_chargeDeclined"}
    refused = user.call("POST", "/billing", declined, {"Idempotency-Key": secrets.token_hex(16)})
    _expect(refused, 402, "POST /billing with a declined card")
    path = f"/billing/{purchase['purchase_id']}"
    _same(_expect(user.call("GET", path), 200, "GET a purchase"), purchase, "The purchase read back")
    _wait_for_sms(layers, user, purchase)
    return "purchase: paid once, repeated without a charge, refused with a bad card, announced by SMS"


def _wait_for_sms(layers: Layers, user: User, purchase: dict[str, Any]) -> None:
    event_id = events.purchase_paid(purchase, user.identity_id)["id"]
    table = layers.read(layers.stage_unit())["notifications_table_name"]
    dynamodb = client(layers.cloud, layers.stage.account, "dynamodb")

    def sent() -> bool:
        found = dynamodb.get_item(TableName=table, Key={"event_id": {"S": event_id}}, ConsistentRead=True)
        return "sent_at" in found.get("Item", {})

    if not _until(sent, SMS_SECONDS):
        raise _Fault(f"no SMS was sent for the purchase within {SMS_SECONDS} s")


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True

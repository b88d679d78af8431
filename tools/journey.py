"""A real user's journey through a deployed stage: sign up, notes, attachment, purchase, SMS."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import requests

from shared import events
from tools import outputs as stage_outputs
from tools.api_client import SECONDS, BrokenCallError, User, calling, checked, new_account, require, sign_in
from tools.cloud import client
from tools.errors import ToolError
from tools.layers import Layers

# What fails once is delivered again a minute later, and what was not announced is announced by the minute:
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
SMS_SECONDS = 150

# What the contract says is in each, as far as a client of this release needs it.
_NOTE = ("note_id", "content", "attachment", "created_at", "updated_at", "version")
_PURCHASE = ("purchase_id", "storage", "amount", "currency", "status", "created_at")


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
    except BrokenCallError as fault:
        raise ToolError(f"The journey through {layers.stage.name} failed: {fault}.", _logs(layers)) from fault
    teller.say(f"  the journey took {time.monotonic() - began:.1f} s")


def _logs(layers: Layers) -> str:
    return f"The functions' logs: {layers.command('logs')}"


def _same(found: Any, wanted: Any, what: str) -> None:
    if found == wanted:
        return
    if isinstance(found, dict) and isinstance(wanted, dict):
        names = found.keys() | wanted.keys()
        how = f"differs in {', '.join(sorted(name for name in names if found.get(name) != wanted.get(name)))}"
    else:
        how = "has other bytes" if isinstance(found, bytes) else f"is {found!r} instead of {wanted!r}"
    raise BrokenCallError(f"{what} {how}")


def _unsigned_call_is_refused(api_url: str) -> None:
    call = "An unsigned GET /notes"
    with calling(call):
        answer = requests.get(f"{api_url}/notes", timeout=SECONDS)
    checked(call, answer, 403)


def _notes(user: User) -> None:
    note = user.ask("POST", "/notes", 201, {"content": "Hello, notes"}, having=_NOTE)
    path = f"/notes/{note['note_id']}"
    _same(user.ask("GET", path, 200), note, f"What GET {path} answered")
    listed = user.ask("GET", "/notes?limit=1", 200, having=("notes",))
    _same(_ids(listed["notes"]), [note["note_id"]], "The list that GET /notes?limit=1 answered")
    first = {"If-Match": '"1"'}
    changed = user.ask("PUT", path, 200, {"content": "Changed"}, first, having=_NOTE)
    _same((changed["content"], changed["version"]), ("Changed", 2), f"The note that PUT {path} answered")
    user.ask("PUT", path, 412, {"content": "Lost"}, first)
    user.ask("DELETE", path, 204)
    user.ask("GET", path, 404)


def _ids(notes: Any) -> list[str]:
    where = "GET /notes?limit=1 answered 200 with a list in which is"
    if not isinstance(notes, list):
        raise BrokenCallError("GET /notes?limit=1 answered 200 with notes that are no list")
    for note in notes:
        require(where, note, ("note_id",))
    return [note["note_id"] for note in notes]


def _attachment(user: User) -> None:
    content = secrets.token_bytes(2048)
    described = {"filename": "picture.png", "content_type": "image/png", "size": len(content)}
    form = user.ask("POST", "/notes/attachments", 201, described, having=("url", "fields", "key"))
    _upload(form, content)
    body = {"content": "With a picture", "attachment": form["key"]}
    path = f"/notes/{user.ask('POST', '/notes', 201, body, having=_NOTE)['note_id']}"
    _same(_linked(user, path)[1], content, f"The attachment behind GET {path}/attachment")
    direct = f"private/{user.identity_id}/{secrets.token_hex(8)}/direct.txt"
    with calling("Writing into the uploads bucket with the user's own rights"):
        user.client("s3").put_object(Bucket=user.outputs["uploads_bucket"], Key=direct, Body=b"direct")
    user.ask("PUT", path, 200, {"attachment": direct})
    link, found = _linked(user, path)
    _same(found, b"direct", f"The attachment behind GET {path}/attachment")
    user.ask("DELETE", path, 204)
    gone = "GET of the attachment of a deleted note"
    with calling(gone):
        answer = requests.get(link, timeout=SECONDS)
    if answer.status_code != 404:
        raise BrokenCallError(f"{gone} answered {answer.status_code} instead of 404")


def _upload(form: Mapping[str, Any], content: bytes) -> None:
    upload = "The upload with the form of POST /notes/attachments"
    with calling(upload):
        answer = requests.post(form["url"], data=form["fields"], files={"file": content}, timeout=SECONDS)
    if answer.status_code not in (200, 201, 204):
        raise BrokenCallError(f"{upload} answered {answer.status_code} instead of 204")


def _linked(user: User, path: str) -> tuple[str, bytes]:
    """The link to a note's attachment, and what is behind it."""
    link: str = user.ask("GET", f"{path}/attachment", 200, having=("url",))["url"]
    what = f"The link of GET {path}/attachment"
    with calling(what):
        answer = requests.get(link, timeout=SECONDS)
    if answer.status_code != 200:
        raise BrokenCallError(f"{what} answered {answer.status_code} instead of 200")
    return link, answer.content


def _purchase(layers: Layers, user: User) -> str:
    if not layers.stage.settings.mocks and layers.cloud.endpoint_url is None:
        return "purchase: left out, because this stage charges real cards"
    key = {"Idempotency-Key": secrets.token_hex(16)}
    body = {"storage": 12, "payment_method": "pm_card_visa"}
    purchase = user.ask("POST", "/billing", 201, body, key, having=_PURCHASE)
    paid = (purchase["status"], purchase["amount"])
    _same(paid, ("paid", 2400), "The purchase that POST /billing answered")
    repeated = user.ask("POST", "/billing", 201, body, key)
    _same(repeated, purchase, "What POST /billing answered to the same Idempotency-Key")
    declined = {"storage": 1, "payment_method": "pm_card_chargeDeclined"}
    user.ask("POST", "/billing", 402, declined, {"Idempotency-Key": secrets.token_hex(16)})
    path = f"/billing/{purchase['purchase_id']}"
    _same(user.ask("GET", path, 200), purchase, f"What GET {path} answered")
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
        raise BrokenCallError(f"no SMS was sent for the purchase within {SMS_SECONDS} s")


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True

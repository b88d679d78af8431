"""The purchases table: one conditional write for each step, so that no order of events does harm."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any

from chalicelib import times
from chalicelib.purchase import ANNOUNCE, SETTLE, SETTLE_AFTER, Failure, Outcome, Purchase
from shared import aws

Item = dict[str, dict[str, str]]

# Statuses only rise: whatever a late or repeated message says, paid stays paid.
_MAY_BECOME = {
    "pending": ("pending", "requires_action"),
    "requires_action": ("pending", "requires_action"),
    "failed": ("pending", "requires_action"),
    "paid": ("pending", "requires_action", "failed"),
}

_PUBLISH_AFTER = timedelta(seconds=10)  # whoever records the payment announces it at once, and has this long


def create(purchase: Purchase) -> Purchase:
    """Records a new purchase, or gives the one recorded before under this id."""
    try:
        _table("put_item", Item=_item(purchase), ConditionExpression="attribute_not_exists(purchase_id)")
    except _refused() as error:
        return _purchase(error.response["Item"])
    return purchase


def get(user_id: str, purchase_id: str) -> Purchase | None:
    """The user's purchase, or None."""
    answer = aws.client("dynamodb").get_item(
        TableName=_name(), Key=_key(user_id, purchase_id), ConsistentRead=True
    )
    return _purchase(answer["Item"]) if "Item" in answer else None


def record(user_id: str, purchase_id: str, outcome: Outcome, *, answered: bool = False) -> Purchase | None:
    """Records what became of a purchase, in one write with what is to be done next; gives the record then.

    Changes nothing where more is known already. `answered`: the outcome is also what its buyer is told.
    None: there is no such purchase.
    """
    values: dict[str, Any] = {"status": outcome.status, "payment_intent_id": outcome.payment_intent_id}
    if outcome.status == "requires_action":
        values["client_secret"] = outcome.client_secret
    if outcome.status == "failed":
        values["failure"] = outcome.failure
    else:
        values["due"] = ANNOUNCE if outcome.status == "paid" else SETTLE
        values["due_at"] = times.after(_PUBLISH_AFTER if outcome.status == "paid" else SETTLE_AFTER)
    if answered:
        values["first_answer"] = outcome
    earlier = _MAY_BECOME[outcome.status]
    return _update(
        user_id,
        purchase_id,
        {name: value for name, value in values.items() if value is not None},
        condition=f"#status IN ({', '.join(f':was{n}' for n in range(len(earlier)))})",
        compared={f":was{n}": status for n, status in enumerate(earlier)},
        removed=[name for name in ("client_secret", "failure", "due", "due_at") if name not in values],
    )


def keep_answer(purchase: Purchase) -> Purchase | None:
    """Makes what is known now the first answer, unless there is one."""
    return _update(
        purchase.user_id,
        purchase.purchase_id,
        {"first_answer": purchase.outcome},
        condition="attribute_exists(purchase_id) AND attribute_not_exists(first_answer)",
    )


def announced(purchase: Purchase) -> None:
    """Nothing is left to do for a paid purchase."""
    _update(
        purchase.user_id,
        purchase.purchase_id,
        {},
        condition="due = :was_due",
        compared={":was_due": ANNOUNCE},
        removed=["due", "due_at"],
    )


def postpone(purchase: Purchase, delay: timedelta | None) -> None:
    """Looks at a purchase again after `delay`, or no more, if nothing happened to it meanwhile."""
    _update(
        purchase.user_id,
        purchase.purchase_id,
        {} if delay is None else {"due_at": times.after(delay)},
        condition="due = :was_due AND due_at = :was_due_at",
        compared={":was_due": purchase.due or "", ":was_due_at": purchase.due_at or ""},
        removed=["due", "due_at"] if delay is None else [],
    )


def due(what: str) -> Iterator[Purchase]:
    """Purchases that wait for "announce" or "settle" and whose time has come, the longest waiting first."""
    query: dict[str, Any] = {
        "TableName": _name(),
        "IndexName": os.environ["PURCHASES_DUE_INDEX"],
        "KeyConditionExpression": "due = :due AND due_at <= :now",
        "ExpressionAttributeValues": {":due": {"S": what}, ":now": {"S": times.after(timedelta())}},
    }
    while True:
        page = aws.client("dynamodb").query(**query)
        yield from map(_purchase, page["Items"])
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _update(
    user_id: str,
    purchase_id: str,
    values: dict[str, Any],
    *,
    condition: str,
    compared: dict[str, str] | None = None,
    removed: list[str] | None = None,
) -> Purchase | None:
    names = {f"#{name}": name for name in values}
    if "#status" in condition:
        names["#status"] = "status"  # a reserved word
    parts = []
    if values:
        # The first answer is the first for good.
        parts.append(
            "SET "
            + ", ".join(
                f"#{name} = if_not_exists(#{name}, :{name})"
                if name == "first_answer"
                else f"#{name} = :{name}"
                for name in values
            )
        )
    if removed:
        parts.append("REMOVE " + ", ".join(removed))
    request: dict[str, Any] = {
        "Key": _key(user_id, purchase_id),
        "UpdateExpression": " ".join(parts),
        "ConditionExpression": condition,
        "ReturnValues": "ALL_NEW",
    }
    given = {f":{name}": _value(value) for name, value in values.items()}
    given |= {name: _value(value) for name, value in (compared or {}).items()}
    if names:
        request["ExpressionAttributeNames"] = names
    if given:
        request["ExpressionAttributeValues"] = given
    try:
        return _purchase(_table("update_item", **request)["Attributes"])
    except _refused() as error:
        item = error.response.get("Item")
        return _purchase(item) if item else None


def _table(operation: str, **request: Any) -> Any:
    return getattr(aws.client("dynamodb"), operation)(
        TableName=_name(), ReturnValuesOnConditionCheckFailure="ALL_OLD", **request
    )


def _refused() -> Any:
    return aws.client("dynamodb").exceptions.ConditionalCheckFailedException


def _name() -> str:
    return os.environ["PURCHASES_TABLE"]


def _key(user_id: str, purchase_id: str) -> Item:
    return {"user_id": {"S": user_id}, "purchase_id": {"S": purchase_id}}


def _value(value: Any) -> dict[str, str]:
    if isinstance(value, int):
        return {"N": str(value)}
    return {"S": value if isinstance(value, str) else json.dumps(asdict(value))}


def _item(purchase: Purchase) -> Item:
    values = {field.name: getattr(purchase, field.name) for field in fields(purchase)}
    return {name: _value(value) for name, value in values.items() if value is not None}


def _purchase(item: Item) -> Purchase:
    values: dict[str, Any] = {name: next(iter(typed.values())) for name, typed in item.items()}
    values |= {name: int(values[name]) for name in ("storage", "amount")}
    if "failure" in values:
        values["failure"] = Failure(**json.loads(values["failure"]))
    if "first_answer" in values:
        answer = json.loads(values["first_answer"])
        failure = answer.pop("failure")
        values["first_answer"] = Outcome(**answer, failure=Failure(**failure) if failure else None)
    return Purchase(**values)

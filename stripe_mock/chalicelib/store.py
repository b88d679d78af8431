"""The mock's state: one DynamoDB table, one partition per account.

Items are ``{pk: account, sk: <kind>#<id>, doc: JSON, version, expires_at?}``; ids sort by time, so a
consistent query of one kind is that kind's complete list in order of creation.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from shared import aws

Document = dict[str, Any]
Item = dict[str, Any]

_BATCH = 100


class ConflictError(Exception):
    """Another request changed what this one read."""


def _client() -> Any:
    return aws.client("dynamodb")


def _table() -> str:
    return os.environ["MOCK_TABLE"]


def get(account: str, kind: str, identifier: str) -> tuple[Document, int] | None:
    """The document and its version, or None."""
    answer = _client().get_item(
        TableName=_table(),
        Key={"pk": {"S": account}, "sk": {"S": f"{kind}#{identifier}"}},
        ConsistentRead=True,
    )
    item = answer.get("Item")
    return (json.loads(item["doc"]["S"]), int(item["version"]["N"])) if item else None


def newest_first(account: str, kind: str, after: str | None = None) -> Iterator[Document]:
    """Every document of one kind, newest first, those older than the id ``after`` only where it is given."""
    lower, upper = f"{kind}#", f"{kind}#{after}" if after else f"{kind}$"  # "$" follows "#"
    query: Item = {
        "TableName": _table(),
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :lower AND :upper",
        "ExpressionAttributeValues": {":pk": {"S": account}, ":lower": {"S": lower}, ":upper": {"S": upper}},
        "ScanIndexForward": False,
        "ConsistentRead": True,
        "Limit": _BATCH,
    }
    while True:
        page = _client().query(**query)
        for item in page["Items"]:
            if item["sk"]["S"] != upper:
                yield json.loads(item["doc"]["S"])
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def put_operation(account: str, kind: str, document: Document, *, replaces: int | None = None) -> Item:
    """One write of a transaction: creates the document, or replaces the version ``replaces`` of it."""
    put: Item = {
        "TableName": _table(),
        "Item": _item(account, kind, document["id"], document, version=(replaces or 0) + 1),
    }
    if replaces is None:
        put["ConditionExpression"] = "attribute_not_exists(pk)"
    else:
        put["ConditionExpression"] = "version = :version"
        put["ExpressionAttributeValues"] = {":version": {"N": str(replaces)}}
    return {"Put": put}


def write(operations: list[Item]) -> None:
    """All the operations or none; :class:`ConflictError` where a condition does not hold."""
    try:
        _client().transact_write_items(TransactItems=operations)
    except _client().exceptions.TransactionCanceledException as error:
        reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
        if reasons & {"ConditionalCheckFailed", "TransactionConflict"}:
            raise ConflictError from error
        raise


def claim(account: str, kind: str, identifier: str, document: Document, *, now: int, expires_at: int) -> bool:
    """Writes the document where none lives; one past its ``expires_at`` (epoch seconds) counts as gone."""
    item = _item(account, kind, identifier, document, version=1) | {"expires_at": {"N": str(expires_at)}}
    try:
        _client().put_item(
            TableName=_table(),
            Item=item,
            ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
            ExpressionAttributeValues={":now": {"N": str(now)}},
        )
    except _client().exceptions.ConditionalCheckFailedException:
        return False
    return True


def claimed_operation(
    account: str, kind: str, identifier: str, document: Document, *, expires_at: int
) -> Item:
    """One write of a transaction: turns a claim into its result; the claim must still stand as claimed."""
    item = _item(account, kind, identifier, document, version=2) | {"expires_at": {"N": str(expires_at)}}
    return {
        "Put": {
            "TableName": _table(),
            "Item": item,
            "ConditionExpression": "claim = :claim",
            "ExpressionAttributeValues": {":claim": {"S": document["claim"]}},
        }
    }


def delete(account: str, kind: str, identifier: str, *, claim: str | None = None) -> bool:
    """Deletes the document (of the claim ``claim`` only, where given); False where there was none."""
    request: Item = {
        "TableName": _table(),
        "Key": {"pk": {"S": account}, "sk": {"S": f"{kind}#{identifier}"}},
        "ConditionExpression": "attribute_exists(pk)",
    }
    if claim is not None:
        request["ConditionExpression"] = "claim = :claim"
        request["ExpressionAttributeValues"] = {":claim": {"S": claim}}
    try:
        _client().delete_item(**request)
    except _client().exceptions.ConditionalCheckFailedException:
        return False
    return True


def _item(account: str, kind: str, identifier: str, document: Document, version: int) -> Item:
    item = {
        "pk": {"S": account},
        "sk": {"S": f"{kind}#{identifier}"},
        "doc": {"S": json.dumps(document, ensure_ascii=False)},
        "version": {"N": str(version)},
    }
    if "claim" in document:
        item["claim"] = {"S": document["claim"]}
    return item

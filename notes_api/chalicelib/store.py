"""Notes in DynamoDB: hash key user_id, range key note_id."""

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from shared import aws


@dataclass(frozen=True)
class Note:
    """One version of a note. Times are RFC 3339 UTC; attachment is a key in the uploads bucket or None."""

    note_id: str
    content: str
    attachment: str | None
    created_at: str
    updated_at: str
    version: int = 1

    def document(self) -> dict[str, Any]:
        """The note as the API shows it."""
        return asdict(self)


class Missing(Exception):
    """There is no such note."""


class OtherVersion(Exception):
    """The note is there, but not in a version that was asked for."""


def add(user_id: str, note: Note) -> None:
    """Store a new note; an id that is taken is an error, not an overwrite."""
    _dynamodb().put_item(
        TableName=_table(),
        Item={**_key(user_id, note.note_id), **_attributes(note)},
        ConditionExpression="attribute_not_exists(note_id)",
    )


def get(user_id: str, note_id: str) -> Note:
    """The note. Missing if there is none."""
    answer = _dynamodb().get_item(TableName=_table(), Key=_key(user_id, note_id), ConsistentRead=True)
    if "Item" not in answer:
        raise Missing
    return _note(answer["Item"])


def newest(user_id: str, before: str | None, at_most: int) -> Iterator[Note]:
    """Up to `at_most` notes, newest first, older than note id `before`; read no further than iterated."""
    while at_most > 0:
        notes, before = read(user_id, before, at_most)
        yield from notes
        at_most -= len(notes)
        if before is None:
            return


def read(user_id: str, before: str | None, at_most: int) -> tuple[list[Note], str | None]:
    """One read: up to `at_most` notes and 1 MB, newest first, older than note id `before`.

    With the note id to go on before; None if these were the last.
    """
    query: dict[str, Any] = {
        "TableName": _table(),
        "KeyConditionExpression": "user_id = :user",
        "ExpressionAttributeValues": {":user": {"S": user_id}},
        "ScanIndexForward": False,
        "ConsistentRead": True,
    }
    if before:
        query["KeyConditionExpression"] += " AND note_id < :before"
        query["ExpressionAttributeValues"][":before"] = {"S": before}
    answer = _dynamodb().query(**query, Limit=at_most)
    last = answer.get("LastEvaluatedKey")
    return list(map(_note, answer["Items"])), last and last["note_id"]["S"]


def change(
    user_id: str, note_id: str, changes: dict[str, str | None], at: str, versions: frozenset[int] | None
) -> tuple[Note, Note]:
    """Set what `changes` names (content, attachment; None removes) and count the version up, in one write.

    `versions`: only if it has one of these (None: any). Returns the note before and after. Raises Missing,
    OtherVersion.
    """
    dynamodb = _dynamodb()
    sets = ["updated_at = :at", "#version = #version + :one"]
    names = {"#version": "version"}
    values: dict[str, Any] = {":at": {"S": at}, ":one": {"N": "1"}}
    removes = []
    for name, value in changes.items():
        names[f"#{name}"] = name
        if value is None:
            removes.append(f"#{name}")
        else:
            sets.append(f"#{name} = :{name}")
            values[f":{name}"] = {"S": value}
    condition = "attribute_exists(note_id)"
    if versions is not None:
        # No note has version 0: an empty set still asks DynamoDB, which tells whether there is a note.
        wanted = {f":v{version}": {"N": str(version)} for version in versions or {0}}
        condition += f" AND #version IN ({', '.join(wanted)})"
        values |= wanted
    try:
        answer = dynamodb.update_item(
            TableName=_table(),
            Key=_key(user_id, note_id),
            UpdateExpression=f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removes)}" if removes else ""),
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_OLD",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        raise (OtherVersion if error.response.get("Item") else Missing) from None
    before = _note(answer["Attributes"])
    changed: dict[str, Any] = {**changes, "updated_at": at, "version": before.version + 1}
    return before, replace(before, **changed)


def remove(user_id: str, note_id: str) -> Note:
    """Delete the note; what it was. Missing if it was gone already."""
    answer = _dynamodb().delete_item(TableName=_table(), Key=_key(user_id, note_id), ReturnValues="ALL_OLD")
    if "Attributes" not in answer:
        raise Missing
    return _note(answer["Attributes"])


def _dynamodb() -> Any:
    return aws.client("dynamodb")


def _table() -> str:
    return os.environ["NOTES_TABLE"]


def _key(user_id: str, note_id: str) -> dict[str, Any]:
    return {"user_id": {"S": user_id}, "note_id": {"S": note_id}}


def _attributes(note: Note) -> dict[str, Any]:
    attachment = {"attachment": {"S": note.attachment}} if note.attachment is not None else {}
    return {
        "content": {"S": note.content},
        "created_at": {"S": note.created_at},
        "updated_at": {"S": note.updated_at},
        "version": {"N": str(note.version)},
        **attachment,
    }


def _note(item: dict[str, Any]) -> Note:
    return Note(
        note_id=item["note_id"]["S"],
        content=item["content"]["S"],
        attachment=item["attachment"]["S"] if "attachment" in item else None,
        created_at=item["created_at"]["S"],
        updated_at=item["updated_at"]["S"],
        version=int(item["version"]["N"]),
    )

"""What can be done with notes.

A note owns its attachment: the object goes when the note is deleted or its attachment replaced. Whoever names
one key in two notes shares it between them, and it goes with the first.
"""

from typing import Any

from chalicelib import attachments, cursors, pages, search, store
from chalicelib.store import Note
from shared import logs
from shared.clock import now_rfc3339
from shared.ids import is_id, new_id
from shared.problems import NotFound, PreconditionFailed


def create(user_id: str, content: str, attachment: str | None) -> Note:
    """A new note. Problem 400 for an attachment that is not the user's own upload."""
    if attachment is not None:
        attachments.require_own(user_id, attachment)
    now = now_rfc3339()
    note = Note(new_id(), content, attachment, created_at=now, updated_at=now)
    store.add(user_id, note)
    return note


def read(user_id: str, note_id: str) -> Note:
    """One note. Problem 404 if the user has none such."""
    _require_id(note_id)
    try:
        return store.get(user_id, note_id)
    except store.Missing:
        raise _not_found() from None


def page(user_id: str, limit: int, cursor: str | None, query: str | None = None) -> dict[str, Any]:
    """Up to `limit` notes, newest first, fewer if they are long, and the cursor to go on (None: the end).

    With a `query` those that it finds.
    """
    if query is not None:
        return search.page(user_id, limit, cursor, query)
    before = cursors.read(user_id, cursor) if cursor is not None else None
    notes: list[dict[str, Any]] = []
    size = 0
    for note in store.newest(user_id, before, limit + 1):
        document = note.document()
        size += pages.wire_size(document)
        if len(notes) == limit or (notes and size > pages.MOST_BYTES):
            return {"notes": notes, "next_cursor": cursors.write(user_id, notes[-1]["note_id"])}
        notes.append(document)
    return {"notes": notes, "next_cursor": None}


def change(
    user_id: str, note_id: str, changes: dict[str, str | None], versions: frozenset[int] | None
) -> Note:
    """The note with new content, a new attachment (None removes it), or both.

    `versions`: the versions that may be changed (None: any). Problems 400, 404, 412.
    """
    _require_id(note_id)
    attachment = changes.get("attachment")
    if attachment is not None:
        attachments.require_own(user_id, attachment)
    try:
        before, after = store.change(user_id, note_id, changes, now_rfc3339(), versions)
    except store.Missing:
        raise _not_found() from None
    except store.OtherVersion:
        raise PreconditionFailed("The note has another version by now; read it again.") from None
    if before.attachment is not None and before.attachment != after.attachment:
        _remove_replaced(before.attachment)
    return after


def delete(user_id: str, note_id: str) -> None:
    """Delete a note and its attachment. Problem 404.

    The attachment goes first: stopped in between, the note is still there to be deleted again, and no object
    is left that nothing points to.
    """
    attachment = read(user_id, note_id).attachment
    if attachment is not None:
        attachments.remove(attachment)
    try:
        removed = store.remove(user_id, note_id)
    except store.Missing:
        raise _not_found() from None
    if removed.attachment is not None and removed.attachment != attachment:  # replaced in the meantime
        attachments.remove(removed.attachment)


def attachment_link(user_id: str, note_id: str) -> dict[str, Any]:
    """A link to a note's attachment. Problem 404 if there is no note, or no attachment to it."""
    key = read(user_id, note_id).attachment
    if key is None or not attachments.exists(key):
        raise NotFound("The note has no attachment.")
    return attachments.download(key)


def _remove_replaced(key: str) -> None:
    """The change is made and must be answered as made; an object that stays behind is for the log."""
    try:
        attachments.remove(key)
    except Exception:
        logs.logger().exception("replaced attachment not removed", extra={"key": key})


def _require_id(note_id: str) -> None:
    if not is_id(note_id):
        raise _not_found()


def _not_found() -> NotFound:
    return NotFound("You have no note with this id.")

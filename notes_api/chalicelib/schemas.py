"""The shapes of requests and answers: JSON Schema draft 4, as API Gateway's models understand it."""

from shared.ids import ID_PATTERN
from shared.validation import Schema

CONTENT: Schema = {"type": "string", "minLength": 1, "maxLength": 100_000}
ATTACHMENT: Schema = {"type": ["string", "null"], "minLength": 1, "maxLength": 1024}
_TIME: Schema = {"type": "string", "format": "date-time"}
_EXPIRES_IN: Schema = {"type": "integer", "description": "Seconds the link stays valid"}

NOTE: Schema = {
    "title": "Note",
    "type": "object",
    "additionalProperties": False,
    "required": ["note_id", "content", "attachment", "created_at", "updated_at", "version"],
    "properties": {
        "note_id": {"type": "string", "pattern": ID_PATTERN},
        "content": CONTENT,
        "attachment": ATTACHMENT,
        "created_at": _TIME,
        "updated_at": _TIME,
        "version": {"type": "integer", "minimum": 1},
    },
}

NOTE_PAGE: Schema = {
    "title": "NotePage",
    "type": "object",
    "additionalProperties": False,
    "required": ["notes", "next_cursor"],
    "properties": {"notes": {"type": "array", "items": NOTE}, "next_cursor": {"type": ["string", "null"]}},
}

NEW_NOTE: Schema = {
    "title": "NewNote",
    "type": "object",
    "additionalProperties": False,
    "required": ["content"],
    "properties": {"content": CONTENT, "attachment": ATTACHMENT},
}

NOTE_CHANGES: Schema = {
    "title": "NoteChanges",
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {"content": CONTENT, "attachment": ATTACHMENT},
}

# A media type, parameters allowed: https://www.rfc-editor.org/rfc/rfc6838#section-4.2
_NAME = "[A-Za-z0-9][A-Za-z0-9!#&^_.+-]{0,126}"
_MEDIA_TYPE = f"^{_NAME}/{_NAME}(; ?{_NAME}={_NAME}){{0,4}}$"

NEW_ATTACHMENT: Schema = {
    "title": "NewAttachment",
    "type": "object",
    "additionalProperties": False,
    "required": ["filename", "content_type", "size"],
    "properties": {
        # No slashes, no control characters.
        "filename": {"type": "string", "maxLength": 255, "pattern": "^[^/\\\\\\x00-\\x1f\\x7f-\\x9f]+$"},
        "content_type": {"type": "string", "maxLength": 255, "pattern": _MEDIA_TYPE},
        "size": {"type": "integer", "minimum": 1, "maximum": 10 * 1024 * 1024},
    },
}

UPLOAD: Schema = {
    "title": "Upload",
    "type": "object",
    "additionalProperties": False,
    "required": ["key", "url", "fields", "expires_in"],
    "properties": {
        "key": {"type": "string"},
        "url": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
        "expires_in": _EXPIRES_IN,
    },
}

DOWNLOAD: Schema = {
    "title": "Download",
    "type": "object",
    "additionalProperties": False,
    "required": ["url", "expires_in"],
    "properties": {"url": {"type": "string"}, "expires_in": _EXPIRES_IN},
}

LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": 100, "default": 25}
CURSOR: Schema = {"type": "string", "minLength": 1, "maxLength": 100}
# Spaces around it do not count, so how long it may be is for chalicelib.search to say.
QUERY: Schema = {"type": "string", "minLength": 1}
IF_MATCH: Schema = {"type": "string", "minLength": 1, "maxLength": 1000}

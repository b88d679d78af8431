"""notes_api: notes of the signed-in user and their attachments. Mounted at /notes."""

from chalice.app import IAMAuthorizer, Response
from chalicelib import attachments, notes, preconditions, schemas
from chalicelib.store import Note

from shared.app import create_app, json_response
from shared.contract import Answer, Input, Parameter, operation, problem
from shared.identity import caller

app = create_app("notes_api")
SIGNED = IAMAuthorizer()

NOTE_ANSWER = Answer("The note", schemas.NOTE, {"ETag": "The version, quoted"})
NO_NOTE = problem("The caller has no such note")
FOUND = (
    "Only notes with these words: each has to begin a word of the note, whatever the case and the accents. "
    "1 to 100 characters. A page may be short, or empty, and still have a next_cursor. "
    "Where search is not available to the caller, a query is a 400"
)


@app.route("/", methods=["POST"], authorizer=SIGNED)
@operation(app, "create_note", "Write a note", body=schemas.NEW_NOTE, answers={201: NOTE_ANSWER})
def create_note(request: Input) -> Response:
    note = notes.create(caller(app), request.body["content"], request.body.get("attachment"))
    return _note_response(note, 201)


@app.route("/", methods=["GET"], authorizer=SIGNED)
@operation(
    app,
    "list_notes",
    "List notes, or find some, newest first",
    parameters=[
        Parameter("query", "query", schemas.QUERY, FOUND),
        Parameter("limit", "query", schemas.LIMIT, "How many notes at most; long notes make a page shorter"),
        Parameter("cursor", "query", schemas.CURSOR, "next_cursor of the page before, with the same query"),
    ],
    answers={200: Answer("A page of notes", schemas.NOTE_PAGE)},
)
def list_notes(request: Input) -> Response:
    return json_response(notes.page(caller(app), **request.query))


@app.route("/{note_id}", methods=["GET"], authorizer=SIGNED)
@operation(app, "get_note", "Read a note", answers={200: NOTE_ANSWER, 404: NO_NOTE})
def get_note(_request: Input, note_id: str) -> Response:
    return _note_response(notes.read(caller(app), note_id))


@app.route("/{note_id}", methods=["PUT"], authorizer=SIGNED)
@operation(
    app,
    "update_note",
    "Change a note; what is left out stays as it is",
    body=schemas.NOTE_CHANGES,
    parameters=[Parameter("If-Match", "header", schemas.IF_MATCH, 'Change only this version, e.g. "3"')],
    answers={200: NOTE_ANSWER, 404: NO_NOTE, 412: problem("The note has another version by now")},
)
def update_note(request: Input, note_id: str) -> Response:
    versions = preconditions.versions(request.headers["If-Match"])
    return _note_response(notes.change(caller(app), note_id, request.body, versions))


@app.route("/{note_id}", methods=["DELETE"], authorizer=SIGNED)
@operation(
    app, "delete_note", "Delete a note and its attachment", answers={204: Answer("Gone"), 404: NO_NOTE}
)
def delete_note(_request: Input, note_id: str) -> Response:
    notes.delete(caller(app), note_id)
    return Response("", status_code=204)


@app.route("/attachments", methods=["POST"], authorizer=SIGNED)
@operation(
    app,
    "create_attachment",
    "Get a presigned POST to upload an attachment",
    body=schemas.NEW_ATTACHMENT,
    answers={201: Answer("Where and how to upload; give the key to a note then", schemas.UPLOAD)},
)
def create_attachment(request: Input) -> Response:
    return json_response(attachments.upload(caller(app), **request.body), 201)


@app.route("/{note_id}/attachment", methods=["GET"], authorizer=SIGNED)
@operation(
    app,
    "get_attachment",
    "Get a link to download a note's attachment",
    answers={
        200: Answer("The link", schemas.DOWNLOAD),
        404: problem("No such note, or it has no attachment"),
    },
)
def get_attachment(_request: Input, note_id: str) -> Response:
    return json_response(notes.attachment_link(caller(app), note_id))


def _note_response(note: Note, status: int = 200) -> Response:
    return json_response(note.document(), status, {"ETag": f'"{note.version}"'})

"""One definition of an operation for the gateway, the code and the OpenAPI description.

    @app.route("/{note_id}", methods=["PUT"], authorizer=SIGNED)
    @operation(app, "update_note", "Change a note", body=CHANGES, answers={200: Answer("The note", NOTE)})
    def update_note(request: Input, note_id: str) -> Response: ...

Schemas are what API Gateway's models understand: JSON Schema draft 4
(https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import Any, Literal

from chalice.app import Chalice, Response

from shared import validation
from shared.ids import ID_PATTERN
from shared.validation import Schema

PROBLEM: Schema = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "parameter": {"type": "string"},
                    "header": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


@dataclass(frozen=True)
class Parameter:
    """A query parameter or header: its schema (draft 4, of type string or integer; `default` is honoured)."""

    name: str
    location: Literal["query", "header"]
    schema: Schema
    description: str
    required: bool = False


@dataclass(frozen=True)
class Answer:
    """An answer: what it means, the schema of its body (None: no body), and what its headers mean."""

    description: str
    schema: Schema | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Input:
    """A request that has passed validation.

    `body` is the parsed JSON (None where the operation has no schema for it), `raw_body` its bytes as sent.
    `query` and `headers` hold the declared parameters by their declared names; absent: the default or None.
    """

    body: Any
    raw_body: bytes
    query: Mapping[str, Any]
    headers: Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """What `operation` was told about a view."""

    operation_id: str
    summary: str
    body: Schema | None
    parameters: Sequence[Parameter]
    answers: Mapping[int, Answer]


View = Callable[..., Response]


def operation(
    app: Chalice,
    operation_id: str,
    summary: str,
    *,
    body: Schema | None = None,
    parameters: Sequence[Parameter] = (),
    answers: Mapping[int, Answer],
) -> Callable[[View], View]:
    """Describe a view and have its input checked: it gets an `Input` first, then its path parameters.

    `answers` names the good answers and the problems special to the operation; 400, 403 and 500 are implied.
    Whatever breaks the description is a 400 problem whose `errors` name each fault.
    """
    described = Operation(operation_id, summary, body, tuple(parameters), dict(answers))

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(**path_parameters: str) -> Response:
            return view(_checked_input(app, described), **path_parameters)

        checked.operation = described  # type: ignore[attr-defined]
        return checked

    return decorate


def problem(description: str) -> Answer:
    """An error among an operation's answers."""
    return Answer(description, PROBLEM)


def describe(app: Chalice) -> list[dict[str, Any]]:
    """Every operation of the app as a JSON-able dict.

    Members: path, method, operation_id, summary, public (anybody may call), body (a schema or None),
    parameters (name, in, required, description, schema), responses (by status: description, schema or None,
    headers as name to {description, schema}).
    """
    return [
        _description(path, method, entry)
        for path, methods in sorted(app.routes.items())
        for method, entry in sorted(methods.items())
    ]


def _checked_input(app: Chalice, described: Operation) -> Input:
    request = app.current_request
    assert request is not None  # Chalice calls a view only within a request
    event = request.to_original_event()
    raw_body = validation.raw_body(event)
    faults: list[dict[str, str]] = []
    query = validation.query(described.parameters, event.get("multiValueQueryStringParameters") or {}, faults)
    headers = validation.headers(described.parameters, event, faults)
    validation.refuse(faults)
    body = validation.json_body(raw_body, described.body) if described.body is not None else None
    return Input(body, raw_body, query, headers)


def _description(path: str, method: str, entry: Any) -> dict[str, Any]:
    described: Operation = entry.view_function.operation
    path_parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": "Lower-case UUID",
            "schema": {"type": "string", "pattern": ID_PATTERN},
        }
        for name in entry.view_args
    ]
    parameters = [
        {
            "name": p.name,
            "in": p.location,
            "required": p.required,
            "description": p.description,
            "schema": p.schema,
        }
        for p in described.parameters
    ]
    return {
        "path": path,
        "method": method,
        "operation_id": described.operation_id,
        "summary": described.summary,
        "public": entry.authorizer is None,
        "body": described.body,
        "parameters": path_parameters + parameters,
        "responses": {
            str(status): _answer(answer) for status, answer in sorted(_all_answers(entry, described).items())
        },
    }


def _all_answers(entry: Any, described: Operation) -> dict[int, Answer]:
    implied = {400: "The request is wrong; errors says where", 500: "A fault of the service"}
    if entry.authorizer is not None:
        implied[403] = "Not signed by a signed-in user"
    return {status: problem(text) for status, text in implied.items()} | dict(described.answers)


def _answer(answer: Answer) -> dict[str, Any]:
    headers = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in answer.headers.items()
    }
    return {
        "description": answer.description or HTTPStatus.OK.phrase,
        "schema": answer.schema,
        "headers": headers,
    }

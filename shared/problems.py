"""Errors that become RFC 9457 problem documents (https://www.rfc-editor.org/rfc/rfc9457).

Raise one anywhere below a view; `shared.app` turns it into the answer.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from chalice.app import ChaliceUnhandledError

# One fault of a request: its place ("pointer" into the body, "parameter" or "header") and its "detail".
Fault = Mapping[str, str]

MEDIA_TYPE = "application/problem+json"


class Problem(ChaliceUnhandledError):
    """An error to be told to the caller; Chalice lets this base class through to the middleware."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        """`detail`: a sentence for the caller; `errors`: faults of fields; `members`: further ones to add."""
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.members = dict(members or {})

    def document(self) -> dict[str, Any]:
        """The problem document as a JSON-able dict."""
        body = {**document(self.status, self.detail), **self.members}
        return {**body, "errors": [dict(error) for error in self.errors]} if self.errors else body


def document(status: int, detail: str, **members: Any) -> dict[str, Any]:
    """A problem document without a type of its own, titled with the status's phrase (RFC 9457, 4.2.1)."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        **members,
    }


class BadRequest(Problem):
    """400: something is wrong with the request itself."""

    status = HTTPStatus.BAD_REQUEST


class PaymentRequired(Problem):
    """402: the card was refused."""

    status = HTTPStatus.PAYMENT_REQUIRED


class Forbidden(Problem):
    """403: nobody is signed in, or not for this."""

    status = HTTPStatus.FORBIDDEN


class NotFound(Problem):
    """404: no such thing, or not the caller's."""

    status = HTTPStatus.NOT_FOUND


class Conflict(Problem):
    """409: contradicts what is already there."""

    status = HTTPStatus.CONFLICT


class PreconditionFailed(Problem):
    """412: an If-Match that does not match."""

    status = HTTPStatus.PRECONDITION_FAILED


class Unavailable(Problem):
    """503: something this service needs does not answer; worth another try after `retry_after` seconds."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, detail: str, *, retry_after: int, errors: Sequence[Fault] = ()) -> None:
        super().__init__(detail, errors=errors, headers={"Retry-After": str(retry_after)})

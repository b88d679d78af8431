"""Errors in Stripe's own shape (https://docs.stripe.com/api/errors)."""

from __future__ import annotations

from typing import Any

from chalice.app import ChaliceUnhandledError

DOCUMENTATION = "https://stripe.com/docs/error-codes/"


class StripeError(ChaliceUnhandledError):
    """An answer other than 2xx: an HTTP status and Stripe's error object.

    Chalice lets this base class through to the middleware.
    """

    def __init__(self, status: int, kind: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"type": kind, "message": message}
        self.error.update({name: value for name, value in fields.items() if value is not None})
        if "code" in self.error:
            self.error["doc_url"] = DOCUMENTATION + self.error["code"].replace("_", "-")

    @property
    def body(self) -> dict[str, Any]:
        """The response body: ``{"error": {type, message, code?, param?, ...}}``."""
        return {"error": self.error}


def invalid(
    message: str, *, code: str | None = None, param: str | None = None, status: int = 400
) -> StripeError:
    """An ``invalid_request_error``, 400 unless told otherwise."""
    return StripeError(status, "invalid_request_error", message, code=code, param=param)


def missing(what: str, identifier: str, *, param: str = "id", status: int = 404) -> StripeError:
    """``resource_missing``: 404 for the object of the path, 400 for one named by a parameter."""
    return invalid(f"No such {what}: '{identifier}'", code="resource_missing", param=param, status=status)

"""From a Chalice request to Stripe's answer: authentication, parameters, idempotency, errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalice.app import Request, Response

from chalicelib import accounts, delivery, forms, idempotency, intents, pages, store
from chalicelib.change import Change, Document
from chalicelib.errors import StripeError, invalid, missing
from chalicelib.forms import Params
from chalicelib.ids import new_id
from chalicelib.search import matcher
from shared.contract import Answer, Operation

Prepare = Callable[[str, Params], Change]


@dataclass(frozen=True)
class Kind:
    """One kind of object: its prefix in ids and store, Stripe's name for it, and where it is listed."""

    prefix: str
    name: str
    url: str
    show: Callable[[Document], Document] = dict


def described(view: Callable[..., Response]) -> Callable[..., Response]:
    """Marks a view for ``shared.contract.describe``; its input is checked here, not at the gateway."""
    summary = (view.__doc__ or "").rstrip(".")
    operation = Operation(view.__name__, summary, None, (), {200: Answer("Stripe's object")})
    view.operation = operation  # type: ignore[attr-defined]
    return view


def write(request: Request, account: str, prepare: Prepare) -> Response:
    """A POST: executes ``prepare(account, params)`` once per idempotency key and sends its events."""
    params = _params(request)
    key = request.headers.get("idempotency-key")
    endpoint = str((request.path, request.uri_params))
    change, replayed = idempotency.run(account, key, endpoint, params, lambda: prepare(account, params))
    delivery.enqueue(account, change.events)
    headers = {"Idempotency-Key": key} if key else {}
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return _response(change.status, change.body, headers)


def create(request: Request, prepare: Prepare) -> Response:
    """A POST that needs the secret key."""
    return write(request, accounts.secret_caller(request.headers).account, prepare)


def change_intent(
    request: Request, identifier: str, prepare: Callable[[str, Document, int, Params], Change]
) -> Response:
    """A POST about one PaymentIntent, by its account's secret key."""
    account = accounts.secret_caller(request.headers).account
    return write(request, account, _on_intent(identifier, prepare))


def confirm_intent(request: Request, identifier: str) -> Response:
    """Confirmation: by the secret key, or by whoever knows the client secret, as a browser does."""
    if _has_secret_key(request):
        return change_intent(request, identifier, intents.confirm)
    secret = forms.text(_params(request), "client_secret")

    def prepare(account: str, intent: Document, version: int, params: Params) -> Change:
        intents.check_secret(intent, secret)
        change = intents.confirm(account, intent, version, params)
        return Change(change.status, _published(change.body), change.writes, change.events)

    return write(request, intents.owner(identifier), _on_intent(identifier, prepare))


def retrieve_intent(request: Request, identifier: str) -> Response:
    """One PaymentIntent: by the secret key, or what may be seen of it with the client secret."""
    if _has_secret_key(request):
        account = accounts.secret_caller(request.headers).account
        return _response(200, _find(account, "pi", "payment_intent", identifier)[0])
    intent, _ = _find(intents.owner(identifier), "pi", "payment_intent", identifier)
    intents.check_secret(intent, forms.text(_query(request), "client_secret"))
    return _response(200, intents.public(intent))


def listing(request: Request, kind: Kind) -> Response:
    """All objects of a kind, newest first, by pages; charges also those of one ``payment_intent``."""
    account = accounts.secret_caller(request.headers).account
    query = _query(request)
    found = store.newest_first(account, kind.prefix, after=forms.text(query, "starting_after"))
    of_intent = forms.text(query, "payment_intent")
    wanted = (kind.show(item) for item in found if of_intent in (None, item.get("payment_intent")))
    return _response(200, pages.page(wanted, kind.url, pages.limit(query)))


def search_intents(request: Request) -> Response:
    """PaymentIntents by Stripe's search language."""
    account = accounts.secret_caller(request.headers).account
    query = _query(request)
    test = matcher(forms.text(query, "query"))
    found = filter(test, store.newest_first(account, "pi", after=forms.text(query, "page")))
    return _response(
        200, pages.page(found, "/v1/payment_intents/search", pages.limit(query), "search_result")
    )


def retrieve(request: Request, kind: Kind, identifier: str) -> Response:
    """One object, by its account's secret key."""
    account = accounts.secret_caller(request.headers).account
    return _response(200, kind.show(_find(account, kind.prefix, kind.name, identifier)[0]))


def remove(request: Request, kind: Kind, identifier: str) -> Response:
    """Deletes one object."""
    account = accounts.secret_caller(request.headers).account
    if not store.delete(account, kind.prefix, identifier):
        raise missing(kind.name, identifier)
    return _response(200, {"id": identifier, "object": kind.name, "deleted": True})


def error_response(fault: StripeError) -> Response:
    """A fault as Stripe's error answer."""
    return _response(fault.status, fault.body)


def chalice_error(request: Request, response: Response) -> StripeError:
    """An error that Chalice itself made: an unknown route, a wrong content type, an exception (logged)."""
    if response.status_code >= 500:
        return StripeError(500, "api_error", "An unknown error occurred.")
    return invalid(
        f"Unrecognized request URL or content type ({request.method}: {request.path}).",
        status=response.status_code,
    )


def _on_intent(identifier: str, prepare: Callable[[str, Document, int, Params], Change]) -> Prepare:
    def on_found(account: str, params: Params) -> Change:
        intent, version = _find(account, "pi", "payment_intent", identifier)
        return prepare(account, intent, version, params)

    return on_found


def _find(account: str, prefix: str, name: str, identifier: str) -> tuple[Document, int]:
    found = store.get(account, prefix, identifier)
    if found is None:
        raise missing(name, identifier, param="intent" if prefix == "pi" else "id")
    return found


def _has_secret_key(request: Request) -> bool:
    """Without any key, a client secret alone opens its intent: a test client needs no account for that."""
    return "authorization" in request.headers and accounts.caller(request.headers).secret


def _published(body: Document) -> Document:
    if "error" not in body:
        return intents.public(body)
    error = body["error"]
    return {"error": error | {"payment_intent": intents.public(error["payment_intent"])}}


def _params(request: Request) -> Params:
    raw: Any = request.raw_body
    try:
        return forms.decode(raw.decode())
    except UnicodeDecodeError as error:
        raise invalid("Invalid request: the body is not UTF-8.") from error


def _query(request: Request) -> Params:
    query: Any = request.query_params
    return forms.nest([(name, value) for name in query or () for value in query.getlist(name)])


def _response(status: int, body: Document, headers: Mapping[str, str] | None = None) -> Response:
    """JSON as Stripe sends it, with a request id to quote."""
    own: dict[str, Any] = {"Content-Type": "application/json", "Request-Id": new_id("req", "")}
    return Response(
        json.dumps(body, ensure_ascii=False), headers=own | dict(headers or {}), status_code=status
    )

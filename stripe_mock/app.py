"""Stripe's API as far as billing uses it: for stages that must not reach the real one."""

from __future__ import annotations

import os
from collections.abc import Callable

from chalice.app import Chalice, Request, Response, SQSEvent
from chalicelib import api, delivery, endpoints, intents
from chalicelib.errors import StripeError

from shared import logs

app = Chalice(app_name="stripe_mock", configure_logs=False)

# No body at all has no content type, which Chalice takes for JSON.
FORM = ["application/x-www-form-urlencoded", "application/json"]
INTENTS = api.Kind("pi", "payment_intent", "/v1/payment_intents")
CHARGES = api.Kind("ch", "charge", "/v1/charges")
EVENTS = api.Kind("evt", "event", "/v1/events")
ENDPOINTS = api.Kind("we", "webhook_endpoint", "/v1/webhook_endpoints", endpoints.public)


def _request() -> Request:
    assert app.current_request is not None  # Chalice calls a view only within a request
    return app.current_request


@app.middleware("http")
def stripe_errors(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Every fault in Stripe's own shape, and one log line per request."""
    logs.begin(request.lambda_context)
    try:
        response = get_response(request)
    except StripeError as fault:
        response = api.error_response(fault)
    if isinstance(response.body, dict):  # an error of Chalice's own
        response = api.error_response(api.chalice_error(request, response))
    logs.logger().info(
        "request", extra={"method": request.method, "route": request.path, "status": response.status_code}
    )
    return response


@app.route("/v1/payment_intents", methods=["POST"], content_types=FORM)
@api.described
def create_intent() -> Response:
    """Creates a PaymentIntent."""
    return api.create(_request(), intents.create)


@app.route("/v1/payment_intents", methods=["GET"], content_types=FORM)
@api.described
def list_intents() -> Response:
    """Lists PaymentIntents."""
    return api.listing(_request(), INTENTS)


@app.route("/v1/payment_intents/search", methods=["GET"], content_types=FORM)
@api.described
def search_intents() -> Response:
    """Searches PaymentIntents."""
    return api.search_intents(_request())


@app.route("/v1/payment_intents/{intent}", methods=["GET"], content_types=FORM)
@api.described
def retrieve_intent(intent: str) -> Response:
    """Retrieves a PaymentIntent."""
    return api.retrieve_intent(_request(), intent)


@app.route("/v1/payment_intents/{intent}/confirm", methods=["POST"], content_types=FORM)
@api.described
def confirm_intent(intent: str) -> Response:
    """Confirms a PaymentIntent, or completes its authentication."""
    return api.confirm_intent(_request(), intent)


@app.route("/v1/payment_intents/{intent}/cancel", methods=["POST"], content_types=FORM)
@api.described
def cancel_intent(intent: str) -> Response:
    """Cancels a PaymentIntent."""
    return api.change_intent(_request(), intent, intents.cancel)


@app.route("/v1/charges", methods=["GET"], content_types=FORM)
@api.described
def list_charges() -> Response:
    """Lists charges, failed ones included."""
    return api.listing(_request(), CHARGES)


@app.route("/v1/events", methods=["GET"], content_types=FORM)
@api.described
def list_events() -> Response:
    """Lists events."""
    return api.listing(_request(), EVENTS)


@app.route("/v1/events/{event}", methods=["GET"], content_types=FORM)
@api.described
def retrieve_event(event: str) -> Response:
    """Retrieves an event."""
    return api.retrieve(_request(), EVENTS, event)


@app.route("/v1/webhook_endpoints", methods=["POST"], content_types=FORM)
@api.described
def create_endpoint() -> Response:
    """Creates a webhook endpoint; its signing secret is in this answer only."""
    return api.create(_request(), endpoints.create)


@app.route("/v1/webhook_endpoints", methods=["GET"], content_types=FORM)
@api.described
def list_endpoints() -> Response:
    """Lists webhook endpoints."""
    return api.listing(_request(), ENDPOINTS)


@app.route("/v1/webhook_endpoints/{endpoint}", methods=["DELETE"], content_types=FORM)
@api.described
def delete_endpoint(endpoint: str) -> Response:
    """Deletes a webhook endpoint."""
    return api.remove(_request(), ENDPOINTS, endpoint)


@app.on_sqs_message(queue_arn=os.environ["MOCK_QUEUE_ARN"], batch_size=1)
def deliver(event: SQSEvent) -> None:
    """Sends one event to one webhook endpoint."""
    logs.begin(event.context)
    for record in event:
        delivery.deliver(record.body)

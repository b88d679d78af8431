"""Billing: a user buys storage for notes."""

from __future__ import annotations

from typing import Any

from chalice.app import CloudWatchEvent, IAMAuthorizer, Response
from chalicelib import answers, purchases, schemas, settlement, webhooks
from chalicelib.purchase import place

from shared import logs, smoke
from shared.app import create_app, json_response
from shared.contract import Answer, Input, operation, problem
from shared.identity import caller

app = create_app("billing_api")
SIGNED = IAMAuthorizer()


@app.route("/", methods=["POST"], authorizer=SIGNED)
@operation(
    app,
    "create_purchase",
    "Buy storage for notes",
    body=schemas.ORDER,
    parameters=[schemas.IDEMPOTENCY_KEY],
    answers={
        201: Answer("The purchase; with requires_action, complete it by its client_secret", schemas.PURCHASE),
        402: problem("The card was refused; nothing was charged"),
        409: problem("The Idempotency-Key belongs to another order"),
        503: problem("The outcome is not known yet; repeat the request with the same Idempotency-Key"),
    },
)
def create_purchase(request: Input) -> Response:
    """A purchase is charged once, however often the request is repeated."""
    order = request.body
    key = request.headers["Idempotency-Key"]
    purchase = purchases.buy(place(caller(app), key, int(order["storage"]), order["payment_method"]))
    return json_response(answers.first(purchase), 201)


@app.route("/{purchase_id}", methods=["GET"], authorizer=SIGNED)
@operation(
    app,
    "get_purchase",
    "A purchase",
    answers={200: Answer("The purchase", schemas.PURCHASE), 404: problem("No such purchase")},
)
def get_purchase(_: Input, purchase_id: str) -> Response:
    """Only the user's own."""
    return json_response(answers.current(purchases.get(caller(app), purchase_id)))


@app.route("/webhook", methods=["POST"])
@operation(
    app,
    "receive_webhook",
    "An event from Stripe",
    parameters=[schemas.STRIPE_SIGNATURE],
    answers={200: Answer("Taken in, or of no concern here", {"type": "object"})},
)
def receive_webhook(request: Input) -> Response:
    """Public: Stripe's signature is what counts."""
    webhooks.receive(request.raw_body, request.headers["Stripe-Signature"])
    return json_response({})


@app.schedule("rate(1 minute)")
def settle(event: CloudWatchEvent) -> None:
    """Announces what is paid and was not announced; asks Stripe about what is open."""
    context: Any = event.context  # Lambda's, which Chalice takes for a dict
    logs.begin(context)
    no_time = smoke.asked(event)  # then it looks at what is due and leaves it
    settlement.settle(lambda: 0 if no_time else context.get_remaining_time_in_millis() / 1000)

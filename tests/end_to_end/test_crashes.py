"""Never charged twice, never paid and silent: the deployed function is stopped around each call it makes.

It runs from its own zip in a process that ends, without any clean-up, right before or right after one of its
calls to AWS or to Stripe. Everything else is the deployed stage.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.end_to_end.conftest import Deployed
from tests.end_to_end.function_process import Function, api_event, load
from tests.end_to_end.shop import Shop
from tests.waiting import eventually
from tools.api_client import User

STOPPED = 86  # the exit status of a function that was stopped
SCHEDULED = 150  # seconds: a purchase is due after 10, the schedule comes every 60
ORDER = {"storage": 3, "payment_method": "pm_card_visa"}
CALLS = ["PutItem", "GetSecretValue", "POST", "UpdateItem", "Publish", "UpdateItem"]

_COUNT = """
import os
import botocore.client
import requests.adapters
calls, stop_at = [], {stop_at!r}


def counted(name, call):
    def make(self, *arguments, **named):
        number = len(calls)
        calls.append(name(*arguments))
        if stop_at == [number, "before"]:
            os._exit({stopped})
        try:
            return call(self, *arguments, **named)
        finally:
            if stop_at == [number, "after"]:
                os._exit({stopped})

    return make


client, adapter = botocore.client.BaseClient, requests.adapters.HTTPAdapter
client._make_api_call = counted(lambda operation, *_: operation, client._make_api_call)
adapter.send = counted(lambda request, *_: request.method, adapter.send)
"""


@contextmanager
def webhooks_held(deployed: Deployed) -> Iterator[None]:
    """Stripe's mock tells nobody of anything meanwhile, and catches up afterwards."""
    functions = deployed.root("dev", "lambda")
    deliver = deployed.layers("local").service_outputs()["stripe_mock"]["functions"]["deliver"]["alias_arn"]
    [mapping] = functions.list_event_source_mappings(FunctionName=deliver)["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


@dataclass(frozen=True)
class Buyer:
    """A user whose first request is answered by a function that may stop."""

    deployed: Deployed
    function: Function
    user: User
    shop: Shop

    def run(self, key: str, stop_at: tuple[int, str] | None = None) -> tuple[int, list[str]]:
        """POST /billing; the exit status, and the calls that were made if it was not stopped."""
        event = api_event(
            "POST",
            "/billing",
            "/",
            self.user.identity_id,
            headers={"Content-Type": "application/json", "Idempotency-Key": key},
            body=json.dumps(ORDER),
        )
        before = _COUNT.format(stop_at=list(stop_at) if stop_at else None, stopped=STOPPED)
        finished = self.function.run(event, before, "print(json.dumps(calls))")
        if finished.returncode == STOPPED:
            return STOPPED, []
        assert finished.returncode == 0, finished.stderr
        answer, calls = (json.loads(line) for line in finished.stdout.splitlines()[-2:])
        assert answer["answer"]["statusCode"] == 201, answer["answer"]
        return 0, calls

    def purchases(self) -> dict[str, Mapping[str, Any]]:
        """The user's purchases by id, as they are recorded."""
        return self.shop.purchases(self.user.identity_id)

    def stopped_everywhere(self) -> Iterator[Stop]:
        """Requests stopped before and after each call in turn, each with a key of its own.

        Webhooks come after the last one, lest one of them be faster than what is to be stopped.
        """
        with webhooks_held(self.deployed):
            yield from self._stopped_everywhere()

    def _stopped_everywhere(self) -> Iterator[Stop]:
        for number, side in ((number, side) for number in range(len(CALLS)) for side in ("before", "after")):
            stop, known = Stop(f"{side} {CALLS[number]} ({number})", uuid.uuid4().hex), set(self.purchases())
            status, _ = self.run(stop.key, (number, side))
            assert status == STOPPED, stop.where
            stop.recorded.extend(set(self.purchases()) - known)
            yield stop


@dataclass(frozen=True)
class Stop:
    """A request that was stopped: where, its key, and the purchases that it had recorded by then."""

    where: str
    key: str
    recorded: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def shop(deployed: Deployed) -> Shop:
    """What is known of purchases."""
    return Shop(deployed)


@pytest.fixture(scope="module")
def buyer(
    deployed: Deployed,
    stage_outputs: Mapping[str, Any],
    user: User,
    shop: Shop,
    tmp_path_factory: pytest.TempPathFactory,
) -> Buyer:
    """Somebody who buys through the function's own zip."""
    outputs = stage_outputs["services"]["billing_api"]["functions"]["api_handler"]
    return Buyer(deployed, load(deployed, outputs, tmp_path_factory.mktemp("billing")), user, shop)


def test_what_is_stopped_is_every_call(deployed: Deployed, buyer: Buyer) -> None:
    with webhooks_held(deployed):
        assert buyer.run(uuid.uuid4().hex) == (0, CALLS)


def test_stopped_anywhere_then_repeated(buyer: Buyer) -> None:
    bought = {}
    for stop in buyer.stopped_everywhere():  # and webhooks still held: the repeat finds out by itself
        answer = buyer.user.call("POST", "/billing", ORDER, {"Idempotency-Key": stop.key})
        assert answer.status_code == 201, (stop.where, answer.text)
        purchase = answer.json()
        assert purchase["status"] == "paid", stop.where
        assert stop.recorded in ([], [purchase["purchase_id"]]), stop.where
        bought[purchase["purchase_id"]] = stop.where
    assert len(bought) == 2 * len(CALLS)
    buyer.shop.wait_for_webhooks()
    for purchase_id, where in bought.items():
        buyer.shop.wait_until_announced(purchase_id)
        assert len(buyer.shop.charges(purchase_id)) == 1, where
        assert buyer.purchases()[purchase_id]["status"] == {"S": "paid"}, where
    for purchase_id, where in bought.items():  # once all others had their time to send a second one
        assert len(buyer.shop.texts(purchase_id)) == 1, where


def test_stopped_anywhere_and_never_repeated(buyer: Buyer) -> None:
    """What was charged is recorded and announced without the buyer's help, what was not stays so."""
    stops = list(buyer.stopped_everywhere())
    assert [len(stop.recorded) for stop in stops] == [0] + [1] * (2 * len(CALLS) - 1)
    charged = {}
    for stop in stops[1:]:
        [purchase_id] = stop.recorded
        charges = buyer.shop.charges(purchase_id)
        reached_stripe = stops.index(stop) > 2 * CALLS.index("POST")
        assert len(charges) == reached_stripe, stop.where
        if reached_stripe:
            charged[purchase_id] = stop.where
        else:
            assert buyer.purchases()[purchase_id]["status"] == {"S": "pending"}, stop.where
            assert buyer.shop.texts(purchase_id) == [], stop.where
    for purchase_id, where in charged.items():
        buyer.shop.wait_until_announced(purchase_id, SCHEDULED)
        item = eventually(lambda: _settled(buyer, purchase_id), SCHEDULED, f"the end after {where}")  # noqa: B023
        assert item["status"] == {"S": "paid"}, where
    for purchase_id, where in charged.items():
        assert len(buyer.shop.charges(purchase_id)) == 1, where
        assert len(buyer.shop.texts(purchase_id)) == 1, where


def _settled(buyer: Buyer, purchase_id: str) -> Mapping[str, Any] | None:
    item = buyer.purchases()[purchase_id]
    return None if "due" in item else item


def test_paid_and_unannounced_is_announced_on_schedule(deployed: Deployed, buyer: Buyer) -> None:
    """Nobody repeats the request, no webhook comes: the schedule alone does it."""
    with webhooks_held(deployed):
        known = set(buyer.purchases())
        key = uuid.uuid4().hex
        assert buyer.run(key, (CALLS.index("Publish"), "before")) == (STOPPED, [])
        [purchase_id] = set(buyer.purchases()) - known
        item = buyer.purchases()[purchase_id]
        assert (item["status"], item["due"]) == ({"S": "paid"}, {"S": "announce"})
        assert buyer.shop.texts(purchase_id) == []
        buyer.shop.wait_until_announced(purchase_id, SCHEDULED)
        eventually(lambda: _settled(buyer, purchase_id), what="the end of the announcement")
    buyer.shop.wait_for_webhooks()
    assert len(buyer.shop.texts(purchase_id)) == 1
    assert len(buyer.shop.charges(purchase_id)) == 1

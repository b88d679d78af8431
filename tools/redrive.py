"""Bring what lies in the dead-letter queues of a stage back to the functions that could not process it.

Each function that gets messages has a queue of its own. An older stage may have one more, which all shared
(tools/shared_dead_letters.py): its messages say themselves whose they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tools import dead_letters, deployed, live, queue_messages, shared_dead_letters, state_bucket
from tools.cloud import client
from tools.dead_letters import Letter
from tools.layers import Layers
from tools.queue_messages import Taken

_LOOKING = 120  # seconds that a message is hidden while all are listed
_ANSWERING = 60  # seconds beyond a function's own timeout after which no answer comes any more
_MARGIN = 120  # seconds beyond that in which a message is still hidden, so that it can be deleted


@dataclass(frozen=True)
class Function:
    """A deployed function. It is called through the alias `live`, as its topic does."""

    service: str
    key: str  # Chalice's name
    name: str
    arn: str
    alias_arn: str

    def __str__(self) -> str:
        return f"{self.service}.{self.key}"

    @property
    def names(self) -> set[str]:
        """What users may call it."""
        return {self.key, str(self)}


@dataclass(frozen=True)
class Queue:
    """A dead-letter queue; `owner` is None for the one that all subscribers shared."""

    url: str
    owner: Function | None

    def __str__(self) -> str:
        return str(self.owner) if self.owner else "shared by all"


@dataclass(frozen=True)
class Found:
    """A message, and the function that it is to be sent to; None where `fault` says why to none."""

    queue: Queue
    letter: Letter
    function: Function | None
    fault: str = ""


@dataclass
class Outcome:
    """How many were processed and deleted, and by message id why the others stay."""

    processed: int = 0
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Redrive:
    """The dead-letter queues of a stage as they stood when this was made."""

    layers: Layers
    functions: Sequence[Function]
    queues: Sequence[Queue]
    _subscribers: dict[str, str] = field(default_factory=dict)  # functions by subscription, as far as asked

    @staticmethod
    def of(layers: Layers) -> Redrive:
        """Of all services that are deployed. Raises ToolError where the stage is not."""
        layers.stage_outputs()
        functions, queues = list[Function](), list[Queue]()
        for service in deployed.services(layers):
            key = f"{layers.stage.name}/services/{service}.tfstate"
            outputs = state_bucket.outputs(layers.cloud, layers.stage.account, key)
            for name, function in (outputs["functions"] if outputs else {}).items():
                made = Function(service, name, function["name"], function["arn"], function["alias_arn"])
                functions.append(made)
                if url := function.get("dead_letter_queue_url"):
                    queues.append(Queue(url, made))
        shared = shared_dead_letters.url(layers)
        return Redrive(layers, functions, [*queues, *([Queue(shared, None)] if shared else [])])

    @property
    def receivers(self) -> list[Function]:
        """The functions that may have dead letters."""
        owners = [queue.owner for queue in self.queues]
        return [function for function in self.functions if None in owners or function in owners]

    def out_of_sight(self, queue: Queue) -> int:
        """How many messages cannot be seen now: delayed, or being processed by another redrive."""
        names = ["ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
        found = self._sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=names)["Attributes"]
        return sum(int(found.get(name, 0)) for name in names)

    def look(self, queue: Queue) -> list[Found]:
        """What lies in a queue. All of it can be seen by others again afterwards."""
        with queue_messages.taken(self._sqs, queue.url, _LOOKING) as messages:
            return [self._attributed(queue, message) for message in messages]

    def send(self, chosen: Collection[Found], say: Callable[[str], None]) -> Outcome:
        """Send these messages, and no other, to their functions, one after the other.

        Each is deleted once its function has succeeded; the others stay and can be taken again at once.
        """
        outcome = Outcome()
        for queue in self.queues:
            waiting = {found.letter.id for found in chosen if found.queue == queue}
            if waiting:
                self._send_those_of(queue, waiting, outcome, say)
            outcome.failed |= dict.fromkeys(waiting, "it is no longer there, or another redrive has it")
        return outcome

    def _send_those_of(
        self, queue: Queue, waiting: set[str], outcome: Outcome, say: Callable[[str], None]
    ) -> None:
        """Send the messages whose ids are `waiting`, and take from these what was tried."""
        seconds = max(map(self._seconds, [queue.owner] if queue.owner else self.functions), default=0)
        hidden = seconds + _ANSWERING + _MARGIN
        with queue_messages.taken(self._sqs, queue.url, hidden, at_once=1) as messages:
            for message in messages:
                id_ = message["MessageId"]
                if id_ not in waiting:
                    continue
                waiting.discard(id_)
                found = self._attributed(queue, message)
                with messages.in_work(message):
                    why = self._failure(found, seconds)
                if why := why or _not_deleted(messages, message):
                    outcome.failed[id_] = why
                else:
                    outcome.processed += 1
                say(f"{found.function or queue}: {id_} {'stays' if why else 'processed'}")
                if not waiting:
                    return

    def _failure(self, found: Found, seconds: int) -> str:
        """Send one message to its function; why it was not processed, empty where it was."""
        if found.function is None:
            return found.fault
        # Never a second time by itself: a function that is slow to answer would get it twice.
        functions = client(
            self.layers.cloud,
            self.layers.stage.account,
            "lambda",
            read_timeout=seconds + _ANSWERING,
            retries={"max_attempts": 0},
            tcp_keepalive=True,
        )
        try:
            answer = functions.invoke(
                FunctionName=found.function.alias_arn,
                InvocationType="RequestResponse",
                Payload=json.dumps(found.letter.event).encode(),
            )
            payload = answer["Payload"].read()
        except (ClientError, BotoCoreError) as error:
            return dead_letters.one_line(error)
        return _failure_in(answer, payload)

    def _attributed(self, queue: Queue, message: Mapping[str, Any]) -> Found:
        """A message with the function that it is for: the queue's own, which it may not contradict."""
        letter = dead_letters.read(message)
        if letter.fault:
            return Found(queue, letter, None, letter.fault)
        named = letter.function or self._subscriber(letter.subscription)
        if queue.owner is not None:
            if named in ("", queue.owner.arn):
                return Found(queue, letter, queue.owner)
            return Found(queue, letter, None, f"it is for another function: {named}")
        function = next((one for one in self.functions if one.arn == named), None)
        if function is None:
            whose = f"it is for {named}, which is not deployed" if named else "it does not say whose it is"
            return Found(queue, letter, None, whose)
        return Found(queue, letter, function)

    def _subscriber(self, subscription: str) -> str:
        """The ARN of the function that a subscription calls; empty where there is none any more."""
        if subscription and subscription not in self._subscribers:
            sns = client(self.layers.cloud, self.layers.stage.account, "sns")
            try:
                found = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
            except ClientError as error:
                if error.response["Error"]["Code"] not in ("NotFound", "InvalidParameter"):
                    raise
                found = {}
            self._subscribers[subscription] = dead_letters.function_of(found.get("Endpoint", ""))
        return self._subscribers.get(subscription, "")

    def _seconds(self, function: Function) -> int:
        """The longest that a call of the function may take, by what its alias leads to."""
        functions = client(self.layers.cloud, self.layers.stage.account, "lambda")
        try:
            alias = functions.get_alias(FunctionName=function.name, Name=live.ALIAS)
            shared = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights") or {}
            versions = [alias["FunctionVersion"], *shared]
            described = [
                functions.get_function_configuration(FunctionName=function.name, Qualifier=version)
                for version in versions
            ]
        except functions.exceptions.ResourceNotFoundException:
            return 0  # sending to it tells why
        return max(int(version["Timeout"]) for version in described)

    @property
    def _sqs(self) -> Any:
        return client(self.layers.cloud, self.layers.stage.account, "sqs")


def _failure_in(answer: Mapping[str, Any], payload: bytes) -> str:
    """What an answer of Lambda says of a failure of the function; empty where it succeeded."""
    if not answer.get("FunctionError"):
        return ""
    try:
        words = dead_letters.failure(json.loads(payload))
    except ValueError:
        words = ""
    return words or str(answer["FunctionError"])


def _not_deleted(messages: Taken, message: Mapping[str, Any]) -> str:
    """Delete a message that was processed; why it is still there, empty where it is gone."""
    try:
        messages.delete(message)
    except (ClientError, BotoCoreError) as error:
        return f"processed, but not deleted: {dead_letters.one_line(error)}"
    return ""


def matching(found: Sequence[Found], services: Collection[str], functions: Collection[str]) -> list[Found]:
    """Those of the messages that are for a named service and function; all where none is named."""
    return [
        one
        for one in found
        if (not services or (one.function and one.function.service in services))
        and (not functions or (one.function and one.function.names & {*functions}))
    ]

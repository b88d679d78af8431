"""Dead letters of a stage: shown, chosen, sent to their function, deleted after it succeeded."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import click
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from click.testing import CliRunner, Result

from tests.tools.bucket import Bucket
from tools import queue_messages, redrive
from tools.cloud import client
from tools.commands.redrive import command
from tools.errors import ToolError, UsageError
from tools.layers import Layers
from tools.queue_messages import taken
from tools.redrive import Redrive

SERVICES = {"notify_job": "notify", "audit_job": "audit", "notes_api": "api_handler"}
RECEIVING = ("notify_job", "audit_job")


class NotFoundError(Exception):
    """What boto3 raises for a function that is not there."""


@dataclass
class Functions:
    """Lambda, as far as redrive needs it; `answers` by alias ARN, what is not there succeeds."""

    answers: dict[str, Any] = field(default_factory=dict)
    timeouts: dict[str, int] = field(default_factory=dict)  # by version
    weights: dict[str, float] = field(default_factory=dict)
    invoked: list[tuple[str, Any]] = field(default_factory=list)
    configured: list[dict[str, Any]] = field(default_factory=list)

    class exceptions:  # noqa: N801 - as boto3 has it
        ResourceNotFoundException = NotFoundError

    def get_alias(self, FunctionName: str, Name: str) -> dict[str, Any]:  # noqa: N803
        assert (FunctionName[:6], Name) == ("notes-", "live")
        return {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": self.weights}}

    def get_function_configuration(self, FunctionName: str, Qualifier: str) -> dict[str, Any]:  # noqa: ARG002, N803
        return {"Timeout": self.timeouts.get(Qualifier, 20)}

    def invoke(self, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert InvocationType == "RequestResponse"
        self.invoked.append((FunctionName, json.loads(Payload)))
        answer = self.answers.get(FunctionName, {})
        if isinstance(answer, BaseException):
            raise answer
        body = json.dumps(answer).encode()
        return {"Payload": io.BytesIO(body), **({"FunctionError": "Unhandled"} if answer else {})}


@dataclass
class Stage:
    """The stage dev with two functions that get messages, in moto's account."""

    bucket: Bucket
    functions: Functions
    urls: dict[str, str]  # by service, and of the queue that all shared

    @property
    def layers(self) -> Layers:
        return self.bucket.layers("dev")

    @property
    def sqs(self) -> Any:
        return client(self.bucket.cloud, self.bucket.account, "sqs")

    def arn(self, service: str) -> str:
        name = f"notes-dev-{service}-{SERVICES[service]}".replace("_", "-")
        return f"arn:aws:lambda:us-east-1:{self.bucket.account.id}:function:{name}"

    def alias(self, service: str) -> str:
        return f"{self.arn(service)}:live"

    def record(self, service: str, number: int) -> dict[str, Any]:
        """What Lambda sends to the destination of a function that failed."""
        answer = {"errorType": "E", "errorMessage": f"failed on {number}"}
        context = {"functionArn": self.alias(service)}
        return {"requestContext": context, "requestPayload": {"private": number}, "responsePayload": answer}

    def put(self, queue: str, body: Any) -> str:
        """Put a message into a queue; its id."""
        text = body if isinstance(body, str) else json.dumps(body)
        found: str = self.sqs.send_message(QueueUrl=self.urls[queue], MessageBody=text)["MessageId"]
        return found

    def left(self, queue: str) -> int:
        """How many messages of a queue can be seen at once."""
        return len(self.sqs.receive_message(**self._all(queue)).get("Messages", []))

    def _all(self, queue: str) -> dict[str, Any]:
        return {"QueueUrl": self.urls[queue], "MaxNumberOfMessages": 10, "VisibilityTimeout": 0}

    def run(self, stdin: str | None = None, **variables: str) -> Result:
        """`make redrive`; with `stdin` on a terminal."""

        @click.group()
        @click.pass_context
        def main(ctx: click.Context) -> None:
            ctx.obj = type(
                "Context", (), {"layers_as": lambda _, role: self.layers if role == "deployer" else None}
            )()

        main.add_command(command)
        return CliRunner(env=variables).invoke(main, ["redrive"], input=stdin)


@pytest.fixture
def stage(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Both queues are empty, and so is the one that all services shared."""
    monkeypatch.setattr(queue_messages, "WAIT_SECONDS", 0)
    sqs, functions = client(bucket.cloud, bucket.account, "sqs"), Functions()
    urls = {
        name: sqs.create_queue(QueueName=f"{name}-dead-letters")["QueueUrl"]
        for name in (*RECEIVING, "shared")
    }
    made = Stage(bucket, functions, urls)
    bucket.put("dev/stage.tfstate", {"resources": [{}], "outputs": {}})
    for service, key in SERVICES.items():
        described = {
            "name": made.arn(service).rsplit(":", 1)[-1],
            "arn": made.arn(service),
            "alias_arn": made.alias(service),
            "dead_letter_queue_url": urls.get(service),
        }
        outputs = {"functions": {"value": {key: described}}}
        bucket.put(f"dev/services/{service}.tfstate", {"resources": [{}], "outputs": outputs})

    def clients(cloud: Any, account: Any, service: str, **config: Any) -> Any:
        if service == "lambda":
            functions.configured += [config] if config else []
            return functions
        return client(cloud, account, service, **config)

    monkeypatch.setattr(redrive, "client", clients)
    return made


def shared(stage: Stage) -> None:
    """Let the stage have the queue that all services shared, as an older deploy left it."""
    outputs = {"notify_dead_letter_queue_url": {"value": stage.urls["shared"]}}
    stage.bucket.put("dev/stage.tfstate", {"resources": [{}], "outputs": outputs})


def status(result: Result) -> int:
    """The exit status that the tools give."""
    error = result.exception
    return error.exit_status if isinstance(error, ToolError) else result.exit_code


def throttled() -> ClientError:
    error = {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}
    return ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 429}}, "Invoke")


def test_each_message_goes_to_the_function_that_failed_on_it_and_is_deleted(stage: Stage) -> None:
    for service in RECEIVING:
        stage.put(service, stage.record(service, RECEIVING.index(service)))
    result = stage.run(YES="1")
    assert status(result) == 0, result.output
    assert sorted(stage.functions.invoked) == sorted(
        (stage.alias(service), {"private": RECEIVING.index(service)}) for service in RECEIVING
    )
    assert [stage.left(service) for service in RECEIVING] == [0, 0]
    assert "2 processed, 0 failed again and stay." in result.output


def test_first_it_shows_what_lies_where_and_never_what_it_says(stage: Stage) -> None:
    id_ = stage.put("audit_job", stage.record("audit_job", 7))
    result = stage.run(DRY="1")
    assert status(result) == 0
    lines = [line.split() for line in result.output.splitlines()]
    assert ["audit_job.audit", "1", "0"] in lines
    assert ["notify_job.notify", "0", "0"] in lines
    assert ["audit_job.audit", id_, "0", "min", "E:", "failed", "on", "7"] in lines
    assert "private" not in result.output
    assert "notes_api" not in result.output, "it has no queue"


def test_dry_changes_nothing_whatever_else_is_given(stage: Stage) -> None:
    stage.put("audit_job", stage.record("audit_job", 1))
    assert "Nothing was changed." in stage.run(DRY="1", YES="1", SERVICE="audit_job").output
    assert stage.functions.invoked == []
    assert stage.left("audit_job") == 1, "it can be taken at once"


def test_without_a_terminal_and_a_choice_nothing_is_done_and_the_command_said(stage: Stage) -> None:
    stage.put("audit_job", stage.record("audit_job", 1))
    result = stage.run()
    assert isinstance(result.exception, UsageError)
    assert status(result) == 2
    assert "make redrive ENV=dev YES=1" in str(result.exception)
    assert "make redrive ENV=dev FUNCTION=audit_job.audit" in str(result.exception)
    assert (stage.functions.invoked, stage.left("audit_job")) == ([], 1)


def test_with_nothing_to_send_there_is_nothing_to_choose(stage: Stage) -> None:
    result = stage.run()
    assert (status(result), "There is nothing to send." in result.output) == (0, True)


@pytest.mark.parametrize(
    "variables", [{"SERVICE": "audit_job"}, {"FUNCTION": "audit"}, {"FUNCTION": "audit_job.audit"}]
)
def test_a_choice_sends_that_alone(stage: Stage, variables: dict[str, str]) -> None:
    for service in RECEIVING:
        stage.put(service, stage.record(service, 1))
    assert status(stage.run(**variables)) == 0
    assert [name for name, _ in stage.functions.invoked] == [stage.alias("audit_job")]
    assert [stage.left(service) for service in RECEIVING] == [1, 0]


@pytest.mark.parametrize(
    "variables", [{"SERVICE": "notes_api"}, {"FUNCTION": "nonsense"}, {"DRY": "perhaps"}]
)
def test_what_cannot_be_chosen_is_a_wrong_call(stage: Stage, variables: dict[str, str]) -> None:
    stage.put("audit_job", stage.record("audit_job", 1))
    result = stage.run(YES="1", **variables)
    assert status(result) == 2
    assert stage.functions.invoked == []


@dataclass(frozen=True)
class Terminal:
    """A standard input that somebody sits at."""

    def isatty(self) -> bool:
        return True


def ask(stage: Stage, monkeypatch: pytest.MonkeyPatch, words: str, **variables: str) -> Result:
    monkeypatch.setattr("tools.commands.redrive.sys", type("sys", (), {"stdin": Terminal()}))
    return stage.run(stdin=f"{words}\n", **variables)


def test_on_a_terminal_it_asks_which(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [stage.put("audit_job", stage.record("audit_job", number)) for number in range(2)]
    stage.put("notify_job", stage.record("notify_job", 9))
    assert "Nothing was changed." in ask(stage, monkeypatch, "none").output
    assert "Nothing was changed." in ask(stage, monkeypatch, "").output
    assert status(ask(stage, monkeypatch, "nonsense")) == 2
    assert stage.functions.invoked == []
    assert status(ask(stage, monkeypatch, ids[1])) == 0
    assert stage.functions.invoked == [(stage.alias("audit_job"), {"private": 1})]
    assert status(ask(stage, monkeypatch, "audit_job.audit")) == 0
    assert stage.functions.invoked[1:] == [(stage.alias("audit_job"), {"private": 0})]
    assert status(ask(stage, monkeypatch, "n", SERVICE="notify_job")) == 0
    assert stage.left("notify_job") == 1
    assert status(ask(stage, monkeypatch, "all")) == 0
    assert stage.left("notify_job") == 0


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"errorType": "KeyError", "errorMessage": "'id'"}, "KeyError: 'id'"),
        (throttled(), "Rate Exceeded."),
        (ReadTimeoutError(endpoint_url="lambda"), "Read timeout"),
    ],
)
def test_what_fails_again_stays_and_the_others_go_on(stage: Stage, answer: Any, why: str) -> None:
    id_ = stage.put("audit_job", stage.record("audit_job", 1))
    stage.put("notify_job", stage.record("notify_job", 1))
    stage.functions.answers[stage.alias("audit_job")] = answer
    result = stage.run(YES="1")
    assert status(result) == 1
    assert "1 processed, 1 failed again and stay." in result.output
    assert f"{id_}: " in str(result.exception)
    assert why in str(result.exception)
    assert "make logs ENV=dev SERVICE=audit_job" in str(result.exception)
    assert [stage.left(service) for service in RECEIVING] == [0, 1], "it can be taken at once"


def test_whatever_ends_it_meanwhile_loses_nothing(stage: Stage) -> None:
    for number in range(3):
        stage.put("audit_job", stage.record("audit_job", number))
    stage.functions.answers[stage.alias("audit_job")] = KeyboardInterrupt()
    found = Redrive.of(stage.layers)
    chosen = [one for queue in found.queues for one in found.look(queue)]
    with pytest.raises(KeyboardInterrupt):
        found.send(chosen, print)
    assert stage.left("audit_job") == 2, "the function may still be at the third"
    names = ["ApproximateNumberOfMessagesNotVisible"]
    counted = stage.sqs.get_queue_attributes(QueueUrl=stage.urls["audit_job"], AttributeNames=names)
    assert counted["Attributes"][names[0]] == "1"


def test_a_message_is_hidden_for_longer_than_its_function_can_take(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a canary either version may get it."""
    stage.functions.timeouts, stage.functions.weights = {"1": 20, "2": 900}, {"2": 0.1}
    hidden: list[int] = []

    def record(sqs: Any, url: str, seconds: int, at_once: int = 10) -> Any:
        hidden.append(seconds if at_once == 1 else 0)
        return taken(sqs, url, seconds, at_once)

    monkeypatch.setattr(queue_messages, "taken", record)
    stage.put("audit_job", stage.record("audit_job", 1))
    assert status(stage.run(YES="1")) == 0
    [configured] = stage.functions.configured
    assert configured["read_timeout"] > 900
    assert configured["retries"] == {"max_attempts": 0}, "a slow function must not get it twice"
    assert max(hidden) > configured["read_timeout"]


def test_only_what_was_shown_is_sent(stage: Stage) -> None:
    stage.put("audit_job", stage.record("audit_job", 1))
    found = Redrive.of(stage.layers)
    chosen = [one for queue in found.queues for one in found.look(queue)]
    stage.put("audit_job", stage.record("audit_job", 2))
    assert found.send(chosen, print).processed == 1
    assert stage.functions.invoked == [(stage.alias("audit_job"), {"private": 1})]
    assert stage.left("audit_job") == 1


def test_what_somebody_else_took_meanwhile_is_said(stage: Stage) -> None:
    id_ = stage.put("audit_job", stage.record("audit_job", 1))
    found = Redrive.of(stage.layers)
    chosen = [one for queue in found.queues for one in found.look(queue)]
    stage.sqs.purge_queue(QueueUrl=stage.urls["audit_job"])
    assert found.send(chosen, print).failed == {id_: "it is no longer there, or another redrive has it"}


@pytest.mark.parametrize("what", ["another", "nonsense"])
def test_what_is_not_for_the_queues_function_is_left_and_named(stage: Stage, what: str) -> None:
    body = stage.record("notify_job", 1) if what == "another" else "nonsense"
    id_ = stage.put("audit_job", body)
    result = stage.run(YES="1")
    assert status(result) == 1
    assert "cannot be sent" in result.output
    expected = stage.arn("notify_job") if what == "another" else "no JSON"
    assert f"{id_}: " in str(result.exception)
    assert expected in str(result.exception)
    assert (stage.functions.invoked, stage.left("audit_job")) == ([], 1)


def subscribed(stage: Stage, service: str) -> str:
    """The ARN of a new subscription of a function."""
    sns = client(stage.bucket.cloud, stage.bucket.account, "sns")
    topic = sns.create_topic(Name="notes-dev-purchases")["TopicArn"]
    made = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=stage.alias(service))
    found: str = made["SubscriptionArn"]
    return found


def undelivered(subscription: str) -> dict[str, Any]:
    """What SNS puts into a queue when it could not call a function."""
    address = f"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}"
    topic = subscription.rsplit(":", 1)[0]
    return {"Type": "Notification", "TopicArn": topic, "Message": "m", "UnsubscribeURL": address}


def test_a_queue_that_all_shared_is_drained_to_whom_each_message_names(stage: Stage) -> None:
    shared(stage)
    stage.put("shared", stage.record("notify_job", 1))
    stage.put("shared", undelivered(subscribed(stage, "audit_job")))
    event = {"Records": [{"EventSubscriptionArn": subscribed(stage, "audit_job"), "Sns": {"Message": "m"}}]}
    stage.put("shared", event)
    assert "shared by all, audit_job.audit" in stage.run(DRY="1").output
    assert status(stage.run(YES="1")) == 0
    assert [name for name, _ in sorted(stage.functions.invoked, key=str)] == [
        stage.alias("audit_job"), stage.alias("audit_job"), stage.alias("notify_job")
    ]  # fmt: skip
    assert stage.left("shared") == 0


def test_what_a_shared_queue_cannot_attribute_stays_and_is_named(stage: Stage) -> None:
    shared(stage)
    gone = f"arn:aws:sns:us-east-1:{stage.bucket.account.id}:notes-dev-purchases:gone"
    other = stage.record("notify_job", 1)
    other["requestContext"]["functionArn"] = f"{stage.arn('notify_job')}-of-old:live"
    ids = [stage.put("shared", body) for body in ("nonsense", undelivered(gone), other)]
    result = stage.run(YES="1")
    assert status(result) == 1
    assert all(id_ in str(result.exception) for id_ in ids)
    assert "which is not deployed" in str(result.exception)
    assert (stage.functions.invoked, stage.left("shared")) == ([], 3)


def test_a_long_queue_is_shown_and_sent_whole(stage: Stage) -> None:
    for number in range(25):
        stage.put("audit_job", stage.record("audit_job", number))
    assert "25 processed" in stage.run(YES="1").output
    assert sorted(event["private"] for _, event in stage.functions.invoked) == list(range(25))


@dataclass
class Repeating:
    """A queue whose messages show again although they are hidden: the run takes longer than they are."""

    messages: Sequence[str]
    asked: int = 0

    def receive_message(self, **_: Any) -> Mapping[str, Any]:
        id_ = self.messages[self.asked % len(self.messages)]
        self.asked += 1
        return {"Messages": [{"MessageId": id_, "ReceiptHandle": f"{id_}-{self.asked}"}]}


def test_messages_that_show_again_are_taken_once_and_end_a_run() -> None:
    queue = Repeating(["a", "a", "b"])
    with_them = queue_messages.Taken(queue, "url", 60, 1)
    assert [message["MessageId"] for message in with_them] == ["a", "b"]
    assert queue.asked < 10

"""What a pause switches off, what a resume sets again, and what everybody else sees of it."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click
import click.testing
import pytest
from botocore.exceptions import ClientError

from tests.tools.bucket import Bucket
from tests.tools.conftest import MOTOS_ACCOUNT
from tools import (
    artifacts,
    inventory,
    pause_records,
    pausing,
    publication,
    secret_store,
    service_deploy,
    switches,
    units,
)
from tools.cloud import client
from tools.commands.pause import confirm
from tools.context import Context
from tools.errors import ToolError, UsageError
from tools.layers import Layers
from tools.names import Folder
from tools.packaging import Package
from tools.paths import REPOSITORY

SERVICE = "billing_api"
FUNCTION = "notes-pr-2-billing-api"
RATE, BURST = 50.0, 100.0


@dataclass
class Service:
    """A service with all that can call one, in moto: an API, a queue, a schedule, a topic and a rule."""

    bucket: Bucket
    reserved: Mapping[str, int]
    api: str = ""
    mapping: str = ""
    queue: str = ""

    def make(self) -> Service:
        """Deploy it, as Terraform leaves it."""
        self.bucket.deployed("pr-2", storage="none", services=[SERVICE, "notify_job"])
        role = self.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        functions = self.client("lambda")
        for name, reserved in self.reserved.items():
            functions.create_function(
                FunctionName=name,
                Runtime="python3.11",
                Role=role,
                Handler="app.app",
                Code={"ZipFile": b"x"},
                Publish=True,
            )
            functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
            if reserved != switches.NO_LIMIT:
                functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName="work", Attributes={"MessageRetentionPeriod": "345600"})["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        self.queue = attributes["QueueArn"]
        self.mapping = functions.create_event_source_mapping(
            EventSourceArn=self.queue, FunctionName=FUNCTION
        )["UUID"]
        self.client("events").put_rule(Name="notes-pr-2-settle", ScheduleExpression="rate(1 minute)")
        self.client("events").put_rule(Name="notes-pr-2-pattern", EventPattern='{"source": ["x"]}')
        self._make_api()
        self.bucket.put(f"pr-2/services/{SERVICE}.tfstate", self.state())
        return self

    def _make_api(self) -> None:
        gateway = self.client("apigateway")
        self.api = gateway.create_rest_api(name="billing")["id"]
        root = gateway.get_resources(restApiId=self.api)["items"][0]["id"]
        for method in ("GET", "OPTIONS"):
            where = {"restApiId": self.api, "resourceId": root, "httpMethod": method}
            gateway.put_method(**where, authorizationType="NONE")
            gateway.put_integration(**where, type="MOCK")
        first = gateway.create_deployment(restApiId=self.api)["id"]
        gateway.create_stage(restApiId=self.api, stageName="live", deploymentId=first)
        operations = switches._limits("*/*", RATE, BURST)
        gateway.update_stage(restApiId=self.api, stageName="live", patchOperations=operations)

    def state(self) -> dict[str, Any]:
        """The service's state, with the output that says what calls it."""
        value = {
            "functions": dict(self.reserved),
            "api": {"id": self.api, "stage": "live", "rate": RATE, "burst": BURST},
            "schedules": ["notes-pr-2-settle"],
            "queues": {self.mapping: self.queue},
            "deliveries": {FUNCTION: ["arn:aws:sns:us-east-1:1:purchases", "notes-pr-2-pattern"]},
        }
        outputs = {"switches": {"value": value}, "api_url": {"value": "https://x/billing"}}
        return {"resources": [{}], "outputs": outputs}

    def client(self, service: str) -> Any:
        return client(self.bucket.cloud, self.bucket.account, service)

    @property
    def layers(self) -> Layers:
        return self.bucket.layers("pr-2")

    def seen(self) -> dict[str, Any]:
        """How everything that calls the service is set."""
        functions, events = self.client("lambda"), self.client("events")
        settings = self.client("apigateway").get_stage(restApiId=self.api, stageName="live")["methodSettings"]
        limits = settings["*/*"]
        return {
            "reserved": {
                name: functions.get_function_concurrency(FunctionName=name).get(
                    "ReservedConcurrentExecutions", switches.NO_LIMIT
                )
                for name in self.reserved
            },
            "mapping": functions.get_event_source_mapping(UUID=self.mapping)["State"],
            "schedule": events.describe_rule(Name="notes-pr-2-settle")["State"],
            "pattern": events.describe_rule(Name="notes-pr-2-pattern")["State"],
            "api": (limits["throttlingRateLimit"], limits["throttlingBurstLimit"]),
        }


RUNNING = {
    "reserved": {FUNCTION: -1, f"{FUNCTION}-settle": 3},
    "mapping": "Enabled",
    "schedule": "ENABLED",
    "pattern": "ENABLED",
    "api": (RATE, BURST),
}
SILENT = {
    "reserved": {FUNCTION: 0, f"{FUNCTION}-settle": 0},
    "mapping": "Disabled",
    "schedule": "DISABLED",
    "pattern": "ENABLED",  # its events end in the dead-letter queue
    "api": (0.0, 0),
}


@pytest.fixture
def service(bucket: Bucket) -> Service:
    return Service(bucket, {FUNCTION: -1, f"{FUNCTION}-settle": 3}).make()


def test_a_pause_stops_all_that_calls_a_service_and_a_resume_sets_it_as_configured(service: Service) -> None:
    assert service.seen() == RUNNING
    pausing.pause(service.layers, [SERVICE])
    assert service.seen() == SILENT
    pausing.resume(service.layers, [SERVICE])
    assert service.seen() == RUNNING


def test_preflights_are_answered_meanwhile(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a browser could not show its user the answer 429."""

    def methods() -> dict[str, Any]:
        gateway = service.client("apigateway")
        found: dict[str, Any] = gateway.get_stage(restApiId=service.api, stageName="live")["methodSettings"]
        return {switches._plain(path): settings for path, settings in found.items()}

    pausing.pause(service.layers, [SERVICE])
    assert methods()["OPTIONS"]["throttlingRateLimit"] == RATE
    # moto keeps the settings of a method when they are removed.
    patched: list[Any] = []
    monkeypatch.setattr(service.client("apigateway"), "update_stage", lambda **given: patched.append(given))
    pausing.resume(service.layers, [SERVICE])
    (request,) = patched
    assert {"op": "remove", "path": "/~1/OPTIONS"} in request["patchOperations"]


def test_it_says_what_becomes_of_what_arrives(service: Service) -> None:
    service.client("lambda").put_function_event_invoke_config(
        FunctionName=FUNCTION,
        Qualifier="live",
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{MOTOS_ACCOUNT}:letters"}},
    )
    words = pausing.pause(service.layers, [SERVICE])
    assert words == [
        "billing_api of pr-2 is paused: nothing calls it any more",
        "  API https://x/billing: answers 429 Too Many Requests",
        "  queue work: messages wait in it, each at most 4 days",
        "  schedule notes-pr-2-settle: does not happen; nothing makes up for it",
        f"  topic purchases: messages to {FUNCTION} end in the dead-letter queue letters, "
        "until make redrive ENV=pr-2",
        f"  rule notes-pr-2-pattern: events to {FUNCTION} end in the dead-letter queue letters, "
        "until make redrive ENV=pr-2",
    ]
    assert "make redrive ENV=pr-2" in pausing.resume(service.layers, [SERVICE])[1]


def test_it_says_that_messages_without_a_dead_letter_queue_are_lost(service: Service) -> None:
    words = "\n".join(pausing.pause(service.layers, [SERVICE]))
    assert f"topic purchases: messages to {FUNCTION} are lost: it has no dead-letter queue" in words


def test_a_second_pause_tells_of_the_first(service: Service) -> None:
    pausing.pause(service.layers, [SERVICE], "double charges", by="ana@laptop")
    first = pausing.paused(service.layers)[SERVICE]
    words = pausing.pause(service.layers, [SERVICE], "again", by="ben@laptop")
    assert words[0] == (
        f"billing_api of pr-2 is already paused since {first.at} by ana@laptop: double charges"
    )
    assert pausing.paused(service.layers) == {SERVICE: first}


def test_the_pause_of_a_user_outranks_that_of_a_rollback(service: Service) -> None:
    for doing, kept in (("rollback", "rollback"), ("pause", "pause"), ("rollback", "pause")):
        pausing.pause(service.layers, [SERVICE], doing=doing)  # type: ignore[arg-type]
        assert pausing.paused(service.layers)[SERVICE].doing == kept


def test_a_pause_that_was_killed_is_known_and_finished_by_the_next(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(switches, "off", _killed)
        with pytest.raises(KeyboardInterrupt):
            pausing.pause(service.layers, [SERVICE])
    assert pausing.paused(service.layers).keys() == {SERVICE}
    assert service.seen() == RUNNING
    pausing.pause(service.layers, [SERVICE])
    assert service.seen() == SILENT


def test_a_resume_that_was_killed_is_finished_by_the_next(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    pausing.pause(service.layers, [SERVICE])
    with monkeypatch.context() as killed:
        killed.setattr(switches, "on", _killed)
        with pytest.raises(KeyboardInterrupt):
            pausing.resume(service.layers, [SERVICE])
    assert pausing.paused(service.layers).keys() == {SERVICE}
    pausing.resume(service.layers, [SERVICE])
    assert (service.seen(), pausing.paused(service.layers)) == (RUNNING, {})


def _killed(*_: Any) -> list[str]:
    raise KeyboardInterrupt


def test_one_fault_does_not_keep_the_rest_from_silence(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "UpdateStage")

    with monkeypatch.context() as broken:
        broken.setattr(switches, "_throttle", refused)
        with pytest.raises(ToolError) as fault:
            pausing.pause(service.layers, [SERVICE])
    assert f"billing_api: API {service.api}: " in fault.value.what
    assert fault.value.next_step == "Run it again: make pause ENV=pr-2 SERVICE=billing_api"
    assert service.seen() == {**SILENT, "api": (RATE, BURST)}
    assert pausing.paused(service.layers).keys() == {SERVICE}


def test_what_is_gone_is_no_fault(service: Service) -> None:
    service.client("lambda").delete_function(FunctionName=f"{FUNCTION}-settle")
    pausing.pause(service.layers, [SERVICE])
    assert pausing.paused(service.layers).keys() == {SERVICE}


def test_who_pauses_anew_during_a_resume_wins(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    pausing.pause(service.layers, [SERVICE])
    monkeypatch.setattr(pause_records, "remove", lambda *_: False)
    with pytest.raises(ToolError, match="stays paused: somebody paused it anew"):
        pausing.resume(service.layers, [SERVICE])
    assert service.seen() == SILENT


def test_each_pause_writes_a_record_of_its_own(service: Service) -> None:
    """By its tag a resume knows that the service was paused anew."""
    pausing.pause(service.layers, [SERVICE])
    first = pausing.paused(service.layers)[SERVICE].tag
    pausing.pause(service.layers, [SERVICE])
    assert pausing.paused(service.layers)[SERVICE].tag != first != ""


def test_a_record_that_cannot_be_read_still_pauses(service: Service) -> None:
    service.bucket.put(f"paused/pr-2/{SERVICE}.json", ["spoilt"])
    assert pausing.paused(service.layers)[SERVICE].why == "its record cannot be read"
    pausing.resume(service.layers, [SERVICE])
    assert pausing.paused(service.layers) == {}


@pytest.mark.parametrize("doing", [pausing.pause, pausing.resume])
def test_only_what_is_deployed_can_be_paused(service: Service, doing: Any) -> None:
    with pytest.raises(UsageError, match="notes_api: not deployed in pr-2") as fault:
        doing(service.layers, [SERVICE, "notes_api"])
    assert fault.value.next_step == "Deployed are: billing_api, notify_job."
    assert service.seen() == RUNNING


def test_a_service_that_was_not_paused_stays_as_it_is(service: Service) -> None:
    service.client("lambda").put_function_concurrency(FunctionName=FUNCTION, ReservedConcurrentExecutions=7)
    assert pausing.resume(service.layers, [SERVICE]) == ["billing_api of pr-2 was not paused"]
    assert service.seen()["reserved"][FUNCTION] == 7


def test_a_service_that_an_older_checkout_deployed_is_known_by_its_resources() -> None:
    state = {"outputs": {}, "resources": resources(-1, RATE, "ENABLED", True)}
    assert switches.of(state) == switches.Switches(
        {FUNCTION: -1},
        switches.Api("a1", "live", RATE, BURST),
        ("settle",),
        {"m1": "arn:aws:sqs:us-east-1:1:work"},
        {FUNCTION: ("arn:aws:sns:us-east-1:1:purchases", "pattern")},
    )


def resources(reserved: int, rate: float, rule: str, polled: bool) -> list[dict[str, Any]]:
    """A service's resources as a state has them."""
    called = f"arn:aws:lambda:us-east-1:1:function:{FUNCTION}:live"
    limits = {"throttling_rate_limit": rate, "throttling_burst_limit": BURST if rate else 0}
    scheduled = {"name": "settle", "schedule_expression": "rate(1 minute)", "state": rule}
    found: dict[str, dict[str, Any]] = {
        "aws_lambda_function": {"function_name": FUNCTION, "reserved_concurrent_executions": reserved},
        "aws_api_gateway_method_settings": {"rest_api_id": "a1", "stage_name": "live", "settings": [limits]},
        "aws_lambda_event_source_mapping": {
            "uuid": "m1",
            "event_source_arn": "arn:aws:sqs:us-east-1:1:work",
            "enabled": polled,
        },
        "aws_sns_topic_subscription": {"topic_arn": "arn:aws:sns:us-east-1:1:purchases", "endpoint": called},
    }
    several: dict[str, list[dict[str, Any]]] = {
        "aws_cloudwatch_event_rule": [
            {**scheduled, "is_enabled": rule == "ENABLED"},
            {"name": "pattern", "event_pattern": "{}", "state": "ENABLED", "is_enabled": True},
        ],
        "aws_cloudwatch_event_target": [
            {"rule": "settle", "arn": called},
            {"rule": "pattern", "arn": called},
        ],
    }
    return [
        {"mode": "managed", "type": kind, "instances": [{"attributes": one} for one in each]}
        for kind, each in {**{kind: [one] for kind, one in found.items()}, **several}.items()
    ]


@pytest.mark.parametrize("applied", [(-1, RATE, "ENABLED", True), (0, 0, "DISABLED", False)])
def test_a_state_says_what_is_to_be_whether_or_not_it_was_applied_while_paused(applied: Any) -> None:
    value = {
        "functions": {FUNCTION: -1},
        "api": {"id": "a1", "stage": "live", "rate": RATE, "burst": BURST},
        "schedules": ["settle"],
        "queues": {},
        "deliveries": {},
    }
    state = {"outputs": {"switches": {"value": value}}, "resources": resources(*applied)}
    before = json.dumps(state)
    running = switches.as_recorded(state, paused=False)["resources"]
    silent = switches.as_recorded(state, paused=True)["resources"]
    assert running == resources(-1, RATE, "ENABLED", True)
    assert silent == resources(0, 0, "DISABLED", False)
    assert json.dumps(state) == before


def test_a_deploy_that_began_before_the_pause_leaves_the_service_paused(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It planned the service as one that is called, and applies that after the pause."""

    def apply(layers: Layers, unit: Any, _correct: object) -> str:
        assert unit == "unit"
        pausing.pause(layers, [SERVICE])
        state = service.state()
        switches.on(layers.cloud, layers.stage.account, switches.of(state))
        return "1 to update"

    monkeypatch.setattr(service_deploy, "rendered_for", lambda *_: None)
    monkeypatch.setattr(service_deploy, "_fingerprint", lambda *_: "f2")
    monkeypatch.setattr(secret_store, "require", lambda *_: [])
    package = Package(REPOSITORY, REPOSITORY, "0" * 64)
    monkeypatch.setattr(service_deploy, "_build", lambda *_: ("unit", package))
    monkeypatch.setattr(artifacts, "upload", lambda *_: None)
    monkeypatch.setattr(units, "plan_and_apply", apply)
    monkeypatch.setattr(Layers, "read", lambda *_: {})
    monkeypatch.setattr(publication, "publish", lambda *_: publication.Publication())
    monkeypatch.setattr(service_deploy, "_stands", lambda *_: True)

    words = service_deploy.deploy(service.layers, REPOSITORY / SERVICE, force=False)

    assert words == "1 to update, paused"
    assert service.seen() == SILENT
    service.client("events").enable_rule(Name="notes-pr-2-settle")
    assert service_deploy.deploy(service.layers, REPOSITORY / SERVICE, force=False) == "unchanged, paused"
    assert service.seen() == SILENT


def test_terraform_is_told_but_a_pause_alone_deploys_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Layers, "service_variables", lambda *_: {"stage": "pr-2"})
    package = Package(REPOSITORY, REPOSITORY, "0" * 64)

    def paused() -> Any:
        return service.layers.service(REPOSITORY / SERVICE, package, None).variables["paused"]

    assert paused() is False
    pausing.pause(service.layers, [SERVICE])
    assert paused() is True


def test_the_list_of_stages_shows_it(service: Service) -> None:
    pausing.pause(service.layers, [SERVICE], "double charges", by="ana@laptop")
    (found,) = inventory.of_account(service.bucket.cloud, service.bucket.account)
    assert found.described()["paused"] == {
        SERVICE: {
            "at": found.paused[SERVICE].at,
            "by": "ana@laptop",
            "why": "double charges",
            "doing": "pause",
        }
    }
    assert found.services.keys() == {SERVICE, "notify_job"}


def test_what_needs_a_service_says_that_it_is_paused(service: Service) -> None:
    pausing.refuse(service.layers, [SERVICE], "A user's journey would fail.")
    pausing.pause(service.layers, [SERVICE], by="ana@laptop")
    pausing.refuse(service.layers, ["notify_job"], "A user's journey would fail.")
    with pytest.raises(ToolError, match=r"billing_api of pr-2 is paused since .* by ana@laptop") as fault:
        pausing.refuse(service.layers, [SERVICE], "A user's journey would fail.")
    assert fault.value.next_step == "Run first: make resume ENV=pr-2 SERVICE=billing_api"


def test_no_stage_is_called_as_the_folder_of_the_records(service: Service) -> None:
    with pytest.raises(UsageError):
        service.bucket.layers(Folder.PAUSED)


class Terminal:
    """Standard input, which somebody sits at or not."""

    def __init__(self, attended: bool) -> None:
        self._attended = attended

    def isatty(self) -> bool:
        return self._attended


def called(name: str, service: Service, env: str = "pr-2", **variables: str) -> click.testing.Result:
    """`make <name>` for a stage of the service's account."""
    context = Context(env, "aws")
    for made, value in {"organisation": service.bucket.organisation, "cloud": service.bucket.cloud}.items():
        context.__dict__[made] = value
    command = importlib.import_module(f"tools.commands.{name}").command
    return click.testing.CliRunner().invoke(command, obj=context, env={"YES": "", "CONFIRM": "", **variables})


def test_the_commands(service: Service) -> None:
    paused = called("pause", service, SERVICE=SERVICE, MESSAGE="double charges")
    assert paused.exit_code == 0, paused.output
    assert "billing_api of pr-2 is paused: nothing calls it any more" in paused.output
    assert "To undo: make resume ENV=pr-2 SERVICE=billing_api" in paused.output
    assert (service.seen(), pausing.paused(service.layers)[SERVICE].why) == (SILENT, "double charges")
    resumed = called("resume", service, SERVICE=f" {SERVICE},")
    assert resumed.exit_code == 0, resumed.output
    assert (service.seen(), pausing.paused(service.layers)) == (RUNNING, {})


@pytest.mark.parametrize("command", ["pause", "resume"])
@pytest.mark.parametrize(
    ("given", "what", "next_step"),
    [
        ("", "Which service? SERVICE is missing.", "Deployed in pr-2 are: billing_api, notify_job."),
        (" , ", "Which service? SERVICE is missing.", "Deployed in pr-2 are: billing_api, notify_job."),
        ("billing", "billing: not deployed in pr-2.", "Deployed are: billing_api, notify_job."),
    ],
)
def test_a_service_has_to_be_named(
    service: Service, command: str, given: str, what: str, next_step: str
) -> None:
    refused = called(command, service, SERVICE=given).exception
    assert isinstance(refused, UsageError)
    assert (refused.what, refused.next_step) == (what, next_step)


@pytest.mark.parametrize(
    ("attended", "variables", "may"),
    [
        (False, {}, False),
        (False, {"YES": "1"}, True),
        (False, {"CONFIRM": "dev"}, False),
        (False, {"CONFIRM": "prod"}, True),
        (True, {}, True),
    ],
)
def test_a_protected_stage_asks_first(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, attended: bool, variables: dict[str, str], may: bool
) -> None:
    layers, asked = bucket.layers("prod"), list[str]()
    assert layers.stage.settings.protected
    for name, value in {"YES": "", "CONFIRM": "", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", Terminal(attended))
    monkeypatch.setattr(click, "confirm", lambda words, **_: asked.append(words))
    if may:
        confirm(layers, [SERVICE], "Pause")
    else:
        with pytest.raises(ToolError, match="prod is protected, and nobody can be asked here") as refused:
            confirm(layers, [SERVICE], "Pause")
        assert refused.value.next_step == (
            "Without a terminal: make pause ENV=prod SERVICE=billing_api YES=1"
        )
    assert asked == (["Pause billing_api of prod, which is protected?"] if attended else [])

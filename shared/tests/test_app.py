"""Errors, CORS headers and log lines of every API."""

import io
import json
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
from chalice.app import Chalice, CORSConfig, Response
from chalice.test import Client

from shared import logs, problems
from shared.app import create_app, json_response
from shared.contract import Answer, Input, operation
from shared.identity import caller
from shared.tests.apigateway import Api

OPEN = {200: Answer("Fine")}


@pytest.fixture(autouse=True)
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged: a logger of this test alone, for Powertools binds one to the output at its making."""
    output = io.StringIO()
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setenv("SERVICE", f"things-{uuid4()}")
    monkeypatch.setenv("STAGE", "test")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
    logs.logger.cache_clear()
    yield output
    logs.logger.cache_clear()


@pytest.fixture
def app() -> Chalice:
    made = create_app("things")

    @made.route("/fine", methods=["GET"])
    @operation(made, "fine", "Fine", answers=OPEN)
    def fine(_request: Input) -> Response:
        return json_response({"user": caller(made)})

    @made.route("/busy", methods=["GET"])
    @operation(made, "busy", "Busy", answers=OPEN)
    def busy(_request: Input) -> Response:
        raise problems.Unavailable("Come back.", retry_after=7)

    @made.route("/broken", methods=["GET"])
    @operation(made, "broken", "Broken", answers=OPEN)
    def broken(_request: Input) -> Response:
        raise KeyError("inside")

    return made


@pytest.fixture
def api(app: Chalice) -> Api:
    return Api(app, "us-east-1:somebody")


def test_an_unexpected_error_shows_the_request_id_only(api: Api, logged: io.StringIO) -> None:
    answer = api("GET", "/broken")
    assert answer.status == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "inside" not in answer.text
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert answer.json["request_id"] in {line["request_id"] for line in lines}
    assert any("KeyError" in line.get("exception", "") for line in lines)


def test_a_problem_keeps_its_status_and_headers(api: Api) -> None:
    answer = api("GET", "/busy")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
    assert answer.json == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "Come back.",
    }


def test_another_media_type_is_a_bad_request(api: Api) -> None:
    answer = api("GET", "/fine", headers={"Content-Type": "text/plain"})
    assert (answer.status, answer.json["status"]) == (400, 400)


def test_chalice_local_answers_with_problem_documents_too(app: Chalice) -> None:
    with Client(app) as client:
        answer = client.http.put("/fine", headers={"content-type": "application/json"})
    assert answer.status_code == 405
    assert json.loads(answer.body)["title"] == "Method Not Allowed"
    assert answer.headers["Allow"] == "GET"


@pytest.mark.parametrize(
    ("allowed", "origin", "named"),
    [
        ("https://a.example", None, "https://a.example"),
        ("https://a.example", "https://evil.example", "https://a.example"),
        ("https://a.example, https://b.example", "https://b.example", "https://b.example"),
        ("https://a.example,https://b.example", "https://evil.example", "https://a.example"),
        ("*", "https://any.example", "*"),
    ],
)
@pytest.mark.parametrize("path", ["/fine", "/busy", "/broken"])
def test_every_answer_names_an_allowed_origin(
    monkeypatch: pytest.MonkeyPatch, api: Api, path: str, allowed: str, origin: str | None, named: str
) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", allowed)
    answer = api("GET", path, headers={"Origin": origin} if origin else {})
    assert answer.headers["Access-Control-Allow-Origin"] == named
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]


def test_preflights_allow_the_headers_of_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://a.example")
    cors = create_app("things").api.cors
    assert isinstance(cors, CORSConfig)
    headers = cors.get_access_control_headers()
    assert headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert {"If-Match", "Idempotency-Key"} <= set(headers["Access-Control-Allow-Headers"].split(","))


def test_the_caller_is_who_signed(api: Api) -> None:
    assert api("GET", "/fine").json == {"user": "us-east-1:somebody"}


def test_nobody_is_forbidden(app: Chalice) -> None:
    assert Api(app, None)("GET", "/fine").status == 403


def test_a_development_identity_counts_outside_lambda_only(
    monkeypatch: pytest.MonkeyPatch, app: Chalice
) -> None:
    monkeypatch.setenv("DEVELOPMENT_IDENTITY_ID", "us-east-1:developer")
    assert Api(app, None)("GET", "/fine").json == {"user": "us-east-1:developer"}
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "notes-prod-things")
    assert Api(app, None)("GET", "/fine").status == 403


def test_a_request_is_one_line_with_its_ids(api: Api, logged: io.StringIO) -> None:
    api("GET", "/fine")
    (line,) = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert line["stage"] == "test"
    assert line["xray_trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"
    assert (line["route"], line["method"], line["status"]) == ("/fine", "GET", 200)
    assert line["request_id"]
    assert line["service"]

"""What gets through to a view, and how faults are named."""

import json

import pytest
from chalice.app import Chalice, IAMAuthorizer, Response
from hypothesis import given
from hypothesis import strategies as st

from shared.app import create_app, json_response
from shared.contract import Answer, Input, Parameter, describe, operation
from shared.tests.apigateway import Api

SCHEMA = {
    "title": "Thing",
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 5},
        "size": {"type": "integer", "minimum": 1},
        "inner": {"type": "object", "properties": {"deep": {"type": "string"}}},
    },
}
LIMIT = {"type": "integer", "minimum": 1, "maximum": 100, "default": 25}
KEY = {"type": "string", "minLength": 1, "maxLength": 255}


@pytest.fixture(scope="module")
def app() -> Chalice:
    made = create_app("things")

    @made.route("/", methods=["POST"], authorizer=IAMAuthorizer())
    @operation(
        made,
        "make",
        "Make a thing",
        body=SCHEMA,
        parameters=[
            Parameter("limit", "query", LIMIT, "How many"),
            Parameter("Idempotency-Key", "header", KEY, "Once", required=True),
        ],
        answers={201: Answer("Made", SCHEMA, {"ETag": "Version"})},
    )
    def make(request: Input) -> Response:
        return json_response({"body": request.body, "query": request.query, "headers": request.headers}, 201)

    @made.route("/hook/{thing_id}", methods=["POST"])
    @operation(made, "hook", "Take anything", answers={200: Answer("Taken")})
    def hook(request: Input, thing_id: str) -> Response:
        return json_response({"raw": request.raw_body.decode(), "thing_id": thing_id})

    return made


@pytest.fixture(scope="module")
def api(app: Chalice) -> Api:
    return Api(app, "us-east-1:somebody")


KEYED = {"Idempotency-Key": "k"}


def test_a_view_gets_what_was_declared(api: Api) -> None:
    answer = api("POST", "/?limit=7", {"name": "åß"}, headers={"idempotency-key": "k"})
    assert answer.status == 201
    assert answer.json == {
        "body": {"name": "åß"},
        "query": {"limit": 7},
        "headers": {"Idempotency-Key": "k"},
    }


def test_an_absent_parameter_has_its_default(api: Api) -> None:
    assert api("POST", "/", {"name": "a"}, headers=KEYED).json["query"] == {"limit": 25}


def test_a_raw_body_reaches_a_view_without_schema(api: Api) -> None:
    assert api("POST", "/hook/7", raw="no { json").json == {"raw": "no { json", "thing_id": "7"}


@pytest.mark.parametrize(
    ("raw", "pointers"),
    [
        ('{"name": ""}', ["/name"]),
        ('{"name": "too long"}', ["/name"]),
        ('{"name": 1, "size": true}', ["/name", "/size"]),
        ('{"name": "a", "size": 1.5}', ["/size"]),
        ('{"size": 0}', ["/name", "/size"]),
        ('{"name": "a", "inner": {"deep": 1}}', ["/inner/deep"]),
        ('{"name": "a", "a/b~c": 1}', ["/a~1b~0c"]),
        ('{"name": "\\ud800"}', ["/name"]),
        ('{"name": "a", "inner": {"deep": ["\\udfff"]}}', ["/inner/deep/0"]),
        ("[]", [""]),
        ('"text"', [""]),
        ("null", [""]),
    ],
)
def test_faults_of_the_body_have_pointers(api: Api, raw: str, pointers: list[str]) -> None:
    answer = api("POST", "/", raw=raw, headers=KEYED)
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert sorted(answer.pointers()) == sorted(pointers)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "  ",
        "{",
        '{"name": NaN}',
        '{"name": "a", "size": Infinity}',
        '{"name": "a", "size": 1e999}',
        '{"name": "a", "name": "b"}',
        '{"name": "a", "size": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"name": "a"} {}',
        "\ufeff{}",
        '{"name": "\ud800"}',
    ],
)
def test_what_is_not_json_is_refused(api: Api, raw: str) -> None:
    answer = api("POST", "/", raw=raw, headers=KEYED)
    assert answer.status == 400
    assert answer.json["detail"].startswith("The body is ")


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_no_text_as_body_is_a_fault_of_ours(api: Api, raw: str) -> None:
    assert api("POST", "/", raw=raw, headers=KEYED).status == 400


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["name", "size", "inner", "x"]), inner),
)


@given(json_values)
def test_any_json_is_taken_or_refused(api: Api, value: object) -> None:
    assert api("POST", "/", raw=json.dumps(value), headers=KEYED).status in (201, 400)


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=abc", "limit"),
        ("limit=", "limit"),
        ("limit=+5", "limit"),
        ("limit=%205", "limit"),
        ("limit=5.0", "limit"),
        ("limit=%D9%A5", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("limit=1&limit=2", "limit"),
        ("colour=red", "colour"),
    ],
)
def test_faults_of_the_query_are_named(api: Api, query: str, fault: str) -> None:
    answer = api("POST", f"/?{query}", {"name": "a"}, headers=KEYED)
    assert answer.status == 400
    assert answer.pointers() == [fault]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "k" * 300}])
def test_faults_of_a_header_are_named(api: Api, headers: dict[str, str]) -> None:
    answer = api("POST", "/", {"name": "a"}, headers=headers)
    assert answer.status == 400
    assert answer.pointers() == ["Idempotency-Key"]


def test_a_header_given_twice_is_refused(api: Api) -> None:
    answer = api("POST", "/", {"name": "a"}, headers={"Idempotency-Key": "a", "idempotency-key": "b"})
    assert (answer.status, answer.pointers()) == (400, ["Idempotency-Key"])


def test_the_description_is_json_and_complete(app: Chalice) -> None:
    hook, make = sorted(json.loads(json.dumps(describe(app))), key=lambda found: str(found["operation_id"]))
    assert (make["path"], make["method"], make["public"]) == ("/", "POST", False)
    assert make["body"] == SCHEMA
    assert [(p["name"], p["in"], p["required"]) for p in make["parameters"]] == [
        ("limit", "query", False),
        ("Idempotency-Key", "header", True),
    ]
    assert make["responses"]["201"]["headers"]["ETag"]["schema"] == {"type": "string"}
    assert set(make["responses"]) == {"201", "400", "403", "500"}
    assert hook["public"]
    assert hook["body"] is None
    assert [(p["name"], p["in"]) for p in hook["parameters"]] == [("thing_id", "path")]
    assert set(hook["responses"]) == {"200", "400", "500"}

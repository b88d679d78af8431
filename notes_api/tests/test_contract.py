"""The description of the API and what the API does are one."""

import json
from pathlib import Path
from typing import Any

import pytest
from app import app

from shared.contract import describe
from shared.tests.apigateway import Api
from shared.validation import Schema, json_body

TEMPLATES = Path(__file__).parents[1] / ".chalice"


@pytest.fixture(scope="module")
def operations() -> dict[str, Any]:
    return {operation["operation_id"]: operation for operation in json.loads(json.dumps(describe(app)))}


def test_the_routes_are_those_of_the_contract(operations: dict[str, Any]) -> None:
    assert {(found["method"], found["path"]) for found in operations.values()} == {
        ("POST", "/"),
        ("GET", "/"),
        ("GET", "/{note_id}"),
        ("PUT", "/{note_id}"),
        ("DELETE", "/{note_id}"),
        ("POST", "/attachments"),
        ("GET", "/{note_id}/attachment"),
    }


def test_nothing_is_public(operations: dict[str, Any], ann: Api) -> None:
    assert not any(found["public"] for found in operations.values())
    assert Api(app, None)("GET", "/").status == 403
    assert ann("GET", "/").status == 200


def test_answers_are_as_described(operations: dict[str, Any], ann: Api) -> None:
    note = ann("POST", "/", {"content": "a"})
    file = {"filename": "a", "content_type": "text/plain", "size": 1}
    problem = ann("GET", "/x")
    for operation_id, answer in [
        ("create_note", note),
        ("get_note", ann("GET", f"/{note.json['note_id']}")),
        ("update_note", ann("PUT", f"/{note.json['note_id']}", {"content": "b"})),
        ("list_notes", ann("GET", "/")),
        ("create_attachment", ann("POST", "/attachments", file)),
        ("get_note", problem),
    ]:
        schema: Schema = operations[operation_id]["responses"][str(answer.status)]["schema"]
        assert json_body(answer.text.encode(), schema) == answer.json


def test_every_function_has_its_policy() -> None:
    functions = json.loads((TEMPLATES / "config.template.json").read_text())["stage"]["lambda_functions"]
    policies = {path.name.removesuffix(".template.json") for path in TEMPLATES.glob("policy-*.template.json")}
    assert policies == {function["iam_policy_file"].removesuffix(".json") for function in functions.values()}

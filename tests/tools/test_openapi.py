"""The API description: valid OpenAPI 3.0 with every operation of the services."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_30_VALIDATOR

from tools import openapi, stages
from tools.paths import REPOSITORY
from tools.services import all_services

URL = "https://dev.api.dev.notes.example"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    mocks = stages.load().mocks
    described = openapi.describe(URL, [service for service in all_services() if service.name not in mocks])
    written: dict[str, Any] = json.loads(json.dumps(described))
    return written


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    assert [error.message for error in OPENAPI_30_VALIDATOR.iter_errors(document)] == []


def test_the_validation_can_fail(document: dict[str, Any]) -> None:
    assert not OPENAPI_30_VALIDATOR.is_valid({**document, "paths": {"notes": {}}})


def test_every_operation_of_the_contract_is_there(document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": URL}]
    assert {
        path: set(methods)
        for path, methods in document["paths"].items()
        if path.split("/")[1] in ("notes", "billing")
    } == {
        "/notes": {"get", "post"},
        "/notes/attachments": {"post"},
        "/notes/{note_id}": {"get", "put", "delete"},
        "/notes/{note_id}/attachment": {"get"},
        "/billing": {"post"},
        "/billing/webhook": {"post"},
        "/billing/{purchase_id}": {"get"},
    }


def test_only_the_webhook_is_public(document: dict[str, Any]) -> None:
    public = [
        path
        for path, methods in document["paths"].items()
        for one in methods.values()
        if not one["security"] and path.split("/")[1] in ("notes", "billing")
    ]
    assert public == ["/billing/webhook"]


def test_every_operation_has_an_id_of_its_own(tmp_path: Path) -> None:
    """Two services that came from one, as README.md has a new one made."""
    copies = [tmp_path / name for name in ("notes_api", "search_api")]
    shutil.copytree(REPOSITORY / "shared", tmp_path / "shared")
    for copy in copies:
        shutil.copytree(REPOSITORY / "notes_api", copy)
    template = copies[1] / ".chalice/config.template.json"
    template.write_text(template.read_text().replace('"base_path": "notes"', '"base_path": "search"'))
    paths = openapi.describe(URL, copies)["paths"]
    ids = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert len(ids) == len(set(ids)) == 14
    assert paths["/notes"]["post"]["operationId"] == "notes_create_note"
    assert paths["/search"]["post"]["operationId"] == "search_create_note"


def test_problems_have_their_media_type(document: dict[str, Any]) -> None:
    answers = document["paths"]["/notes/{note_id}"]["get"]["responses"]
    assert answers["404"]["content"].keys() == {"application/problem+json"}
    assert answers["200"]["content"].keys() == {"application/json"}
    assert "ETag" in answers["200"]["headers"]


def test_a_type_list_becomes_nullable_at_any_depth() -> None:
    schema = {
        "$schema": "x",
        "type": "object",
        "properties": {"a": {"type": ["string", "null"], "maxLength": 3}},
    }
    assert openapi._schema({"anyOf": [schema]}) == {
        "anyOf": [
            {"type": "object", "properties": {"a": {"type": "string", "nullable": True, "maxLength": 3}}}
        ]
    }

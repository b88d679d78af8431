"""References in templates, and the configuration that comes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tools import references, render
from tools.errors import ToolError

NAMES: Mapping[str, Any] = {
    "settings": {"stage": "dev", "allowed_origins": ["https://a.example", "https://b.example"]},
    "storage": {"notes_table_name": 'a "quoted" \\ name\n', "notes_table_arn": "arn:aws:x", "gone": None},
    "services": {"stripe_mock": {"api_url": "https://stripe.example"}},
}


@pytest.fixture
def service(tmp_path: Path) -> Path:
    folder = tmp_path / "example_api" / ".chalice"
    folder.mkdir(parents=True)
    write(folder.parent, '"T": "${storage.notes_table_name}"')
    policy = '{"Statement": [{"Resource": "${storage.notes_table_arn}/index"}]}'
    (folder / "policy-api_handler.template.json").write_text(policy)
    return folder.parent


def write(service: Path, variables: str) -> None:
    (service / ".chalice" / "config.template.json").write_text(
        '{\n"version": "2.0", "app_name": "example_api", "base_path": "example",\n'
        '"stage": {"environment_variables": {\n' + variables + "\n}}}"
    )


def variables(service: Path) -> dict[str, str]:
    found: dict[str, str] = render.render(service, NAMES).stage["environment_variables"]
    return found


def test_references_are_filled_and_escaped_as_json(service: Path) -> None:
    rendered = render.render(service, NAMES)
    assert rendered.stage == {"environment_variables": {"T": 'a "quoted" \\ name\n'}}
    assert rendered.policies == {"api_handler": {"Statement": [{"Resource": "arn:aws:x/index"}]}}
    assert (rendered.app_name, rendered.version, rendered.base_path) == ("example_api", "2.0", "example")


def test_a_list_is_filled_in_with_commas(service: Path) -> None:
    write(service, '"O": "${settings.allowed_origins}"')
    assert variables(service) == {"O": "https://a.example,https://b.example"}


@pytest.mark.parametrize(
    "name", ["storage.notes_tabel_name", "storage", "storage.gone", "storage.a.b", "x.y"]
)
def test_an_unknown_reference_names_template_line_and_what_exists(service: Path, name: str) -> None:
    write(service, f'"A": "${{settings.stage}}",\n"T": "${{{name}}}"')
    if "." not in name:
        with pytest.raises(ToolError, match=r"config\.template\.json:5: \$\{storage\} is no reference"):
            render.render(service, NAMES)
        return
    with pytest.raises(ToolError) as refused:
        render.render(service, NAMES)
    words = str(refused.value)
    assert f"example_api/.chalice/config.template.json:5: ${{{name}}} is answered by no output" in words
    for known in ("storage.notes_table_name", "services.stripe_mock.api_url", "settings.stage"):
        assert known in words
    assert "storage.gone" not in words.split("The names that exist")[1]


@pytest.mark.parametrize("wrong", ["", "Storage.X", "storage.notes+table", "a b.c", "storage."])
def test_what_is_no_dotted_name_is_refused(service: Path, wrong: str) -> None:
    write(service, f'"T": "${{{wrong}}}"')
    with pytest.raises(ToolError, match="is no reference"):
        render.render(service, NAMES)


def test_a_template_that_is_not_json_is_named(service: Path) -> None:
    write(service, '"T": 1,,')
    with pytest.raises(ToolError, match=r"example_api/\.chalice/config\.template\.json is not JSON"):
        render.render(service, NAMES)


def test_references_say_which_services_come_before(service: Path) -> None:
    assert references.services_before(service) == set()
    write(service, '"U": "${services.stripe_mock.api_url}"')
    assert references.services_before(service) == {"stripe_mock"}


def test_stages_are_written_beside_each_other(service: Path) -> None:
    folder = service / ".chalice"
    rendered = render.render(service, NAMES)
    for stage in ("dev", "prod", "dev"):
        render.write(folder, stage, rendered)
    config = json.loads((folder / "config.json").read_text())
    assert config["stages"].keys() == {"dev", "prod"}
    assert (config["version"], config["app_name"]) == ("2.0", "example_api")
    for stage in ("dev", "prod"):
        functions = config["stages"][stage]["lambda_functions"]
        assert functions == {"api_handler": {"iam_policy_file": f"policy-{stage}-api_handler.json"}}
        written = json.loads((folder / f"policy-{stage}-api_handler.json").read_text())
        assert written == rendered.policies["api_handler"]
    assert "lambda_functions" not in rendered.stage, "the rendered object itself is left alone"

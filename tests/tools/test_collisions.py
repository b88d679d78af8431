"""Two that would have the same AWS name, base path or domain name are refused before anything is made."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.tools.bucket import Bucket
from tools import aws_names, collisions
from tools import layers as layers_module
from tools.aws_names import AwsName
from tools.errors import ToolError
from tools.layers import Layers
from tools.services import all_services

# Makes a service of the checkout: its name, its functions, its base path.
Service = Callable[..., Path]


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A repository without services, to which the test adds some."""
    for module in (layers_module, collisions):
        monkeypatch.setattr(module, "all_services", lambda: all_services(tmp_path))

    def make(name: str, *functions: str, base_path: str | None = None) -> Path:
        folder = tmp_path / name / ".chalice"
        folder.mkdir(parents=True)
        config: dict[str, Any] = {"app_name": name, "version": "2.0", "stage": {}}
        (folder / "config.template.json").write_text(
            json.dumps(config if base_path is None else config | {"base_path": base_path})
        )
        for function in functions or ("api_handler",):
            (folder / f"policy-{function}.template.json").write_text('{"Statement": []}')
        return folder.parent

    return make


def refused(layers: Layers) -> str:
    with pytest.raises(ToolError) as found:
        collisions.check(layers)
    return str(found.value)


def test_the_repositorys_own_services_go_together_in_every_listed_stage(bucket: Bucket) -> None:
    for name in bucket.organisation.stages:
        if bucket.organisation.stage(name).account == bucket.account:
            collisions.check(bucket.layers(name))


@pytest.mark.parametrize(("first", "second"), [("a", "a-b"), ("a-b", "a")])
def test_two_stages_that_would_make_the_same_names(
    bucket: Bucket, service: Service, first: str, second: str
) -> None:
    """Whichever is deployed first: stage a-b has the service c, stage a the service b_c."""
    service("b_c")
    service("c")
    collisions.check(bucket.layers(second))
    bucket.deployed(first, storage="dev")
    said = refused(bucket.layers(second))
    assert "notes-a-b-c (aws_lambda_function)" in said
    assert re.search(r"service b_c of stage a(?!-)", said)
    assert "service c of stage a-b" in said


def test_a_stage_that_stages_toml_lists_counts_though_it_is_not_deployed(
    bucket: Bucket, service: Service
) -> None:
    service("b_c")
    service("c")
    listed = replace(bucket, organisation=replace(bucket.organisation, stages={"a": {}}))
    assert "service b_c of stage a" in refused(listed.layers("a-b"))
    elsewhere = replace(bucket.organisation, stages={"a": {"account": "prod"}})
    collisions.check(replace(bucket, organisation=elsewhere).layers("a-b"))


def test_what_another_checkout_deployed_counts(bucket: Bucket, service: Service) -> None:
    """Its states tell: this checkout has no service b_c."""
    service("c")
    bucket.deployed("a", storage="dev", services=["b_c"])
    bucket.put("a/services/b_c.tfstate", state(function("notes-a-b-c")))
    said = refused(bucket.layers("a-b"))
    assert "service b_c of stage a" in said
    assert "service c of stage a-b" in said


def test_stages_whose_names_only_begin_alike_go_together(bucket: Bucket, service: Service) -> None:
    service("c")
    service("notes_api")
    for name in ("a", "a-b", "a-b-c", "ab", "notes"):
        bucket.deployed(name, storage="dev")
    for name in ("a", "a-b", "a-b-c", "ab", "notes"):
        collisions.check(bucket.layers(name))


def test_layers_of_one_stage_and_services_of_another(bucket: Bucket, service: Service) -> None:
    """The table of stage a's Stripe mock has another name than any function; its role would not."""
    service("mock")
    bucket.deployed("a", storage="dev")
    collisions.check(bucket.layers("a-stripe"))
    service("chat")
    assert "notes-a-release-chat (aws_iam_role)" in refused(bucket.layers("a-release"))


@pytest.mark.parametrize(
    ("names", "shared"),
    [
        ((("a", "b_c"), ("a_b", "c")), "notes-pr-1-a-b-c (aws_lambda_function)"),
        ((("a_b",), ("a", "b")), "notes-pr-1-a-b (aws_iam_role)"),
        ((("a",), ("a_canary",)), "notes-pr-1-a-canary-errors (aws_cloudwatch_metric_alarm)"),
        ((("signed_in",),), "notes-pr-1-signed-in (aws_iam_role)"),
        ((("release",),), "notes-pr-1-release (aws_iam_role)"),
        ((("release", "chat"),), "notes-pr-1-release-chat (aws_iam_role)"),
    ],
)
def test_services_and_layers_of_one_stage(
    bucket: Bucket, service: Service, names: Sequence[Sequence[str]], shared: str
) -> None:
    for name, *functions in names:
        service(name, *functions)
    assert shared in refused(bucket.layers("pr-1"))


@pytest.mark.parametrize("name", ["deployer", "reader", "api_logging"])
def test_roles_of_the_account(bucket: Bucket, service: Service, name: str) -> None:
    service(name)
    collisions.check(bucket.layers("pr-1"))
    said = refused(bucket.layers("dev"))
    assert f"notes-dev-{name.replace('_', '-')} (aws_iam_role)" in said
    assert "account dev" in said


def test_a_name_that_is_too_long_for_aws(bucket: Bucket, service: Service) -> None:
    service("a" * 20, "b" * 20)
    collisions.check(bucket.layers("pr-1"))
    assert "longer than AWS allows: notes-" in refused(bucket.layers("c" * 20))


def test_a_name_that_no_service_may_have(bucket: Bucket, service: Service) -> None:
    service("a-b")
    assert "No service can be called a-b" in refused(bucket.layers("pr-1"))


def test_two_services_under_one_base_path(bucket: Bucket, service: Service) -> None:
    service("notes_api", base_path="notes")
    service("search_api", base_path="notes")
    said = refused(bucket.layers("pr-1"))
    assert "The services notes_api and search_api have the same base path 'notes'" in said
    assert "search_api/.chalice/config.template.json" in said


@pytest.mark.parametrize("base_path", ["", "Notes", "a/b", "/notes", "1"])
def test_a_base_path_that_api_gateway_or_terraform_would_refuse(
    bucket: Bucket, service: Service, base_path: str
) -> None:
    service("notes_api", base_path=base_path)
    assert "notes_api/.chalice/config.template.json" in refused(bucket.layers("pr-1"))


def test_a_renamed_service_whose_base_path_is_still_taken(bucket: Bucket, service: Service) -> None:
    service("memos_api", base_path="notes")
    bucket.deployed("pr-1", storage="dev", services=["notes_api"])
    mapping = {"domain_name": "pr-1.api.dev.notes.example", "base_path": "notes"}
    bucket.put("pr-1/services/notes_api.tfstate", state(("aws_api_gateway_base_path_mapping", mapping)))
    said = refused(bucket.layers("pr-1"))
    assert "pr-1.api.dev.notes.example/notes" in said
    assert "service notes_api, deployed in stage pr-1" in said
    assert "make destroy ENV=pr-1 SERVICE=" in said


def test_an_ephemeral_stage_at_the_domain_name_of_a_listed_one(bucket: Bucket, service: Service) -> None:
    service("notes_api", base_path="notes")
    shop = {"api_domain": "pr-1.api.dev.notes.example"}
    listed = replace(bucket, organisation=replace(bucket.organisation, stages={"shop": shop}))
    assert "pr-1.api.dev.notes.example (aws_api_gateway_domain_name)" in refused(listed.layers("pr-1"))


def state(*resources: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    described = [
        {"mode": "managed", "type": kind, "instances": [{"attributes": values}]} for kind, values in resources
    ]
    return {"resources": described, "outputs": {}}


def function(name: str) -> tuple[str, dict[str, Any]]:
    return "aws_lambda_function", {"function_name": name}


def test_names_are_read_from_terraform() -> None:
    """Each through its modules: a bucket's by `bucket`, an alarm's by `alarm_name`, and from locals."""
    known = {"project": "p", "account_id": "1", "region": "r"}
    assert {
        AwsName("aws_s3_bucket", "p-s-uploads-1"),
        AwsName("aws_iam_role", "p-s-signed-in"),
        AwsName("aws_cognito_identity_pool", "p-s-identities"),
    } <= aws_names.of_root("storage", stage="s", **known)
    assert AwsName("aws_iam_role", "p-a-deployer") in aws_names.of_root("roles", account_name="a", **known)

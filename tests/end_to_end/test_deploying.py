"""Deploying: again, after an interruption, several stages at once, each in its own account."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.end_to_end.conftest import Deployed

OUTPUTS = {
    "stage",
    "account_id",
    "region",
    "endpoint_url",
    "api_url",
    "user_pool_id",
    "user_pool_client_id",
    "identity_pool_id",
    "uploads_bucket",
    "notes_table",
    "purchases_table",
    "topic_arn",
    "services",
}
MOCK = "stripe_mock"


def test_a_second_deploy_changes_nothing_and_asks_terraform_nothing(
    deployed: Deployed, tmp_path: Path
) -> None:
    before = deployed.command("outputs", "local").stdout

    finished = deployed.command("deploy", "local", PATH=f"{_fake_terraform(tmp_path)}:{os.environ['PATH']}")

    done = [line for line in finished.stderr.splitlines() if line.startswith("✓")]
    assert done
    assert all(line.endswith(("unchanged", "installed")) for line in done), finished.stderr
    assert not (tmp_path / "called").exists()
    assert deployed.command("outputs", "local").stdout == before


def _fake_terraform(folder: Path) -> Path:
    """A folder with a terraform that says its version, and else only that it was called, and fails."""
    fake, real = folder / "terraform", shutil.which("terraform")
    fake.write_text(
        f'#!/bin/sh\nif [ "$1" = version ]; then exec {real} "$@"; fi\ntouch "{folder}/called"\nexit 1\n'
    )
    fake.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def stages(deployed: Deployed, other_deploys: Mapping[str, Future[str]]) -> Mapping[str, Mapping[str, Any]]:
    """The outputs of `dev` and `prod`, which were deployed at the same time as `local`."""
    for finished in other_deploys.values():
        assert "the journey took" in finished.result()
    return {env: json.loads(deployed.command("outputs", env).stdout) for env in other_deploys}


def test_the_outputs_have_the_keys_of_the_contract(
    stages: Mapping[str, Mapping[str, Any]], stage_outputs: Mapping[str, Any]
) -> None:
    for env, outputs in {**stages, "local": stage_outputs}.items():
        assert outputs.keys() == OUTPUTS
        assert outputs["stage"] == env
        assert None not in outputs.values()
        for service in outputs["services"].values():
            assert service.keys() == {"functions", "version"}


def test_each_stage_is_in_its_own_account(
    deployed: Deployed, stages: Mapping[str, Mapping[str, Any]]
) -> None:
    for env, outputs in stages.items():
        number = deployed.organisation.stage(env).account.id
        assert outputs["account_id"] == number
        assert outputs["topic_arn"].split(":")[4] == number
        assert outputs["notes_table"] in deployed.root(env, "dynamodb").list_tables()["TableNames"]
    assert stages["prod"]["notes_table"] not in deployed.root("dev", "dynamodb").list_tables()["TableNames"]


def test_the_parent_zone_delegates_to_each_account(
    deployed: Deployed, stages: Mapping[str, Mapping[str, Any]]
) -> None:
    parent = deployed.layers("prod").read(deployed.layers("prod").dns())
    records = deployed.root("dns", "route53").list_resource_record_sets(HostedZoneId=parent["zone_id"])
    delegations = {
        record["Name"].rstrip("."): {entry["Value"].rstrip(".") for entry in record["ResourceRecords"]}
        for record in records["ResourceRecordSets"]
        if record["Type"] == "NS"
    }
    for env in stages:
        account = deployed.layers(env).read(deployed.layers(env).account())
        zone = deployed.root(env, "route53").get_hosted_zone(Id=account["zone_id"])
        servers = {server.rstrip(".") for server in zone["DelegationSet"]["NameServers"]}
        assert delegations[f"{env}.notes.example"] == servers


def test_the_data_of_prod_is_protected(deployed: Deployed, stages: Mapping[str, Mapping[str, Any]]) -> None:
    prod = stages["prod"]
    for name in ("notes_table", "purchases_table"):
        table = deployed.root("prod", "dynamodb").describe_table(TableName=prod[name])["Table"]
        assert table["DeletionProtectionEnabled"], name
        with pytest.raises(ClientError):
            deployed.root("prod", "dynamodb").delete_table(TableName=prod[name])
    pool = deployed.root("prod", "cognito-idp").describe_user_pool(UserPoolId=prod["user_pool_id"])
    assert pool["UserPool"]["DeletionProtection"] == "ACTIVE"


def test_prod_takes_no_plain_password(deployed: Deployed, stages: Mapping[str, Mapping[str, Any]]) -> None:
    prod = stages["prod"]
    client = deployed.root("prod", "cognito-idp").describe_user_pool_client(
        UserPoolId=prod["user_pool_id"], ClientId=prod["user_pool_client_id"]
    )["UserPoolClient"]

    assert set(client["ExplicitAuthFlows"]) == {"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"}


def test_prod_has_no_mocks(deployed: Deployed, stages: Mapping[str, Mapping[str, Any]]) -> None:
    assert MOCK in stages["dev"]["services"]
    assert MOCK not in stages["prod"]["services"]
    names = [
        function["FunctionName"]
        for page in deployed.root("prod", "lambda").get_paginator("list_functions").paginate()
        for function in page["Functions"]
    ]
    assert names
    assert not [name for name in names if "mock" in name]

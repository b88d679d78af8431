"""What a deployer is told of an account that is not built, half made, or built from another checkout."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tools import accounts, applied, fingerprints, stages, state_bucket, units
from tools.cloud import AwsCloud, LocalCloud, client
from tools.errors import NotBuiltError, ToolError
from tools.layers import Layers
from tools.paths import TERRAFORM
from tools.stages import Account

OUTPUTS = {
    "zone_id": "Z1",
    "zone_name": "dev.notes.example",
    "certificate_arn": "arn:certificate",
    "artifact_bucket_name": "packages",
    "artifact_bucket_arn": "arn:packages",
    "alarm_key_arn": "arn:key",
    "flag_strategy_id": "strategy",
    "root_zone_id": "ZROOT",
    "delegation_role_arn": "arn:delegation",
}
ROLES: dict[str, str] = dict.fromkeys(
    re.findall('output "([^"]+)"', (TERRAFORM / "roles" / "outputs.tf").read_text()), "arn:iam"
)


@pytest.fixture
def layers(aws: AwsCloud, account: Account) -> Layers:
    """The stage dev on an empty AWS."""
    organisation = stages.load()
    stage = replace(organisation.stage("dev"), account=account)
    return Layers(organisation, aws.acting_as("deployer"), stage)


def bucket(layers: Layers) -> tuple[Any, str]:
    # Not made by ensure: moto takes the policy against plain HTTP for one against everything.
    s3 = client(layers.cloud, layers.stage.account, "s3")
    name = state_bucket.name(layers.cloud, layers.stage.account)
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return s3, name


def build(layers: Layers, outputs: Mapping[str, Any]) -> None:
    s3, name = bucket(layers)
    for key, values in (("account.tfstate", outputs), ("roles.tfstate", ROLES)):
        state = {"resources": [{}], "outputs": {name: {"value": value} for name, value in values.items()}}
        s3.put_object(Bucket=name, Key=key, Body=json.dumps(state).encode())


def refused(layers: Layers) -> str:
    with pytest.raises(ToolError) as error:
        accounts.check(layers)
    assert error.value.next_step == "As administrator of dev, run: make account ENV=dev"
    return error.value.what


def test_an_empty_account_is_for_its_administrator_to_build(layers: Layers) -> None:
    assert refused(layers).startswith("Account dev is not built")


def test_a_half_made_state_bucket_is_too(layers: Layers) -> None:
    name = state_bucket.name(layers.cloud, layers.stage.account)
    client(layers.cloud, layers.stage.account, "s3").create_bucket(Bucket=name)
    assert refused(layers) == f"The state bucket {name} of account dev is half made."


def test_an_account_without_its_layer_is_not_built(layers: Layers) -> None:
    bucket(layers)
    with pytest.raises(ToolError, match=r"The layer of account dev is not built.\n.*make account ENV=dev"):
        accounts.check(layers)


def test_an_account_that_lacks_what_the_checkout_needs_stops(layers: Layers) -> None:
    build(layers, {name: value for name, value in OUTPUTS.items() if name != "alarm_key_arn"})
    assert refused(layers).endswith("it lacks alarm_key_arn.")


def test_an_account_of_another_checkout_is_told_and_stops_nobody(layers: Layers) -> None:
    build(layers, OUTPUTS)
    for key in ("account.tfstate", "roles.tfstate"):
        applied.record(layers.cloud, layers.stage.account, key, "of another checkout")
    assert accounts.check(layers).startswith("built from another checkout (by ")
    assert "make account ENV=dev" in accounts.check(layers)


def test_an_account_of_this_checkout_is_unchanged(layers: Layers) -> None:
    build(layers, OUTPUTS)
    for unit in (layers.roles(), layers.account_as_built(OUTPUTS)):
        fingerprint = fingerprints.of_unit(unit.root, unit.variables)
        applied.record(layers.cloud, unit.account, unit.key, fingerprint)
    assert accounts.check(layers) == "unchanged"


def test_an_account_without_roles_is_told_with_the_stages_own_command(
    layers: Layers, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.require_roles(layers)  # an empty one has those that it is asked with

    def fail(*_: object) -> None:
        raise NotBuiltError("Account 1 is not built: its role notes-dev-reader cannot be assumed.")

    monkeypatch.setattr(state_bucket, "exists", fail)
    with pytest.raises(
        ToolError, match=r"^Account 1 is not built.*\n  As .* of dev, run: make account ENV=dev"
    ):
        accounts.require_roles(layers)


def test_only_where_an_administrator_is_at_hand_is_the_account_built(layers: Layers) -> None:
    assert list(accounts.tasks(layers)) == []
    local = replace(layers, cloud=LocalCloud("notes", "us-east-1"))
    assert [task.name for task in accounts.tasks(local)] == ["account dns", "account dev"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Cannot assume IAM Role (arn:aws:iam::1:role/notes-dns-delegation-2) cannot be assumed.", True),
        ("assumed-role/notes-dns-delegation-2/x is not authorized to perform: route53:Change", True),
        ("Error creating the bucket", False),
    ],
)
def test_a_zone_that_cannot_be_delegated_is_told_with_the_role_and_the_command(
    layers: Layers, monkeypatch: pytest.MonkeyPatch, words: str, told: bool
) -> None:
    role = "arn:aws:iam::1:role/notes-dns-delegation-2"
    outputs = {**OUTPUTS, "delegation_role_arn": role}
    local = replace(layers, cloud=LocalCloud("notes", "us-east-1"))
    monkeypatch.setattr(Layers, "account", lambda self: self.account_as_built(outputs))
    monkeypatch.setattr(state_bucket, "ensure", lambda *_: None)

    def fail(*_: object) -> None:
        raise ToolError(f"terraform apply of account.tfstate failed: {words}")

    monkeypatch.setattr(units, "bring_up", fail)
    *_, task = accounts.tasks(local)
    with pytest.raises(ToolError) as refused:
        task.run()
    assert words in refused.value.what
    delegation = f"The zone dev.notes.example cannot be delegated: the role {role} of account dns"
    assert (delegation in refused.value.what) == told
    assert ("make account ENV=dev" in refused.value.next_step) == told

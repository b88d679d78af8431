"""What a killed deploy made and no state knows is taken over; what a state has is left alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tools import adoption, state_bucket, terraform
from tools.cloud import AwsCloud, client
from tools.errors import ToolError
from tools.stages import Account
from tools.terraform import Change, Plan
from tools.terraform_unit import Unit

NAMES = {
    "module.a.aws_dynamodb_table.this": "notes-alice-a",
    "module.b.aws_dynamodb_table.this": "notes-alice-b",
}


class Terraform:
    """Plans to make each table of NAMES that it was not told to import."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.imported: list[Mapping[str, str]] = []

    def plan(self, *_: object, imports: Mapping[str, str]) -> Plan:
        self.imported.append(dict(imports))
        return self.planned(imports)

    def planned(self, imports: Mapping[str, str]) -> Plan:
        changes = tuple(
            Change(address, "import" if address in imports else "create", "aws_dynamodb_table")
            for address in NAMES
        )
        return Plan(changes, {}, self.folder)

    def show(self, _cloud: object, _unit: object, planned: Plan) -> dict[str, Any]:
        return {
            "resource_changes": [
                {
                    "address": change.address,
                    "type": change.kind,
                    "change": {
                        "actions": ["create" if change.action == "create" else "no-op"],
                        "after": {"name": NAMES[change.address]},
                    },
                }
                for change in planned.changes
            ]
        }


@pytest.fixture
def unit(aws: AwsCloud, account: Account) -> Unit:
    client(aws, account, "s3").create_bucket(Bucket=state_bucket.name(aws, account))
    return Unit("stage", "alice/stage.tfstate", account, {})


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terraform:
    made = Terraform(tmp_path)
    monkeypatch.setattr(terraform, "plan", made.plan)
    monkeypatch.setattr(terraform, "show", made.show)
    return made


def make_table(aws: AwsCloud, account: Account, name: str) -> None:
    client(aws, account, "dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def write_state(aws: AwsCloud, account: Account, key: str, table: str) -> None:
    resource = {
        "mode": "managed",
        "type": "aws_dynamodb_table",
        "instances": [{"attributes": {"name": table}}],
    }
    client(aws, account, "s3").put_object(
        Bucket=state_bucket.name(aws, account), Key=key, Body=json.dumps({"resources": [resource]}).encode()
    )


def test_what_exists_is_imported_and_said(
    aws: AwsCloud, account: Account, unit: Unit, fake: Terraform
) -> None:
    make_table(aws, account, "notes-alice-b")
    adopted = adoption.plan(aws, unit, fake.planned({}))
    assert fake.imported == [{"module.b.aws_dynamodb_table.this": "notes-alice-b"}]
    assert [change.action for change in adopted.plan.changes] == ["create", "import"]
    assert str(adopted) == "took over from an unfinished deploy: dynamodb table notes-alice-b"


def test_what_a_state_has_is_not_taken_from_it(
    aws: AwsCloud, account: Account, unit: Unit, fake: Terraform
) -> None:
    make_table(aws, account, "notes-alice-b")
    write_state(aws, account, "other/stage.tfstate", "notes-alice-b")
    write_state(aws, account, "dev/stage.tfstate", "notes-dev-b")
    adopted = adoption.plan(aws, unit, fake.planned({}))
    assert fake.imported == []
    assert str(adopted) == ""


def test_nothing_is_planned_anew_where_nothing_is_left(aws: AwsCloud, unit: Unit, fake: Terraform) -> None:
    adoption.plan(aws, unit, fake.planned({}))
    assert fake.imported == []


@pytest.mark.parametrize(
    ("words", "helps"),
    [
        ("ResourceInUseException: Table already exists: notes-alice-b", True),
        ("creating S3 Bucket (x): BucketAlreadyExists", True),
        ("BucketAlreadyOwnedByYou", True),
        ("EntityAlreadyExists: Role with name x already exists.", True),
        ("ResourceConflictException: Function already exist: x", True),
        ("InvalidChangeBatch: [Tried to create resource record set but it already exists]", True),
        ("AccessDenied: not authorized", False),
    ],
)
def test_only_what_exists_already_can_be_taken_over(words: str, helps: bool) -> None:
    assert adoption.may_help(ToolError(words)) is helps

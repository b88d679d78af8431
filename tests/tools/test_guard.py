"""What a plan may do to stored data, and to outputs that something deployed reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tools import data_rules, emptiness, guard, plan_details, readers, stages
from tools.cloud import LocalCloud
from tools.errors import ToolError
from tools.layers import Layers
from tools.paths import TERRAFORM
from tools.permission import NOTHING, Permission, entry
from tools.plan_details import Detail, Details
from tools.readers import Readers
from tools.terraform import Change, Plan
from tools.terraform_unit import Unit

TABLE = "module.notes.aws_dynamodb_table.this"
POOL = "module.user_pool.aws_cognito_user_pool.this"


@pytest.fixture(autouse=True)
def stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buckets have objects in them."""
    monkeypatch.setattr(emptiness, "is_empty", lambda *_: False)


def layers(stage: str = "dev", permission: Permission = NOTHING) -> Layers:
    organisation = stages.load()
    return Layers(organisation, LocalCloud("notes", "us-east-1"), organisation.stage(stage), permission)


def unit(root: str, key: str = "") -> Unit:
    return Unit(root, key or f"dev/{root}.tfstate", layers().stage.account, {})


def planned(*changes: Change, **outputs: str) -> Plan:
    return Plan(changes, outputs, Path("unit.tfplan"))


def detail(
    address: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, *forced: str
) -> Detail:
    return Detail(address, address.rsplit(".", 2)[1], before, after, forced_by=forced)


def details(*found: Detail, **more: Any) -> Details:
    return Details({one.address: one for one in found}, **more)


def refused(
    *changes: Change, by: Details | None = None, stage: str = "dev", root: str = "stage"
) -> list[str]:
    found = guard.refusals(layers(stage), unit(root), planned(*changes), by or Details())
    return [f"{one.subject} {one.what}" for one in found]


def in_place(kind: str, before: Any, after: Any, stage: str = "dev", action: str = "update") -> list[str]:
    address = f"module.x.{kind}.this"
    return refused(Change(address, action, kind), by=details(detail(address, before, after)), stage=stage)


@pytest.mark.parametrize("action", ["replace", "delete"])
@pytest.mark.parametrize("kind", data_rules.HOLDS_DATA.keys() - data_rules.ONLY_WHERE_PROTECTED)
def test_destroying_or_replacing_what_holds_data_is_refused_in_every_stage(kind: str, action: str) -> None:
    change = Change(f"module.x.{kind}.this", action, kind)
    for stage in ("dev", "prod", "pr-7"):
        assert len(refused(change, stage=stage)) == 1


def test_logs_are_data_where_the_stage_is_protected() -> None:
    kind = "aws_cloudwatch_log_group"
    change = Change(f"module.x.{kind}.this", "delete", kind)
    assert refused(change, stage="prod")
    assert not refused(change, stage="dev")
    assert in_place(kind, {"retention_in_days": 365}, {"retention_in_days": 14}, "prod")
    assert in_place(kind, {"retention_in_days": 0}, {"retention_in_days": 365}, "prod")
    assert not in_place(kind, {"retention_in_days": 365}, {"retention_in_days": 0}, "prod")
    assert not in_place(kind, {"retention_in_days": 365}, {"retention_in_days": 14}, "dev")


def test_a_kind_that_nobody_has_judged_counts_as_data() -> None:
    assert (
        "aws_efs_file_system"
        in refused(Change("a.aws_efs_file_system.b", "delete", "aws_efs_file_system"))[0]
    )


def test_every_kind_in_the_checkout_is_judged() -> None:
    text = "".join(path.read_text() for path in TERRAFORM.rglob("*.tf"))
    for kind in set(re.findall(r'^resource "(\w+)"', text, re.MULTILINE)):
        assert kind in data_rules.HOLDS_DATA or kind.startswith(data_rules.HOLDS_NOTHING), kind


@pytest.mark.parametrize(
    "change",
    [
        Change(TABLE, "create", "aws_dynamodb_table"),
        Change(TABLE, "move", "aws_dynamodb_table"),
        Change(TABLE, "remove", "aws_dynamodb_table"),
        Change(TABLE, "replace", "aws_dynamodb_table", half_made=True),
        Change("aws_iam_role.this", "replace", "aws_iam_role"),
        Change("aws_api_gateway_deployment.this", "delete", "aws_api_gateway_deployment"),
    ],
)
def test_what_keeps_data_goes_through(change: Change) -> None:
    assert not refused(change, stage="prod")


def test_what_was_interrupted_while_it_was_made_is_kept() -> None:
    change = Change(TABLE, "replace", "aws_dynamodb_table", half_made=True)
    other = Change("aws_iam_role.this", "replace", "aws_iam_role", half_made=True)
    assert guard.half_made(planned(change, other)) == [change]


def test_the_refusal_names_resource_attribute_and_a_better_way(monkeypatch: pytest.MonkeyPatch) -> None:
    found = details(detail(TABLE, {"hash_key": "user_id"}, {"hash_key": "owner"}, "hash_key"))
    monkeypatch.setattr(plan_details, "read", lambda *_: found)
    change = Change(TABLE, "replace", "aws_dynamodb_table")
    with pytest.raises(ToolError) as error:
        guard.check(layers("prod"), unit("storage"), planned(change))
    words = str(error.value)
    assert f"{TABLE} (table) would be replaced, because of hash_key: user_id -> owner." in words
    assert "Instead: new ways to look up need no new key: add an index, or add a new one beside it" in words
    assert f"ALLOW_DESTROY='{TABLE}' CONFIRM=prod" in words


def test_a_queue_goes_once_it_is_empty_and_never_with_a_message_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = 'module.service.module.function["audit"].module.dead_letters[0].aws_sqs_queue.this'
    known = details(detail(address, {"url": "https://queue"}, None))
    gone, anew = (Change(address, action, "aws_sqs_queue") for action in ("delete", "replace"))
    for stage in ("dev", "prod"):
        [words] = refused(gone, by=known, stage=stage, root="service")
        assert "(queue) would be destroyed" in words
    monkeypatch.setattr(emptiness, "is_empty", lambda *asked: asked[2:] == ("aws_sqs_queue", "https://queue"))
    for stage in ("dev", "prod"):
        assert not refused(gone, by=known, stage=stage, root="service")
    assert refused(anew, by=known), "what uses a queue that is replaced goes on sending to it"
    assert refused(gone, by=details(detail(address, {"url": "https://other"}, None)))


def test_what_goes_with_its_holder_is_not_told_twice() -> None:
    client = "module.user_pool.aws_cognito_user_pool_client.this"
    changes = (
        Change(POOL, "replace", "aws_cognito_user_pool"),
        Change(client, "replace", "aws_cognito_user_pool_client"),
    )
    known = details(
        detail(POOL, {"id": "p1", "username_attributes": ["email"]}, {}, "username_attributes"),
        detail(client, {"user_pool_id": "p1"}, {}, "user_pool_id"),
    )
    assert [line.split()[0] for line in refused(*changes, by=known)] == [POOL]
    alone = details(detail(client, {"user_pool_id": "p1"}, {"user_pool_id": "p1"}, "generate_secret"))
    assert [line.split()[0] for line in refused(changes[1], by=alone)] == [client]


ON = {"enabled": True}
OFF = {"enabled": False}
EXPIRES = {"status": "Enabled", "filter": [{}], "expiration": [{"days": 30}]}
CLEANS = {"status": "Enabled", "filter": [{}], "noncurrent_version_expiration": [{"noncurrent_days": 30}]}
SOONER = {"status": "Enabled", "filter": [{}], "noncurrent_version_expiration": [{"noncurrent_days": 7}]}
TEAM = {"name": "team", "attribute_data_type": "String"}


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("aws_dynamodb_table", {"point_in_time_recovery": [ON]}, {"point_in_time_recovery": [OFF]}),
        ("aws_dynamodb_table", {"point_in_time_recovery": [ON]}, {"point_in_time_recovery": []}),
        ("aws_dynamodb_table", {"deletion_protection_enabled": True}, {"deletion_protection_enabled": None}),
        ("aws_dynamodb_table", {"ttl": []}, {"ttl": [{"enabled": True, "attribute_name": "at"}]}),
        (
            "aws_dynamodb_table",
            {"ttl": [ON | {"attribute_name": "a"}]},
            {"ttl": [ON | {"attribute_name": "b"}]},
        ),
        ("aws_cognito_user_pool", {"deletion_protection": "ACTIVE"}, {"deletion_protection": "INACTIVE"}),
        ("aws_cognito_user_pool", {"schema": [TEAM]}, {"schema": []}),
        ("aws_cognito_user_pool", {"schema": [TEAM]}, {"schema": [TEAM | {"attribute_data_type": "Number"}]}),
        ("aws_kms_key", {"is_enabled": True}, {"is_enabled": False}),
        ("aws_s3_bucket", {"force_destroy": False}, {"force_destroy": True}),
        ("aws_s3_bucket_lifecycle_configuration", {"rule": [CLEANS]}, {"rule": [CLEANS, EXPIRES]}),
        ("aws_s3_bucket_lifecycle_configuration", {"rule": [CLEANS]}, {"rule": [SOONER]}),
        ("aws_secretsmanager_secret", {"recovery_window_in_days": 30}, {"recovery_window_in_days": 0}),
        ("aws_sqs_queue", {"message_retention_seconds": 1209600}, {"message_retention_seconds": 60}),
        (
            "aws_s3_bucket_versioning",
            {"versioning_configuration": [{"status": "Enabled"}]},
            {"versioning_configuration": [{"status": "Suspended"}]},
        ),
    ],
)
def test_losing_data_in_place_is_refused_in_every_stage(kind: str, before: Any, after: Any) -> None:
    for stage in ("dev", "prod"):
        assert len(in_place(kind, before, after, stage)) == 1


SPELT_OUT = TEAM | {"mutable": False, "string_attribute_constraints": [{"max_length": ""}]}


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("aws_dynamodb_table", {"point_in_time_recovery": [OFF]}, {"point_in_time_recovery": [ON]}),
        ("aws_dynamodb_table", {"deletion_protection_enabled": False}, {"deletion_protection_enabled": True}),
        ("aws_dynamodb_table", {"ttl": [ON | {"attribute_name": "at"}]}, {"ttl": []}),
        ("aws_cognito_user_pool", {"schema": []}, {"schema": [TEAM]}),
        ("aws_cognito_user_pool", {"schema": [SPELT_OUT]}, {"schema": [TEAM]}),
        ("aws_s3_bucket", {"force_destroy": True}, {"force_destroy": False}),
        ("aws_s3_bucket_lifecycle_configuration", {"rule": [CLEANS, EXPIRES]}, {"rule": [CLEANS]}),
        ("aws_s3_bucket_lifecycle_configuration", {"rule": [SOONER]}, {"rule": [CLEANS]}),
        ("aws_sqs_queue", {"message_retention_seconds": 60}, {"message_retention_seconds": 1209600}),
    ],
)
def test_what_keeps_more_goes_through(kind: str, before: Any, after: Any) -> None:
    assert not in_place(kind, before, after, "prod")


def test_rules_for_a_bucket_that_is_still_empty_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupted deploy made the bucket and not its rules."""
    monkeypatch.setattr(emptiness, "is_empty", lambda *asked: asked[2:] == ("aws_s3_bucket", "notes"))
    kind = "aws_s3_bucket_lifecycle_configuration"
    for bucket, refused_ones in (("notes", 0), ("others", 1)):
        after = {"bucket": bucket, "rule": [EXPIRES]}
        assert len(in_place(kind, None, after, action="create")) == refused_ones
    after = {"bucket": "notes", "rule": [SOONER]}
    assert in_place(kind, {"bucket": "notes", "rule": [CLEANS]}, after), "what is there was seen by somebody"


def test_a_rule_that_lets_stored_objects_expire_is_refused_only_for_a_bucket_that_is_there() -> None:
    kind = "aws_s3_bucket_lifecycle_configuration"
    after = {"bucket": "b", "rule": [CLEANS]}
    assert in_place(kind, None, after, action="create")
    assert not in_place(kind, None, {"rule": [CLEANS]}, action="create"), "the bucket's name is not known yet"
    address, bucket = f"module.x.{kind}.this", "module.x.aws_s3_bucket.this"
    found = details(detail(address, None, after), detail(bucket, None, {"bucket": "b"}))
    changes = (Change(address, "create", kind), Change(bucket, "create", "aws_s3_bucket"))
    assert not refused(*changes, by=found)


def test_versioning_that_goes_away_is_refused() -> None:
    before = {"bucket": "b", "versioning_configuration": [{"status": "Enabled"}]}
    assert in_place("aws_s3_bucket_versioning", before, None, action="delete")


def test_permission_lets_exactly_the_named_one_through() -> None:
    other = Change("module.other.aws_dynamodb_table.this", "delete", "aws_dynamodb_table")
    permission = Permission(frozenset({TABLE, "module.typo"}))
    change = Change(TABLE, "delete", "aws_dynamodb_table")
    found = guard.refusals(layers("dev", permission), unit("storage"), planned(change, other), Details())
    assert [one.subject for one in found] == [other.address]
    assert permission.unused() == "ALLOW_DESTROY: nothing planned needs module.typo."


@pytest.mark.parametrize("root", ["storage", "stage", "account"])
def test_a_protected_stage_takes_its_name_as_well(root: str) -> None:
    change = planned(Change(TABLE, "delete", "aws_dynamodb_table"))
    where = unit(root, "account.tfstate" if root == "account" else "")
    for confirmed, through in (("", False), ("dev", False), ("prod", True)):
        allowed = Permission(frozenset({entry(where, TABLE)}), confirmed)
        assert bool(guard.refusals(layers("prod", allowed), where, change, Details())) != through


@pytest.mark.parametrize(
    ("root", "key", "expected"),
    [
        ("storage", "dev/storage.tfstate", "a.b"),
        ("stage", "dev/stage.tfstate", "a.b"),
        ("dns", "dns.tfstate", "dns:a.b"),
        ("account", "account.tfstate", "account:a.b"),
        ("service", "dev/services/notes_api.tfstate", "notes_api:a.b"),
    ],
)
def test_an_address_that_several_units_have_is_named_with_its_unit(
    root: str, key: str, expected: str
) -> None:
    assert entry(unit(root, key), "a.b") == expected


def test_storage_and_stage_share_no_address() -> None:
    names = [
        set(re.findall(r'^(?:module|resource "\w+"|output) "(\w+)"', text, re.MULTILINE))
        for text in (
            "".join(path.read_text() for path in (TERRAFORM / root).glob("*.tf"))
            for root in ("storage", "stage")
        )
    ]
    assert not names[0] & names[1]


def test_permission_comes_from_the_commands_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW_DESTROY", "a.b, c.d,")
    monkeypatch.setenv("CONFIRM", "prod")
    assert Permission.given(layers("prod").stage) == Permission(frozenset({"a.b", "c.d"}), "prod")


@pytest.fixture
def read_by(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"notes_table_name": ("dev/services/notes_api", "pr-7/services/notes_api")}
    monkeypatch.setattr(readers, "of_outputs", lambda *_: Readers(found, ()))


@pytest.mark.usefixtures("read_by")
def test_an_output_that_is_read_cannot_be_removed_or_renamed() -> None:
    plan = planned(notes_table_name="delete", notes_table="create", unread="delete")
    renamed = replace(Details(), renamed={"notes_table_name": "notes_table"})
    (found,) = guard.refusals(layers(), unit("storage"), plan, renamed)
    assert found.subject == found.entry == "output.notes_table_name"
    assert "renamed to notes_table" in found.what
    assert "dev/services/notes_api, pr-7/services/notes_api" in found.what
    assert found.instead.startswith(
        "keep notes_table_name beside notes_table; then deploy what reads it: make"
    )
    assert "make deploy ENV=dev CLOUD=local; make deploy ENV=pr-7 CLOUD=local" in found.instead


@pytest.mark.usefixtures("read_by")
def test_an_output_without_a_value_is_one_removed_and_one_with_another_value_is_not() -> None:
    plan = planned(notes_table_name="update")
    assert guard.refusals(layers(), unit("storage"), plan, Details(emptied=frozenset({"notes_table_name"})))
    assert not guard.refusals(layers(), unit("storage"), plan, Details())

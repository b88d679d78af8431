"""Changes that would lose data, made to a copy of the checkout, planned against stages with data: refused.

Each copy has several changes at once, because a plan takes seconds.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end import deploys
from tests.end_to_end.answers import expect
from tests.end_to_end.checkouts import COPIED
from tests.end_to_end.conftest import Deployed
from tools import outputs
from tools.api_client import User, new_account, sign_in
from tools.paths import REPOSITORY

TOUCHED = "It is still here."


@dataclass(frozen=True)
class Checkout:
    """A copy of the checkout, to edit and to run commands from."""

    folder: Path
    deployed: Deployed

    def edit(self, file: str, *replacements: tuple[str, str]) -> None:
        """Replace words that are there in a file."""
        path = self.folder / file
        text = path.read_text()
        for old, new in replacements:
            assert old in text, f"{file} has no {old!r}"
            text = text.replace(old, new)
        path.write_text(text)

    def restore(self, file: str) -> None:
        """Have a file as it is in the original."""
        shutil.copyfile(REPOSITORY / file, self.folder / file)

    def run(self, name: str, env: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """A command of the tools, from this copy."""
        environment = os.environ | {
            "ENV": env,
            **self.deployed.variables,
            "PYTHONDONTWRITEBYTECODE": "1",
            **variables,
        }
        finished = subprocess.run(
            [sys.executable, "-m", "tools", name],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=deploys.DEPLOY_SECONDS,
            check=False,
        )
        assert "Traceback" not in finished.stderr
        return finished


@pytest.fixture
def checkout(deployed: Deployed, tmp_path: Path) -> Checkout:
    """A copy of what deploys read; what was installed for it is taken from the original."""
    ignored = shutil.ignore_patterns("__pycache__", ".terraform", "config.json*", "policy-local-*")
    for name in COPIED:
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=ignored)
    (tmp_path / ".build").mkdir()
    (tmp_path / ".build/dependencies").symlink_to(REPOSITORY / ".build/dependencies")
    return Checkout(tmp_path, deployed)


@dataclass(frozen=True)
class Belongings:
    """What somebody has in the stage `dev`."""

    outputs: Mapping[str, Any]
    email: str
    password: str
    note_id: str
    key: str
    purchase_id: str

    def still_there(self) -> None:
        """The same user signs in and finds everything."""
        user = sign_in(self.outputs, self.email, self.password)
        assert expect(user.call("GET", f"/notes/{self.note_id}"), 200)["content"] == TOUCHED
        upload = user.client("s3").get_object(Bucket=self.outputs["uploads_bucket"], Key=self.key)
        assert upload["Body"].read() == TOUCHED.encode()
        assert expect(user.call("GET", f"/billing/{self.purchase_id}"), 200)["status"] == "paid"


@pytest.fixture(scope="module")
def belongings(deployed: Deployed, other_deploys: Mapping[str, Future[str]]) -> Belongings:
    """A user of `dev` with a note, an upload and a purchase."""
    other_deploys["dev"].result()
    found = outputs.collect(deployed.layers("dev"))
    email, password = new_account(found, deployed.root("dev", "cognito-idp"))
    user: User = sign_in(found, email, password)
    key = f"private/{user.identity_id}/kept.txt"
    user.client("s3").put_object(Bucket=found["uploads_bucket"], Key=key, Body=TOUCHED.encode())
    note = expect(user.call("POST", "/notes", {"content": TOUCHED}), 201)
    order = {"storage": 1, "payment_method": "pm_card_visa"}
    bought = expect(user.call("POST", "/billing", order, {"Idempotency-Key": "kept-purchase-1"}), 201)
    return Belongings(found, email, password, note["note_id"], key, bought["purchase_id"])


def replacing(checkout: Checkout) -> dict[str, str]:
    """Change what forces a replacement, and outputs, in storage and stage; by address why it is refused."""
    checkout.edit(
        "terraform/storage/main.tf",
        ('range_key = "note_id"', 'range_key = "written_at"'),
        ("-uploads-", "-files-"),
        ("-identities", "-people"),
    )
    checkout.edit("terraform/storage/outputs.tf", ('"notes_table_name"', '"notes_table"'))
    checkout.edit(
        "terraform/modules/user_pool/main.tf",
        ('attributes      = ["email"]', 'attributes = ["phone_number"]'),
    )
    checkout.edit("terraform/stage/purchase_topic.tf", ("-purchases", "-sales"))
    checkout.edit("terraform/stage/stripe_mock.tf", ("-stripe-mock-webhooks", "-webhooks"))
    checkout.edit(
        "terraform/stage/billing_api.tf",
        ("-stripe-key", "-key-of-stripe"),
        ('module "purchases"', 'module "sales"'),
    )
    checkout.edit(
        "terraform/stage/outputs.tf",
        ("module.purchases", "module.sales"),
        ('output "topic_arn"', 'output "sales_arn"'),
    )
    return {
        "module.notes.aws_dynamodb_table.this (table)": "because of range_key: note_id -> written_at",
        "module.uploads.aws_s3_bucket.this (bucket)": "would be replaced, because of bucket",
        "module.user_pool.aws_cognito_user_pool.this (user pool)": "username_attributes: [email] -> [phone",
        "output.notes_table_name would be renamed to notes_table": "dev/services/notes_api",
        "module.purchase_topic[0].aws_sns_topic.this (topic)": "would be replaced, because of name",
        "module.stripe_mock_queue[0].aws_sqs_queue.this (queue)": "would be replaced, because of name",
        "module.stripe_key[0].aws_secretsmanager_secret.this (secret)": "would be replaced, because of name",
        "module.purchases[0].aws_dynamodb_table.this (table)": "would be destroyed, because it is no longer",
        "output.topic_arn would be removed": "dev/services/billing_api, dev/services/notify_job",
        "module.identity_pool.aws_cognito_identity_pool.this (identity pool)": "would be replaced",
    }


def in_place(checkout: Checkout) -> dict[str, str]:
    """Change what loses data although the resource stays; by address why it is refused."""
    modules = checkout.folder / "terraform/modules"
    for module in ("table", "private_bucket"):
        shutil.copytree(modules / module, modules / f"loose_{module}")
    checkout.edit(
        "terraform/storage/main.tf",
        ("modules/table", "modules/loose_table"),
        ("modules/private_bucket", "modules/loose_private_bucket"),
    )
    checkout.edit(
        "terraform/modules/loose_table/main.tf",
        ("point_in_time_recovery {\n    enabled = true", "point_in_time_recovery {\n    enabled = false"),
        ("for_each = var.ttl_attribute[*]", 'for_each = ["forgotten_at"]'),
    )
    checkout.edit(
        "terraform/modules/loose_private_bucket/main.tf",
        ('status = "Enabled"\n  }\n}', 'status = "Suspended"\n  }\n}'),
        ("    filter {}\n", "    filter {}\n\n    expiration {\n      days = 1\n    }\n"),
    )
    checkout.edit("terraform/stage/stripe_mock.tf", ("retention_seconds = 60 * 60", "retention_seconds = 60"))
    table = "module.notes.aws_dynamodb_table.this would be changed in place so that"
    return {
        f"{table} restore points": "would be gone (point_in_time_recovery.enabled: true -> false)",
        f"{table} stored items": "would be deleted at their time (ttl.enabled",
        "module.uploads.aws_s3_bucket_versioning.this": "status: Enabled -> Suspended",
        "module.uploads.aws_s3_bucket_lifecycle_configuration.this": "stored objects would be deleted",
        "module.stripe_mock_queue[0].aws_sqs_queue.this": "(message_retention_seconds: 3600 -> 60)",
    }


def zones(checkout: Checkout) -> dict[str, str]:
    """Rename the zones of the organisation and of the account; by address why it is refused."""
    for root, name in (("dns", "var.root_domain"), ("account", "var.subdomain")):
        checkout.edit(f"terraform/{root}/main.tf", (f"  name = {name}\n", f'  name = "new.${{{name}}}"\n'))
    zone = "module.zone.aws_route53_zone.this (hosted zone) would be replaced"
    return {
        zone: "because of name: notes.example -> new.notes.example",
        f"{zone},": "because of name: dev.notes.example -> new.dev.notes.example",
    }


def refused(said: str, expected: Mapping[str, str]) -> None:
    """Every expected refusal has a line, and a way around it on the next."""
    lines = said.splitlines()
    for address, why in expected.items():
        found = [number for number, line in enumerate(lines) if address in line and why in line]
        assert found, f"{address} {why}\n\nwas not said in:\n{said}"
        assert lines[found[0] + 1].strip().startswith("Instead: ")


def test_a_deploy_refuses_whatever_replaces_data_or_removes_an_output(
    checkout: Checkout, belongings: Belongings
) -> None:
    expected = replacing(checkout)

    finished = checkout.run("deploy", "dev")

    assert finished.returncode == 1
    refused(finished.stderr, expected)
    assert "ALLOW_DESTROY='" in finished.stderr
    assert "CONFIRM" not in finished.stderr
    (not_tried,) = [line for line in finished.stderr.splitlines() if line.startswith("  not tried")]
    assert "dev notes_api" in not_tried, "nothing is deployed onto layers that are not up to date"
    belongings.still_there()


def test_a_deploy_refuses_what_loses_data_in_place(checkout: Checkout, belongings: Belongings) -> None:
    expected = in_place(checkout)

    finished = checkout.run("deploy", "dev")

    assert finished.returncode == 1
    refused(finished.stderr, expected)
    belongings.still_there()


def test_a_plan_refuses_the_same_in_every_layer_and_writes_it_down(
    checkout: Checkout, belongings: Belongings
) -> None:
    expected = replacing(checkout) | zones(checkout)
    checkout.edit("terraform/service/outputs.tf", ('output "api_url"', 'output "address"'))
    expected["output.api_url would be renamed to address"] = "dev/services/billing_api"

    finished = checkout.run("plan", "dev", ALLOW_DESTROY="module.notes.aws_dynamodb_tabel.this")

    assert finished.returncode == 1
    refused(finished.stderr, expected)
    assert "nothing planned needs module.notes.aws_dynamodb_tabel.this" in finished.stderr
    for entry in (
        "dns:module.zone.aws_route53_zone.this",
        "account:module.zone",
        "stripe_mock:output.api_url",
    ):
        assert entry in finished.stderr
    assert re.search(
        r"^  ± replacing +module\.notes\.aws_dynamodb_table\.this$", finished.stdout, re.MULTILINE
    )
    assert ".build/plan-dev.md" in finished.stderr
    comment = (checkout.folder / ".build/plan-dev.md").read_text()
    top, _, table = comment.partition("| layer |")
    assert "refused" in top.splitlines()[0]
    assert "<code>module.notes.aws&#95;dynamodb&#95;table.this</code>" in top
    assert "| account dev |" in table
    assert belongings.outputs["account_id"] not in comment
    belongings.still_there()


def test_permission_lets_exactly_one_thing_go(
    checkout: Checkout, other_deploys: Mapping[str, Future[str]]
) -> None:
    other_deploys["prod"].result()  # brings the stage `stripe` up, which has neither storage nor users
    secrets = "".join(
        f'module "spare_{name}" {{\n  source = "../modules/secret"\n  name = "${{local.name}}-spare-{name}"\n'
        f'  description = "Nothing needs it"\n  protected = false\n}}\n'
        for name in "ab"
    )
    (checkout.folder / "terraform/stage/spare.tf").write_text(secrets)
    added = checkout.run("deploy", "stripe")
    assert added.returncode == 0, added.stderr
    store = checkout.deployed.root("dev", "secretsmanager")
    store.put_secret_value(SecretId="notes-stripe-spare-a", SecretString=TOUCHED)
    (checkout.folder / "terraform/stage/spare.tf").unlink()
    first, second = (f"module.spare_{name}.aws_secretsmanager_secret.this" for name in "ab")

    one = checkout.run("deploy", "stripe", ALLOW_DESTROY=second)

    assert one.returncode == 1
    refused(one.stderr, {first: "(secret) would be destroyed"})
    assert f"{second} (secret)" not in one.stderr
    assert store.get_secret_value(SecretId="notes-stripe-spare-a")["SecretString"] == TOUCHED
    both = checkout.run("deploy", "stripe", ALLOW_DESTROY=f"{first},{second}")
    assert both.returncode == 0, both.stderr
    assert "2 to delete" in both.stderr
    listed = store.list_secrets()["SecretList"]
    assert not [
        found
        for found in listed
        if found["Name"].startswith("notes-stripe-spare") and not found.get("DeletedDate")
    ]


def test_prods_data_takes_prods_name(
    checkout: Checkout, deployed: Deployed, other_deploys: Mapping[str, Future[str]]
) -> None:
    other_deploys["prod"].result()
    table = "module.notes.aws_dynamodb_table.this"
    name = outputs.collect(deployed.layers("prod"))["notes_table"]

    def protected() -> bool:
        found = deployed.root("prod", "dynamodb").describe_table(TableName=name)["Table"]
        return bool(found["DeletionProtectionEnabled"])

    # A service that cannot be rendered ends these deploys before the services and the user's journey.
    checkout.edit(
        "notes_api/.chalice/config.template.json", ("${storage.notes_table_name}", "${storage.nothing}")
    )
    checkout.edit(
        "terraform/storage/main.tf",
        ('range_key = "note_id"\n  protected = var.protected', 'range_key = "note_id"\n  protected = false'),
    )
    for confirm in ("", "dev"):
        without = checkout.run("deploy", "prod", ALLOW_DESTROY=table, CONFIRM=confirm)
        assert without.returncode == 1
        refused(
            without.stderr,
            {table: "nothing would keep the table (deletion_protection_enabled: true -> false)"},
        )
        assert f"ALLOW_DESTROY='{table}' CONFIRM=prod" in without.stderr
        assert protected()
    try:
        checkout.run("deploy", "prod", ALLOW_DESTROY=table, CONFIRM="prod")
        assert not protected()
    finally:
        checkout.restore("terraform/storage/main.tf")
        checkout.run("deploy", "prod")
    assert protected()


def test_a_plan_of_a_new_stage_says_that_there_are_changes(deployed: Deployed) -> None:
    finished = deployed.command("plan", "not-yet-there", check=False)

    assert finished.returncode == 2, finished.stderr
    assert "+ additive   module.api_domain.aws_api_gateway_domain_name.this" in finished.stdout
    assert "not-yet-there notes_api: new, planned once what is below it is deployed" in finished.stdout


def test_what_is_no_stage_is_no_change(deployed: Deployed) -> None:
    assert deployed.command("plan", "Not A Stage", check=False).returncode == 1

"""Secrets of a deployed stage: written, listed, waited for, rotated."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.checkouts import Checkout
from tests.end_to_end.conftest import Deployed
from tests.end_to_end.function_process import api_event, load
from tests.end_to_end.shop import Shop
from tools import references
from tools.api_client import User
from tools.paths import REPOSITORY
from tools.services import all_services

PHONE = "+12025550123"
SECONDS = 60


@pytest.fixture(scope="module")
def shop(deployed: Deployed) -> Shop:
    """The stage `local` as its operator sees it."""
    return Shop(deployed)


@pytest.fixture
def this_checkout(deployed: Deployed) -> Checkout:
    """To run commands of this checkout with something on their standard input."""
    return Checkout(REPOSITORY, deployed)


@pytest.fixture
def phone(deployed: Deployed, shop: Shop) -> Iterator[str]:
    """The name of the admin's phone in the store; the number is put back afterwards."""
    name, number = shop.names["secrets"]["admin-phone"]["name"], shop.secret("admin-phone")
    yield name
    deployed.root("dev", "secretsmanager").put_secret_value(SecretId=name, SecretString=number)


def test_the_list_has_names_ages_and_readers_but_no_value(deployed: Deployed, shop: Shop) -> None:
    finished = deployed.command("secrets", "local")

    heading, *lines = (line.split() for line in finished.stdout.splitlines())
    assert heading[0] == "SECRET"
    found = {line[0]: set(" ".join(line[5:]).split("; ")) for line in lines}
    known = {
        "admin-phone": "notify_job: notify",
        "stripe-key": "billing_api: api_handler, settle",
        "stripe-webhook-secret": "billing_api: api_handler",
    }
    assert found.keys() == known.keys()
    for name, reader in known.items():
        assert found[name] == {reader, *_other_readers(name)}, "and what a service added since reads"
    assert all((line[1], line[4]) == ("set", "ago") for line in lines)
    for name in shop.names["secrets"]:
        assert shop.secret(name) not in finished.stdout + finished.stderr


def _other_readers(secret: str) -> Iterator[str]:
    for service in all_services():
        functions = references.secrets(service).get(secret)
        if functions and service.name not in ("billing_api", "notify_job"):
            yield f"{service.name}: {', '.join(functions)}"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_piped_value_is_stored_without_the_end_of_its_line(
    this_checkout: Checkout, shop: Shop, phone: str, end: str
) -> None:
    finished = this_checkout.command("secret", "local", stdin=f" {PHONE}{end}", NAME="admin-phone")

    assert finished.returncode == 0, finished.stderr
    assert shop.secret("admin-phone") == f" {PHONE}"
    assert PHONE not in finished.stdout + finished.stderr
    assert phone not in finished.stderr


def test_a_typed_value_is_not_echoed(deployed: Deployed, shop: Shop, phone: str) -> None:
    where = {"ENV": "local", "LOCAL_PORT": str(deployed.port), "LOCAL_HOME": str(deployed.home)}
    terminal, ours = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tools", "secret"],
        cwd=REPOSITORY,
        env=os.environ | where | {"NAME": "admin-phone"},
        stdin=ours,
        stdout=ours,
        stderr=ours,
        start_new_session=True,  # else it would read from the terminal of whoever runs the tests
    )
    os.close(ours)
    seen = b""
    while b"not shown" not in seen:
        seen += os.read(terminal, 1024)
    os.write(terminal, f"{PHONE}\n".encode())
    while b"is set" not in seen:
        seen += os.read(terminal, 1024)

    assert process.wait(SECONDS) == 0
    os.close(terminal)
    assert PHONE.encode() not in seen
    assert shop.secret("admin-phone") == PHONE
    assert phone.encode() not in seen


@pytest.mark.parametrize("value", ["", "\n", "  \r\n"])
def test_an_empty_value_changes_nothing(this_checkout: Checkout, shop: Shop, value: str) -> None:
    before = shop.secret("admin-phone")
    finished = this_checkout.command("secret", "local", stdin=value, NAME="admin-phone")

    assert (finished.returncode, finished.stderr.count("The value is empty")) == (2, 1)
    assert shop.secret("admin-phone") == before


def test_a_service_is_not_deployed_before_its_secret_is_set(
    deployed: Deployed, phone: str, tmp_path: Path
) -> None:
    """As where the real ones are called: the checkout declares no test value."""
    checkout = Checkout.made(tmp_path, deployed)
    (checkout.folder / "notify_job/.chalice/test-secrets.template.json").unlink()
    checkout.append("notify_job/app.py", "# changed")
    store = deployed.root("dev", "secretsmanager")
    [version] = [
        version["VersionId"]
        for version in store.list_secret_version_ids(SecretId=phone)["Versions"]
        if "AWSCURRENT" in version["VersionStages"]
    ]
    store.update_secret_version_stage(
        SecretId=phone, VersionStage="AWSCURRENT", RemoveFromVersionId=version
    )  # the only way back to a secret that was never set
    before = json.loads(deployed.command("outputs", "local").stdout)["services"]["notify_job"]["version"]
    listed = deployed.command("secrets", "local")
    assert "admin-phone" in next(line for line in listed.stdout.splitlines() if "missing" in line)

    refused = checkout.command("deploy", "local", SERVICE="notify_job")

    assert refused.returncode == 1
    assert "notify_job was not deployed: nobody has set admin-phone of local yet." in refused.stderr
    assert "  make secret ENV=local" in refused.stderr
    assert "NAME=admin-phone" in refused.stderr
    after = json.loads(deployed.command("outputs", "local").stdout)["services"]["notify_job"]["version"]
    assert after == before


def test_a_cached_key_that_stripe_refuses_is_read_anew_at_once(
    deployed: Deployed, shop: Shop, user: User, tmp_path: Path
) -> None:
    """The deployed code with its role's rights, started with a key that was revoked since it was read."""
    outputs = json.loads(deployed.command("outputs", "local").stdout)
    function = load(deployed, outputs["services"]["billing_api"]["functions"]["api_handler"], tmp_path)
    cached = """
import os, time
from shared import secrets
secrets._known[os.environ["STRIPE_KEY_SECRET"]] = (time.monotonic(), "sk_live_revoked")
assert secrets.secret(os.environ["STRIPE_KEY_SECRET"]) == "sk_live_revoked"
"""
    event = api_event(
        "POST",
        "/billing",
        "/",
        user.identity_id,
        headers={"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex},
        body=json.dumps({"storage": 3, "payment_method": "pm_card_visa"}),
    )

    finished = function.run(event, before=cached)

    assert finished.returncode == 0, finished.stderr
    answer = json.loads(finished.stdout.splitlines()[-1])["answer"]
    assert answer["statusCode"] == 201, answer
    purchase = json.loads(answer["body"])
    assert purchase["status"] == "paid"
    assert len(shop.charges(purchase["purchase_id"])) == 1

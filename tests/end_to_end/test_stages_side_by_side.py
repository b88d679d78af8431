"""Six stages in one cloud: each serves its own users, keeps its own purchases, and can go without the others.

local and pr-2 have storage of their own, pr-1 and alice use dev's, prod is in another account.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from shared import events
from tests.end_to_end import traces
from tests.end_to_end.answers import expect
from tests.end_to_end.conftest import Deployed
from tests.end_to_end.deploys import Deploy, until_terraform_works
from tests.end_to_end.rights import may
from tests.end_to_end.shop import Shop
from tools import outputs
from tools.api_client import BrokenCallError, User, new_account, sign_in
from tools.paths import REPOSITORY

# By the stage whose users they have.
STAGES = {"local": "local", "dev": "dev", "prod": "prod", "pr-1": "dev", "pr-2": "pr-2", "alice": "dev"}
LENDERS = sorted(set(STAGES.values()))

Outputs = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def six(
    deployed: Deployed,
    other_deploys: Mapping[str, Future[str]],
    ephemeral_deploys: Mapping[str, Future[str]],
) -> Outputs:
    """The outputs of the stages, which were deployed side by side, each with a user's journey at its end."""
    for finished in [*other_deploys.values(), *ephemeral_deploys.values()]:
        assert "the journey took" in finished.result()
    return {env: outputs.collect(deployed.layers(env)) for env in STAGES}


@pytest.fixture(scope="module")
def accounts(deployed: Deployed, six: Outputs) -> Mapping[str, tuple[str, str]]:
    """An e-mail address and a password for each storage, signed up and confirmed there."""
    return {
        lender: new_account(
            six[lender], deployed.root(deployed.organisation.stage(lender).account.name, "cognito-idp")
        )
        for lender in LENDERS
    }


@pytest.fixture(scope="module")
def users(six: Outputs, accounts: Mapping[str, tuple[str, str]]) -> Mapping[str, User]:
    """Somebody signed in at each storage."""
    return {lender: sign_in(six[lender], *accounts[lender]) for lender in LENDERS}


def at(user: User, stage: Mapping[str, Any]) -> User:
    """The same user with the same credentials, calling another stage."""
    return replace(user, outputs=stage)


def test_each_api_has_its_stages_name_under_the_accounts_certificate(
    deployed: Deployed, six: Outputs
) -> None:
    for env, stage in six.items():
        layers = deployed.layers(env)
        account = layers.stage.account
        name = f"{env}.api.{account.subdomain}"
        assert stage["api_url"].endswith(f"/{name}")
        domain = deployed.root(account.name, "apigateway").get_domain_name(domainName=name)
        assert domain["regionalCertificateArn"] == layers.account_outputs()["certificate_arn"]
    assert six["pr-1"]["api_url"].endswith("/pr-1.api.dev.notes.example")


def test_stages_share_storage_as_they_should_and_nothing_else(six: Outputs) -> None:
    for kind in ("user_pool_id", "identity_pool_id", "notes_table", "uploads_bucket"):
        names = {env: stage[kind] for env, stage in six.items()}
        assert {env: names[lender] for env, lender in STAGES.items()} == names
        assert len(set(names.values())) == len(LENDERS), kind
    for kind in ("api_url", "topic_arn", "purchases_table"):
        assert len({stage[kind] for stage in six.values()}) == len(STAGES), kind


def test_the_choice_of_storage_holds(deployed: Deployed, six: Outputs) -> None:
    assert six["pr-2"]["stage"] == "pr-2"
    for command in ("deploy", "outputs"):
        finished = deployed.command(command, "pr-2", check=False, STORAGE="dev")
        assert finished.returncode == 1
        assert "pr-2 was deployed with storage of its own" in finished.stderr
        assert "make destroy ENV=pr-2" in finished.stderr


def test_notes_are_seen_in_the_stages_that_share_them_and_nowhere_else(
    six: Outputs, users: Mapping[str, User]
) -> None:
    for lender, user in users.items():
        note = expect(user.call("POST", "/notes", {"content": f"Of {lender}"}), 201)
        path = f"/notes/{note['note_id']}"
        for env, stage in six.items():
            answer = at(user, stage).call("GET", path)
            assert answer.status_code == (200 if STAGES[env] == lender else 403), (lender, env, answer.text)
            billing = at(user, stage).call("GET", f"/billing/{uuid.uuid4()}")
            assert billing.status_code == (404 if STAGES[env] == lender else 403), (lender, env)


def test_nobody_signs_in_elsewhere(
    six: Outputs, accounts: Mapping[str, tuple[str, str]], users: Mapping[str, User]
) -> None:
    for lender in LENDERS:
        for other in set(LENDERS) - {lender}:
            with pytest.raises(BrokenCallError, match="NotAuthorized"):
                sign_in(six[other], *accounts[lender])
            with pytest.raises(ClientError, match="NotAuthorized"):
                _exchange(users[lender], six[other])


def _exchange(user: User, stage: Mapping[str, Any]) -> None:
    """A user's token for credentials of another stage's identity pool."""
    identities = boto3.client(
        "cognito-identity",
        region_name=stage["region"],
        endpoint_url=stage["endpoint_url"],
        config=Config(signature_version=UNSIGNED),
    )
    provider = f"cognito-idp.{stage['region']}.amazonaws.com/{user.outputs['user_pool_id']}"
    logins = {provider: user.id_token}
    identity = identities.get_id(IdentityPoolId=stage["identity_pool_id"], Logins=logins)["IdentityId"]
    identities.get_credentials_for_identity(IdentityId=identity, Logins=logins)


def test_nobody_reads_or_writes_elsewhere(six: Outputs, users: Mapping[str, User]) -> None:
    for lender, user in users.items():
        key = f"private/{user.identity_id}/{secrets.token_hex(4)}.txt"
        s3 = user.client("s3")
        for other in LENDERS:
            stage = six[other]
            bucket, function = stage["uploads_bucket"], _function(stage, "notes_api", "api_handler")
            allowed = {
                "write": may(lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"x")),  # noqa: B023
                "read": may(lambda: s3.get_object(Bucket=bucket, Key=key)),  # noqa: B023
                "table": may(
                    lambda: user.client("dynamodb").get_item(  # noqa: B023
                        TableName=stage["notes_table"],  # noqa: B023
                        Key={"user_id": {"S": user.identity_id}, "note_id": {"S": "x"}},  # noqa: B023
                    )
                ),
                "function": may(lambda: user.client("lambda").invoke(FunctionName=function, Payload=b"{}")),  # noqa: B023
            }
            own = other == lender
            assert allowed == {"write": own, "read": own, "table": False, "function": False}, (lender, other)


def _function(stage: Mapping[str, Any], service: str, function: str) -> str:
    found: str = stage["services"][service]["functions"][function]["name"]
    return found


def test_a_purchase_stays_in_its_stage(deployed: Deployed, six: Outputs, users: Mapping[str, User]) -> None:
    shops = {env: Shop(deployed, env) for env in STAGES}
    buyers = {env: at(users[lender], six[env]) for env, lender in STAGES.items()}
    purchases = {env: _buy(buyer) for env, buyer in buyers.items()}
    for env, purchase in purchases.items():
        shops[env].wait_until_announced(purchase["purchase_id"])
    for env, purchase in purchases.items():
        number, user = purchase["purchase_id"], buyers[env].identity_id
        told = events.purchase_paid(purchase, user)["id"]
        assert [where for where, shop in shops.items() if number in shop.purchases(user)] == [env]
        assert [where for where, shop in shops.items() if _recorded(shop, told)] == [env]
        texts = {shop.account: shop.texts(number) for shop in shops.values()}
        assert {account: len(found) for account, found in texts.items()} == {
            account: int(account == shops[env].account) for account in texts
        }, env
        for where, stage in six.items():
            answer = at(buyers[env], stage).call("GET", f"/billing/{number}")
            same_users = STAGES[where] == STAGES[env]
            assert answer.status_code == (200 if where == env else 404 if same_users else 403), (env, where)


def _buy(user: User) -> dict[str, Any]:
    order = {"storage": 7, "payment_method": "pm_card_visa"}
    purchase: dict[str, Any] = expect(
        user.call("POST", "/billing", order, {"Idempotency-Key": uuid.uuid4().hex}), 201
    )
    assert purchase["status"] == "paid"
    return purchase


def _recorded(shop: Shop, event_id: str) -> bool:
    found = shop.deployed.root(shop.account, "dynamodb").get_item(
        TableName=shop.names["notifications_table_name"],
        Key={"event_id": {"S": event_id}},
        ConsistentRead=True,
    )
    return "Item" in found


@pytest.mark.parametrize(
    ("mine", "other"),
    [("pr-1", "dev"), ("dev", "pr-1"), ("alice", "pr-1"), ("pr-2", "dev"), ("dev", "pr-2"), ("dev", "local")],
)
def test_functions_touch_nothing_of_another_stage(
    deployed: Deployed, six: Outputs, mine: str, other: str
) -> None:
    names = Shop(deployed, other).names
    key = {"user_id": {"S": "try"}, "purchase_id": {"S": "try"}}
    never = {"ConditionExpression": "attribute_exists(never_there)"}
    function = _function(six[other], "notes_api", "api_handler")
    calls: dict[str, tuple[str, str, dict[str, Any]]] = {
        "reads purchases": ("dynamodb", "get_item", {"TableName": six[other]["purchases_table"], "Key": key}),
        "writes purchases": (
            "dynamodb",
            "put_item",
            {"TableName": six[other]["purchases_table"], "Item": key, **never},
        ),
        "reads notifications": (
            "dynamodb",
            "get_item",
            {"TableName": names["notifications_table_name"], "Key": {"event_id": {"S": "try"}}},
        ),
        "publishes": ("sns", "publish", {"TopicArn": six[other]["topic_arn"], "Message": "x" * 300_000}),
        "sends": (
            "sqs",
            "send_message",
            {"QueueUrl": names["stripe_mock_queue_url"], "MessageBody": "try", "DelaySeconds": 86400},
        ),
        "invokes": ("lambda", "invoke", {"FunctionName": function, "InvocationType": "DryRun"}),
    }
    for name, secret in names["secrets"].items():
        calls[f"reads {name}"] = ("secretsmanager", "get_secret_value", {"SecretId": secret["name"]})
    if STAGES[mine] != STAGES[other]:
        note = {"user_id": {"S": "try"}, "note_id": {"S": "try"}}
        calls["reads notes"] = ("dynamodb", "get_item", {"TableName": six[other]["notes_table"], "Key": note})
        upload = {"Bucket": six[other]["uploads_bucket"], "Key": "private/try/file"}
        calls["reads uploads"] = ("s3", "get_object", upload)
    for service in six[mine]["services"].values():
        for function_of_mine in service["functions"].values():
            session = deployed.assume(
                deployed.organisation.stage(mine).account.name, function_of_mine["role_arn"]
            )
            allowed = [
                what
                for what, (client, call, arguments) in calls.items()
                if may(lambda: getattr(deployed.client(session, client), call)(**arguments))  # noqa: B023
            ]
            assert allowed == [], function_of_mine["name"]


def test_stages_that_others_need_are_not_destroyed(deployed: Deployed, six: Outputs) -> None:
    assert six.keys() == STAGES.keys()
    used = deployed.command("destroy", "dev", check=False, CONFIRM="dev")
    assert used.returncode == 1
    assert "The storage of dev is used by alice, pr-1." in used.stderr
    read = deployed.command("destroy", "pr-2", check=False, SERVICE="stripe_mock")
    assert read.returncode == 1
    assert "billing_api reads stripe_mock" in read.stderr
    untyped = deployed.command("destroy", "local", check=False)
    assert untyped.returncode == 1
    assert "CONFIRM=local" in untyped.stderr


def test_the_inventory_is_read_from_the_cloud(deployed: Deployed, six: Outputs) -> None:
    found = _inventory(deployed)
    assert found.keys() >= STAGES.keys()
    for env, lender in STAGES.items():
        stage = found[env]
        assert stage["account"] == deployed.organisation.stage(env).account.name
        assert stage["storage"] == ("own" if lender == env else lender)
        assert stage["whole"]
        assert stage["created_at"] <= stage["deployed_at"]
        versions = {name: service["version"] for name, service in six[env]["services"].items()}
        assert stage["services"] == versions
    table = deployed.command("stages", "local").stdout
    assert any(line.split()[:3] == ["dev", "pr-1", "dev's"] for line in table.splitlines()), table


def _inventory(deployed: Deployed) -> dict[str, dict[str, Any]]:
    printed = json.loads(deployed.command("stages", "local", FORMAT="json").stdout)
    assert printed["unread"] == {}
    return {stage["stage"]: stage for stage in printed["stages"]}


@pytest.fixture(scope="module")
def without_pr_1(deployed: Deployed, six: Outputs, users: Mapping[str, User]) -> str:
    """pr-1 destroyed, after a note of dev's was written through it; the note's path."""
    note = expect(at(users["dev"], six["pr-1"]).call("POST", "/notes", {"content": "Kept"}), 201)
    deployed.command("flag", "pr-1", NAME="search", ON="all")  # a value that Terraform knows nothing of
    there = traces.of_stage(deployed, "pr-1")
    own = {"buckets", "user pools", "identity pools"}
    assert {kind for kind, names in there.items() if not names} == own, there
    finished = deployed.command("destroy", "pr-1")
    assert "pr-1 is gone. The storage of dev, which it used, stays." in finished.stdout
    return f"/notes/{note['note_id']}"


def test_nothing_of_a_destroyed_stage_remains(deployed: Deployed, without_pr_1: str) -> None:
    assert without_pr_1
    left = {kind: names for kind, names in traces.of_stage(deployed, "pr-1").items() if names}
    assert left == {}
    assert "pr-1" not in _inventory(deployed)
    again = deployed.command("destroy", "pr-1")
    assert "pr-1 was not there" in again.stdout


def test_what_it_shared_is_still_there(six: Outputs, users: Mapping[str, User], without_pr_1: str) -> None:
    for env in ("dev", "alice"):
        assert expect(at(users["dev"], six[env]).call("GET", without_pr_1), 200)["content"] == "Kept"


def test_the_others_serve_their_users_as_before(deployed: Deployed, without_pr_1: str) -> None:
    assert without_pr_1
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda env: deployed.command("smoke", env).stdout, STAGES.keys() - {"pr-1"}))
    assert all("passed" in words for words in said)


@pytest.mark.parametrize("env", sorted(STAGES.keys() - {"pr-1"}))
def test_a_plan_of_each_other_stage_is_empty(deployed: Deployed, without_pr_1: str, env: str) -> None:
    """After its deploy, deploys that died or were refused (alice, dev), and another one's end."""
    assert without_pr_1
    finished = deployed.command("plan", env, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert finished.stdout.splitlines()[-1] == f"{env}: no changes"
    comment = (REPOSITORY / f".build/plan-{env}.md").read_text()
    assert comment.startswith(f"### Plan of <code>{env}</code>: no changes\n")


def test_an_old_stage_with_uploads_is_swept_though_its_destroy_was_interrupted(
    deployed: Deployed, six: Outputs, users: Mapping[str, User], without_pr_1: str, tmp_path: Path
) -> None:
    assert without_pr_1
    user, bucket = users["pr-2"], six["pr-2"]["uploads_bucket"]
    key = f"private/{user.identity_id}/kept.txt"
    for content in (b"first", b"second"):
        user.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    _redate(deployed, "pr-2", "2020-01-01T00:00:00+00:00")

    interrupted = Deploy(deployed, "pr-2", tmp_path, command="destroy")
    unmapped = partial(_unmapped, deployed, "pr-2", "notes")
    until_terraform_works(deployed, interrupted, "pr-2/services/notes_api.tfstate", unmapped)
    interrupted.interrupt()
    assert interrupted.status() == 130, interrupted.said
    assert not _inventory(deployed)["pr-2"]["whole"]

    asked = deployed.command("sweep", "local", check=False, OLDER="1w")
    assert asked.returncode == 1
    assert "to destroy pr-2" in asked.stdout
    assert "YES=1" in asked.stderr
    assert "pr-2" in _inventory(deployed)
    swept = deployed.command("sweep", "local", OLDER="1w", YES="1")
    assert "1 swept" in swept.stdout
    assert {kind: names for kind, names in traces.of_stage(deployed, "pr-2").items() if names} == {}
    assert _inventory(deployed).keys() >= STAGES.keys() - {"pr-1", "pr-2"}


def _unmapped(deployed: Deployed, env: str, base_path: str) -> bool:
    account = deployed.organisation.stage(env).account
    apis = deployed.root(account.name, "apigateway")
    mapped = apis.get_base_path_mappings(domainName=f"{env}.api.{account.subdomain}").get("items", [])
    return base_path not in {mapping["basePath"] for mapping in mapped}


def _redate(deployed: Deployed, env: str, at: str) -> None:
    account = deployed.organisation.stage(env).account
    s3, bucket = deployed.root(account.name, "s3"), f"notes-{account.name}-state-{account.id}"
    record = json.loads(s3.get_object(Bucket=bucket, Key=f"stages/{env}.json")["Body"].read())
    body = json.dumps({**record, "deployed_at": at})
    s3.put_object(Bucket=bucket, Key=f"stages/{env}.json", Body=body.encode())

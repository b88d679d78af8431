"""Which cloud a command works on, and what a user is told when it is none."""

from __future__ import annotations

import configparser
import os
import re
from pathlib import Path
from typing import get_args

import pytest

from tools import cloud, errors, roles
from tools.cloud import AwsCloud, Cloud, LocalCloud
from tools.context import Context
from tools.errors import ToolError, UsageError, explained
from tools.stages import Account

DEV = Account("dev", "200000000002", "")


def choose(env: str, name: str = "", **variables: str) -> Cloud:
    return cloud.choose(env, name, "notes", "us-east-1", variables)


@pytest.mark.parametrize(
    ("env", "name", "chosen"),
    [("local", "", "local"), ("local", "local", "local"), ("dev", "", "aws"), ("dev", "local", "local")],
)
def test_only_the_stage_local_implies_the_local_cloud(env: str, name: str, chosen: str) -> None:
    assert choose(env, name).name == chosen


def test_the_stage_local_is_never_on_aws() -> None:
    with pytest.raises(UsageError, match="local cloud only"):
        choose("local", "aws")


def test_another_word_is_no_cloud() -> None:
    with pytest.raises(UsageError, match="CLOUD=azure is no cloud"):
        choose("dev", "azure")


@pytest.mark.parametrize("port", ["abc", "80", "65536", "-1", "4566.0"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(UsageError, match="is no port"):
        choose("local", LOCAL_PORT=port)


def test_the_port_is_part_of_every_address() -> None:
    chosen = choose("local", LOCAL_PORT="4600")
    assert chosen.endpoint_url == "http://127.0.0.1:4600"
    assert chosen.api_url_format % "x.example" == "http://127.0.0.1:4600/_api/x.example"
    assert (
        choose("local").endpoint_url == choose("local", LOCAL_PORT="").endpoint_url == "http://127.0.0.1:4566"
    )


def test_nothing_of_the_users_aws_reaches_the_local_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID"):
        monkeypatch.setenv(name, "the user's")
    environment = LocalCloud("notes", "us-east-1").environment(DEV)
    assert "the user's" not in environment.values()
    assert environment["AWS_ACCESS_KEY_ID"] == DEV.id
    assert environment["AWS_CONFIG_FILE"] == os.devnull


def test_a_role_of_the_local_cloud_is_assumed_by_terraform_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roles, "BUILD", tmp_path)
    environment = LocalCloud("notes", "us-east-1").acting_as("deployer").environment(DEV)
    assert "AWS_ACCESS_KEY_ID" not in environment
    described = configparser.ConfigParser()
    described.read(environment["AWS_CONFIG_FILE"])
    profile = described[f"profile {environment['AWS_PROFILE']}"]
    assert profile["role_arn"] == "arn:aws:iam::200000000002:role/notes-dev-deployer"
    assert described[f"profile {profile['source_profile']}"]["aws_access_key_id"] == DEV.id


def test_a_session_of_a_role_is_kept_and_one_of_another_role_is_another() -> None:
    local = LocalCloud("notes", "us-east-1")
    assert local.acting_as("deployer").session(DEV) is local.acting_as("deployer").session(DEV)
    assert len({id(local.acting_as(role).session(DEV)) for role in get_args(roles.Role)}) == 3


@pytest.mark.parametrize("host", ["laptop.local", "a host/with (signs)", "h" * 100])
def test_who_acts_is_a_name_that_sts_takes(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: host)
    assert re.fullmatch(r"[\w+=,.@-]{2,64}", roles.session_name())


def test_credentials_of_the_stages_account_are_taken(aws: AwsCloud, account: Account) -> None:
    assert aws.session(account).region_name == "us-east-1"
    assert aws.environment(account)["AWS_REGION"] == "us-east-1"


def test_credentials_of_another_account_are_refused(aws: AwsCloud) -> None:
    with pytest.raises(ToolError, match=r"for account 123456789012; the stage lives in dev \(200000000002\)"):
        aws.session(DEV)


def test_a_profile_of_the_accounts_name_is_used(
    aws: AwsCloud, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile notes-dev]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert aws.session(account).profile_name == "notes-dev"
    assert aws.environment(account)["AWS_PROFILE"] == "notes-dev"


def test_a_roles_own_profile_is_used_before_the_accounts(
    aws: AwsCloud, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = "aws_access_key_id = a\naws_secret_access_key = b\n"
    config = tmp_path / "config"
    config.write_text(f"[profile notes-dev]\n{keys}[profile notes-dev-deployer]\n{keys}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert aws.acting_as("deployer").session(account).profile_name == "notes-dev-deployer"
    assert aws.acting_as("deployer").environment(account)["AWS_PROFILE"] == "notes-dev-deployer"
    assert aws.acting_as("reader").session(account).profile_name == "notes-dev"


def test_a_command_without_a_stage_says_so() -> None:
    with pytest.raises(UsageError, match="ENV is missing"):
        _ = Context("", "").stage


def test_an_unexpected_error_is_one_line_and_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "BUILD", tmp_path)
    try:
        _ = dict[str, str]()["nothing"]
    except KeyError as error:
        told = explained(error)
    assert str(told).startswith("An error of the tools themselves: KeyError: 'nothing'")
    assert told.exit_status == 1
    assert "Traceback" not in str(told)
    assert "Traceback" in (tmp_path / "error.txt").read_text()


def test_errors_for_the_user_stay_as_they_are(aws: AwsCloud, account: Account) -> None:
    known = UsageError("no such stage", "take another")
    assert explained(known) is known
    assert (str(known), known.exit_status) == ("no such stage\n  take another", 2)
    s3 = cloud.client(aws, account, "s3")
    with pytest.raises(s3.exceptions.ClientError) as refused:
        s3.head_bucket(Bucket="nobodys")
    assert str(explained(refused.value)).startswith("The cloud refused or did not answer: ")


def test_without_credentials_the_local_cloud_is_named(
    account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Somebody who tries `make deploy ENV=prod` on the first day has no AWS account."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "absent"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(ToolError, match="No working credentials for the AWS account dev") as refused:
        AwsCloud("notes", "us-east-1").session(account)
    assert "CLOUD=local" in refused.value.next_step

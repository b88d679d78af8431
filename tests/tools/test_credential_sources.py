"""Terraform acts as whoever the tools act as: it gets the one source of credentials that they chose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import hostile
from tools import aws_sessions, caller, cloud, credential_sources, environments
from tools.cloud import AwsCloud, LocalCloud
from tools.errors import NotBuiltError, ToolError
from tools.stages import Account

DEV = Account("dev", "200000000002", "")
SOURCES = {
    *environments.AWS_KEYS,
    *environments.AWS_PROFILES,
    *environments.AWS_WEB_IDENTITY,
    *environments.AWS_CONTAINER,
}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAKEY", "AWS_SECRET_ACCESS_KEY": "secret"}
CONFIGURATION = """
[default]
aws_access_key_id = of-default
aws_secret_access_key = secret
[profile ana]
aws_access_key_id = of-ana
aws_secret_access_key = secret
[profile ben]
aws_access_key_id = of-ben
aws_secret_access_key = secret
[profile process]
credential_process = printf '{"Version": 1, "AccessKeyId": "of-process", "SecretAccessKey": "secret"}'
[profile in-a-container]
role_arn = arn:aws:iam::200000000002:role/notes-dev-deployer
credential_source = EcsContainer
[profile of-keys]
role_arn = arn:aws:iam::200000000002:role/notes-dev-deployer
source_profile = keys
[profile keys]
role_arn = arn:aws:iam::200000000002:role/people
credential_source = Environment
"""

Set = Callable[..., None]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Set:
    """Sets variables of a shell in which no others of AWS's are set but the configuration above."""
    for name in (*SOURCES, *environments.AWS_FILES, environments.AWS_CERTIFICATES):
        monkeypatch.delenv(name, raising=False)
    config = tmp_path / "config"
    config.write_text(CONFIGURATION)

    def put(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    put(AWS_CONFIG_FILE=str(config), AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "none"))
    return put


def found(profile: str | None = None) -> tuple[str, dict[str, str]]:
    """The source of the tools' session in words, and what Terraform is given of all the sources."""
    session = aws_sessions.new(profile=profile, region_name="us-east-1")
    source = credential_sources.of(session)
    assert source is not None
    return source.words, {name: value for name, value in source.variables.items() if name in SOURCES}


def test_keys_of_the_environment_come_before_a_profile_of_the_environment(shell: Set) -> None:
    shell(**KEYS, AWS_SESSION_TOKEN="token", AWS_PROFILE="ana")
    assert found() == ("AWS_ACCESS_KEY_ID of your environment", {**KEYS, "AWS_SESSION_TOKEN": "token"})


def test_the_older_name_of_the_token_is_given_under_the_one_that_terraform_knows(shell: Set) -> None:
    shell(**KEYS, AWS_SECURITY_TOKEN="older")
    assert found()[1] == {**KEYS, "AWS_SESSION_TOKEN": "older"}


def test_a_profile_that_the_tools_chose_is_used_though_there_are_keys(shell: Set) -> None:
    """Terraform would take the keys that `make -s user` left."""
    shell(
        **KEYS,
        AWS_SESSION_TOKEN="token",
        AWS_PROFILE="ben",
        AWS_WEB_IDENTITY_TOKEN_FILE="/x",
        AWS_ROLE_ARN="y",
    )
    assert found("ana") == ("profile ana", {"AWS_PROFILE": "ana"})


def test_of_two_profiles_in_the_environment_both_take_the_same(shell: Set) -> None:
    """boto3 takes the first, Terraform would take the second."""
    shell(AWS_DEFAULT_PROFILE="ana", AWS_PROFILE="ben")
    assert found() == ("profile ana", {"AWS_PROFILE": "ana"})


@pytest.mark.usefixtures("shell")
def test_the_default_profile_is_named() -> None:
    assert found() == ("profile default", {"AWS_PROFILE": "default"})


def test_a_program_of_a_profile_is_run_by_terraform_itself(shell: Set) -> None:
    shell(AWS_PROFILE="process")
    assert found() == ("profile process", {"AWS_PROFILE": "process"})


def test_a_web_identity_of_the_environment(shell: Set, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("")
    identity = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/x"}
    shell(**identity)
    assert found() == ("AWS_WEB_IDENTITY_TOKEN_FILE of your environment", identity)


def test_a_profile_with_the_containers_role_for_a_source(shell: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    container = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/role"}
    shell(**container)
    words, given = _of_method(monkeypatch, "assume-role", "in-a-container")
    assert (words, given) == ("profile in-a-container", {"AWS_PROFILE": "in-a-container", **container})


@pytest.mark.parametrize(
    ("method", "words", "given"),
    [
        ("container-role", "the role of this container", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://x"}),
        ("iam-role", "the role of this instance", {}),
        # Terraform's provider does not know `aws login` yet.
        ("login", "profile default, login", {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}),
    ],
)
def test_sources_that_only_the_machine_has(
    shell: Set, monkeypatch: pytest.MonkeyPatch, method: str, words: str, given: dict[str, str]
) -> None:
    shell(AWS_CONTAINER_CREDENTIALS_FULL_URI="http://x")
    assert _of_method(monkeypatch, method, None) == (words, given)


def test_a_profile_whose_role_is_assumed_with_keys_of_the_environment(
    shell: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the keys Terraform would act as their owner, without them it could not assume the role."""
    shell(**KEYS)
    words, given = _of_method(monkeypatch, "assume-role", "of-keys")
    assert words == "profile of-keys, assume-role"
    assert given == {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


def _of_method(
    monkeypatch: pytest.MonkeyPatch, method: str, profile: str | None
) -> tuple[str, dict[str, str]]:
    """The same for a session whose credentials are of this kind."""
    frozen = SimpleNamespace(access_key="a", secret_key="b", token=None)
    credentials = SimpleNamespace(method=method, get_frozen_credentials=lambda: frozen)
    monkeypatch.setattr("boto3.Session.get_credentials", lambda _: credentials)
    return found(profile)


def test_terraforms_environment_on_aws_has_what_the_session_has_and_the_stages_region(
    aws: AwsCloud, account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile notes-dev-deployer]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    deployer = aws.acting_as("deployer")
    deployer.session(account)
    for name, value in {**hostile.BEHAVIOUR, **hostile.COMMAND_LINE, "AWS_PROFILE": "another"}.items():
        monkeypatch.setenv(name, value)

    environment = deployer.environment(account)

    assert {name: value for name, value in environment.items() if name.startswith("AWS_")} == {
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": environment["AWS_SHARED_CREDENTIALS_FILE"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PROFILE": "notes-dev-deployer",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    ours = {"AWS_REGION", "AWS_DEFAULT_REGION"}
    assert not ({*hostile.BEHAVIOUR, *hostile.COMMAND_LINE} - ours) & environment.keys()


def test_a_command_says_as_whom_it_acts_and_why(aws: AwsCloud, account: Account) -> None:
    words = caller.describe(aws, account)
    assert words == (f"Acting as arn:aws:sts::{account.id}:user/moto (AWS_ACCESS_KEY_ID of your environment)")


def test_where_the_role_is_not_made_yet_a_command_says_who_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def arn(asked: LocalCloud, account: Account) -> str:
        if asked.role != "administrator":
            raise NotBuiltError("no role")
        return f"arn:aws:iam::{account.id}:root"

    monkeypatch.setattr(caller, "_arn", arn)
    assert caller.describe(LocalCloud("notes", "us-east-1").acting_as("deployer"), DEV) == (
        "Acting as arn:aws:iam::200000000002:root (local cloud, account dev) "
        "to make arn:aws:iam::200000000002:role/notes-dev-deployer, then as that"
    )


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"AWS_PROFILE": "missing"}, "AWS_PROFILE=missing"),
        ({"AWS_CONFIG_FILE": "garbage"}, "AWS_CONFIG_FILE="),
        ({**KEYS, "HTTPS_PROXY": "http://ana:secret@127.0.0.1:9"}, "HTTPS_PROXY=http://***@127.0.0.1:9"),
    ],
    ids=["a missing profile", "an unreadable configuration", "a dead proxy"],
)
def test_a_variable_that_is_why_there_are_no_credentials_is_named(
    shell: Set, tmp_path: Path, variables: dict[str, str], words: str
) -> None:
    (tmp_path / "garbage").write_text("[[[")
    if variables.get("AWS_CONFIG_FILE"):
        variables = {"AWS_CONFIG_FILE": str(tmp_path / "garbage")}
    shell(**variables, AWS_EC2_METADATA_DISABLED="true")
    with pytest.raises(ToolError) as refused:
        AwsCloud("notes", "us-east-1").session(DEV)
    assert f"Set in your environment: {words}" in refused.value.next_step
    assert "secret" not in str(refused.value)


def test_the_local_cloud_and_a_stages_users_need_no_aws_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**hostile.broken_aws(tmp_path), **hostile.AWS_BEHAVIOUR}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(cloud, "_root_session", cloud._root_session.__wrapped__)
    monkeypatch.setattr(cloud, "_assumed_session", cloud._assumed_session.__wrapped__)
    local = LocalCloud("notes", "us-east-1", 4599)
    for role in ("administrator", "deployer"):
        made = cloud.client(local.acting_as(role), DEV, "s3")
        assert (made.meta.endpoint_url, made.meta.region_name) == ("http://127.0.0.1:4599", "us-east-1")
        assert made.meta.config.retries == cloud.client(local, DEV, "sts").meta.config.retries
    public: Any = aws_sessions.new(aws_sessions.unconfigured(), region_name="us-east-1").client("s3")
    assert public.meta.region_name == "us-east-1"
    assert "nowhere" not in public.meta.endpoint_url

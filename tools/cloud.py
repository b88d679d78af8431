"""Which cloud a command works on, and how to reach an account of it."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Protocol, Self
from weakref import WeakKeyDictionary

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ConnectionError, HTTPClientError

from tools import aws_sessions, credential_sources, environments, expiry, roles
from tools.credential_sources import Source
from tools.errors import ToolError, UsageError
from tools.roles import Role
from tools.stages import Account

DEFAULT_PORT = 4566

# Clients may be used by several threads, sessions not:
# https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html#multithreading-or-multiprocessing-with-sessions
_CREATING = threading.Lock()
_KEEPING = threading.Lock()
# Making a client takes 13 ms of work, and a deploy that changes nothing asks a hundred times for one.
_CLIENTS: WeakKeyDictionary[boto3.Session, dict[tuple[str, str | None], Any]] = WeakKeyDictionary()
_ROOT_SECRET = "test"  # noqa: S105 - the emulator's own, and no secret


class Cloud(Protocol):
    """What every other module needs to know of the cloud, whichever it is."""

    @property
    def name(self) -> str:
        """aws or local."""
        ...

    @property
    def project(self) -> str:
        """First part of every name."""
        ...

    @property
    def region(self) -> str:
        """AWS region."""
        ...

    @property
    def endpoint_url(self) -> str | None:
        """Where the cloud's services answer; None for AWS's own addresses."""
        ...

    @property
    def api_url_format(self) -> str:
        """How an API's domain name becomes an address."""
        ...

    @property
    def variables(self) -> dict[str, str]:
        """The variables of a make command that lead to this cloud, beside ENV."""
        ...

    @property
    def role(self) -> Role:
        """With whose rights it is reached."""
        ...

    @property
    def administrable(self) -> bool:
        """Whether whoever runs a command may act as administrator of every account."""
        ...

    def acting_as(self, role: Role) -> Self:
        """The same cloud, reached with the rights of `role` in each account."""
        ...

    def environment(self, account: Account) -> dict[str, str]:
        """The environment in which Terraform and `chalice local` reach `account`, as `session` does."""
        ...

    def source(self, account: Account) -> str:
        """Where the credentials of `session` come from, in words."""
        ...

    def session(self, account: Account) -> boto3.Session:
        """A boto3 session with the rights of whoever runs the command, in `account`."""
        ...


def client(cloud: Cloud, account: Account, service: str, **config: Any) -> Any:
    """A boto3 client of `service` in `account`; one without a `config` of its own is made once."""
    session = cloud.session(account)
    if config:
        return _made(cloud, account, session, service, **config)
    with _KEEPING:
        kept = _CLIENTS.setdefault(session, {})
    which = (service, cloud.endpoint_url)
    with (
        _KEEPING
    ):  # of two clients neither knows the other's exception classes, which are made when first read
        if which not in kept:
            kept[which] = _made(cloud, account, session, service)
            _ = kept[which].exceptions
    return kept[which]


def _made(cloud: Cloud, account: Account, session: boto3.Session, service: str, **config: Any) -> Any:
    def make(name: str) -> Any:
        with _CREATING:
            return session.client(name, endpoint_url=cloud.endpoint_url, config=Config(**config))

    made = make(service)
    expiry.watch(made, account.name, lambda: make("sts"))
    return made


@cache
def _root_session(account_id: str, region: str) -> boto3.Session:
    return aws_sessions.new(
        aws_sessions.unconfigured(),
        aws_access_key_id=account_id,
        aws_secret_access_key=_ROOT_SECRET,
        region_name=region,
    )


@cache
def _assumed_session(account_id: str, region: str, endpoint_url: str, role_arn: str) -> boto3.Session:
    with _CREATING:
        return roles.assumed(_root_session(account_id, region), endpoint_url, role_arn)


@dataclass(frozen=True)
class LocalCloud:
    """The emulator on this machine; an account's root is its number as access key."""

    project: str
    region: str
    port: int = DEFAULT_PORT
    role: Role = "administrator"
    name: str = "local"
    administrable: bool = True

    @property
    def endpoint_url(self) -> str:
        """Where every service of every account answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url_format(self) -> str:
        """How an API's domain name becomes an address that any HTTP client on this machine can call."""
        return f"{self.endpoint_url}/_api/%s"

    @property
    def variables(self) -> dict[str, str]:
        """See Cloud."""
        port = {} if self.port == DEFAULT_PORT else {"LOCAL_PORT": str(self.port)}
        return {"CLOUD": self.name, **port}

    def acting_as(self, role: Role) -> Self:
        """See Cloud."""
        return replace(self, role=role)

    def environment(self, account: Account) -> dict[str, str]:
        """See Cloud."""
        return (
            environments.terraform()
            | self._credentials(account)
            | {
                "AWS_REGION": self.region,
                "AWS_DEFAULT_REGION": self.region,
                "AWS_ENDPOINT_URL": self.endpoint_url,
                "AWS_ENDPOINT_URL_STS": self.endpoint_url,  # Terraform does not take it from the one above
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            }
        )

    def _credentials(self, account: Account) -> dict[str, str]:
        keys = (account.id, _ROOT_SECRET)
        if self.role == "administrator":
            return {
                "AWS_ACCESS_KEY_ID": keys[0],
                "AWS_SECRET_ACCESS_KEY": keys[1],
                "AWS_CONFIG_FILE": os.devnull,
            }
        file = roles.config_file(self.project, self.region, account, self.endpoint_url, keys)
        return {"AWS_CONFIG_FILE": file, "AWS_PROFILE": roles.name(self.project, account, self.role)}

    def source(self, account: Account) -> str:
        """See Cloud."""
        return f"local cloud, account {account.name}"

    def session(self, account: Account) -> boto3.Session:
        """See Cloud."""
        if self.role == "administrator":
            return _root_session(account.id, self.region)
        role_arn = roles.arn(self.project, account, self.role)
        return _assumed_session(account.id, self.region, self.endpoint_url, role_arn)


@dataclass(frozen=True)
class AwsCloud:
    """AWS itself.

    Reached with the profile `<project>-<account>-<role>` where one exists, else `<project>-<account>`, else
    the ambient credentials.
    """

    project: str
    region: str
    role: Role = "administrator"
    name: str = "aws"
    administrable: bool = False

    @property
    def endpoint_url(self) -> None:
        """AWS's clients know their endpoints themselves."""
        return None

    @property
    def api_url_format(self) -> str:
        """See Cloud."""
        return "https://%s"

    @property
    def variables(self) -> dict[str, str]:
        """See Cloud."""
        return {}

    def acting_as(self, role: Role) -> Self:
        """See Cloud."""
        return replace(self, role=role)

    def environment(self, account: Account) -> dict[str, str]:
        """See Cloud."""
        region = {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}
        return environments.terraform() | self._source(account).variables | region

    def source(self, account: Account) -> str:
        """See Cloud."""
        return self._source(account).words

    def _source(self, account: Account) -> Source:
        found = credential_sources.of(self.session(account))
        assert found, "its credentials have worked"
        return found

    def session(self, account: Account) -> boto3.Session:
        """See Cloud. Raises ToolError when the credentials are missing or belong to another account."""
        if account not in self._sessions:
            self._sessions[account] = self._new_session(account)
        return self._sessions[account]

    def _new_session(self, account: Account) -> boto3.Session:
        try:
            session = aws_sessions.new(profile=self._profile(account), region_name=self.region)
            with _CREATING:
                sts = session.client("sts")
            found = sts.get_caller_identity()["Account"]
        except Exception as error:
            raise ToolError(
                f"No working credentials for the AWS account {account.name} ({account.id}): {error}",
                " ".join(filter(None, [_causes(error), self._sign_in(account)])),
            ) from error
        if found != account.id:
            raise ToolError(
                f"The credentials are for account {found}; the stage lives in {account.name} ({account.id}).",
                f"Use a profile named {self._own_profile(account)}, or correct terraform/stages.toml.",
            )
        return session

    def _sign_in(self, account: Account) -> str:
        return (
            f"Sign in, or give your AWS configuration a profile {self._own_profile(account)}. "
            "Without an AWS account, run the same command with CLOUD=local."
        )

    def _profile(self, account: Account) -> str | None:
        available = botocore.session.Session().available_profiles
        wanted = (self._own_profile(account), f"{self.project}-{account.name}")
        return next((name for name in wanted if name in available), None)

    def _own_profile(self, account: Account) -> str:
        return roles.name(self.project, account, self.role)

    @cached_property
    def _sessions(self) -> dict[Account, boto3.Session]:
        return {}


def _causes(error: Exception) -> str:
    """The variables of the user's environment that may be why there are no credentials."""
    if isinstance(error, ConnectionError | HTTPClientError | OSError):
        names = [*environments.PROXIES, environments.AWS_CERTIFICATES]
    else:
        names = [
            *environments.AWS_PROFILES,
            *environments.AWS_FILES,
            *environments.AWS_KEYS,
            *environments.AWS_WEB_IDENTITY,
            *environments.AWS_CONTAINER,
        ]
    return environments.named(*names)


def choose(env: str, name: str, project: str, region: str, variables: Mapping[str, str]) -> Cloud:
    """The cloud that CLOUD= names; ENV=local implies CLOUD=local. Raises UsageError for any other word."""
    wanted = name or ("local" if env == "local" else "aws")
    if wanted == "local":
        port = variables.get("LOCAL_PORT") or str(DEFAULT_PORT)
        if not re.fullmatch("[0-9]{4,5}", port) or not 1024 <= int(port) <= 65535:
            raise UsageError(f"LOCAL_PORT={port} is no port: give a number from 1024 to 65535.")
        return LocalCloud(project, region, int(port))
    if wanted == "aws":
        if env == "local":
            raise UsageError(
                "ENV=local lives on the local cloud only.", "Leave CLOUD out, or name another ENV."
            )
        return AwsCloud(project, region)
    raise UsageError(f"CLOUD={wanted} is no cloud: give CLOUD=aws or CLOUD=local.")

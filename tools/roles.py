"""The roles of an account, and acting as one where root may assume it: on the local cloud."""

from __future__ import annotations

import getpass
import re
import socket
from collections.abc import Callable

import boto3
from botocore.credentials import CredentialProvider, CredentialResolver, DeferredRefreshableCredentials
from botocore.exceptions import ClientError

from tools import aws_sessions, names, whole_files
from tools.errors import NotBuiltError
from tools.paths import BUILD
from tools.stages import Account

Role = names.Role


def name(project: str, account: Account, role: Role) -> str:
    """The role's name in IAM, and that of a profile that has its rights."""
    return f"{project}-{account.name}-{role}"


def arn(project: str, account: Account, role: Role) -> str:
    """The role's ARN."""
    return f"arn:aws:iam::{account.id}:role/{name(project, account, role)}"


def boundary_arn(project: str, account: Account) -> str:
    """The ARN of the boundary that every role of a stage has."""
    return f"arn:aws:iam::{account.id}:policy/{project}-{account.name}-boundary"


def session_name() -> str:
    """Who acts, as the cloud's own records tell it (user@host)."""
    return re.sub(r"[^\w+=,.@-]", "-", f"{getpass.getuser()}@{socket.gethostname()}")[:64]


class _Assumed(CredentialProvider):  # type: ignore[misc] # botocore has no types
    METHOD = "assume-role"

    def __init__(self, refresh: Callable[[], dict[str, str]]) -> None:
        super().__init__()
        self._refresh = refresh

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(self._refresh, self.METHOD)


def assumed(root: boto3.Session, endpoint_url: str, role_arn: str) -> boto3.Session:
    """A session with the role's rights, assumed when it is first used and anew before it expires.

    Raises NotBuiltError, when it is used, where there is no such role.
    """
    sts = root.client("sts", endpoint_url=endpoint_url)

    def refresh() -> dict[str, str]:
        try:
            granted = sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name())["Credentials"]
        except ClientError as error:
            account, role = role_arn.split(":")[4], role_arn.rpartition("/")[2]
            raise NotBuiltError(
                f"Account {account} is not built: its role {role} cannot be assumed "
                f"({error.response['Error']['Code']}).",
                "Build it with make account, or with the deploy of a stage; both take the stage as ENV=.",
            ) from error
        return {
            "access_key": granted["AccessKeyId"],
            "secret_key": granted["SecretAccessKey"],
            "token": granted["SessionToken"],
            "expiry_time": granted["Expiration"].isoformat(),
        }

    session = aws_sessions.unconfigured()
    session.register_component("credential_provider", CredentialResolver([_Assumed(refresh)]))
    return aws_sessions.new(session, region_name=root.region_name)


def config_file(project: str, region: str, account: Account, endpoint_url: str, keys: tuple[str, str]) -> str:
    """The path of an AWS configuration with a profile for each role of an account of the local cloud.

    With it Terraform assumes the role itself, and anew before it expires. `keys` are root's.
    """
    lines = ["[profile root]", f"aws_access_key_id = {keys[0]}", f"aws_secret_access_key = {keys[1]}"]
    assumable: list[Role] = ["deployer", "reader"]
    for role in assumable:
        lines += [
            f"[profile {name(project, account, role)}]",
            f"role_arn = {arn(project, account, role)}",
            f"role_session_name = {session_name()}",
            "source_profile = root",
            f"region = {region}",
            f"endpoint_url = {endpoint_url}",
        ]
    text = "\n".join(lines) + "\n"
    path = BUILD / "aws" / f"{endpoint_url.rpartition(':')[2]}-{account.name}.ini"
    whole_files.write(path, text)
    return str(path)

"""Where a session has its credentials from, and how another program gets the same ones.

The SDKs look for credentials in different orders: given AWS_PROFILE and keys, or two names of profiles, boto3
and Terraform may take different ones. So another program is given the one source that the session chose.
https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html
https://registry.terraform.io/providers/hashicorp/aws/latest/docs#authentication-and-configuration
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import boto3

from tools import environments

# botocore's names of sources.
_IN_A_PROFILE = frozenset(
    (
        *("assume-role", "assume-role-with-web-identity", "sso"),
        *("shared-credentials-file", "custom-process", "config-file"),
    )
)


@dataclass(frozen=True)
class Source:
    """A source in words, and the variables with which a program uses it and no other."""

    words: str
    variables: dict[str, str]


def of(session: boto3.Session) -> Source | None:
    """The source of a session's credentials; None where it has none."""
    credentials = session.get_credentials()
    if credentials is None:
        return None
    if found := _outside_a_profile(session, credentials.method):
        return found
    profile = session.profile_name
    if credentials.method in _IN_A_PROFILE and "Environment" not in _sources_of(session, profile):
        # A profile may name the container's role as its source; a program asks that one only then.
        container = environments.aws(environments.AWS_CONTAINER)
        return Source(f"profile {profile}", container | {"AWS_PROFILE": profile})
    if credentials.method == "env":
        return Source("AWS_ACCESS_KEY_ID of your environment", _frozen(credentials))
    # The provider knows no such source, or would take keys of the environment for the profile's own.
    # botocore gives credentials that last ten minutes more at least.
    return Source(f"profile {profile}, {credentials.method}", _frozen(credentials))


def _outside_a_profile(session: boto3.Session, method: str) -> Source | None:
    """A source of renewed credentials that variables or the machine name."""
    if method == "container-role":
        return Source("the role of this container", environments.aws(environments.AWS_CONTAINER))
    if method == "iam-role":
        return Source("the role of this instance", environments.aws(()))
    if method == "assume-role-with-web-identity" and _by_variables(session):
        words = "AWS_WEB_IDENTITY_TOKEN_FILE of your environment"
        return Source(words, environments.aws(environments.AWS_WEB_IDENTITY))
    return None


def _frozen(credentials: Any) -> dict[str, str]:
    found = credentials.get_frozen_credentials()
    keys = {"AWS_ACCESS_KEY_ID": found.access_key, "AWS_SECRET_ACCESS_KEY": found.secret_key}
    token = {"AWS_SESSION_TOKEN": found.token} if found.token else {}
    return environments.aws(()) | keys | token


def _by_variables(session: boto3.Session) -> bool:
    """Whether the web identity is that of the environment: a profile that was asked for is read alone."""
    asked_for = session._session.instance_variables().get("profile") is not None
    return not asked_for and bool(os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"))


def _sources_of(session: boto3.Session, profile: str) -> set[str]:
    """What a profile, and those that it names as its source, have for `credential_source`."""
    profiles = session._session.full_config["profiles"]
    found, seen = set[str](), set[str]()
    while profile in profiles and profile not in seen:
        seen.add(profile)
        found.add(profiles[profile].get("credential_source", ""))
        profile = profiles[profile].get("source_profile", "")
    return found

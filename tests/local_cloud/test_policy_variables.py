"""Policy variables in resources and conditions, tried against the running cloud."""

import uuid
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.local_cloud.apis import session_client, user
from tests.local_cloud.conftest import Cloud
from tests.local_cloud.identity_pool import IdentityPool

BUCKET = "variables"
OBJECTS = f"arn:aws:s3:::{BUCKET}"


@pytest.fixture(scope="module", autouse=True)
def bucket(cloud: Cloud) -> None:
    cloud.client("s3").create_bucket(Bucket=BUCKET)


def may_put(cloud: Cloud, credentials: Credentials, key: str) -> bool:
    """Whether these credentials may write `key`."""
    try:
        session_client(cloud, "s3", credentials).put_object(Bucket=BUCKET, Key=key, Body=b"x")
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


def allow(resource: str, **conditions: Any) -> dict[str, Any]:
    """A statement that allows to write `resource`."""
    return {"Effect": "Allow", "Action": "s3:PutObject", "Resource": resource, "Condition": conditions}


def test_the_username_in_a_resource(cloud: Cloud) -> None:
    alice = user(cloud, "alice", allow(f"{OBJECTS}/home/${{aws:username}}/*"))
    assert may_put(cloud, alice, "home/alice/a")
    assert not may_put(cloud, alice, "home/bob/a")
    assert not may_put(cloud, alice, "home/${aws:username}/a")


def test_a_principal_tag_and_its_default(cloud: Cloud) -> None:
    statement = allow(f"{OBJECTS}/team/${{aws:PrincipalTag/team, 'none'}}/*")
    tagged, untagged = user(cloud, "tagged", statement), user(cloud, "untagged", statement)
    cloud.client("iam").tag_user(UserName="tagged", Tags=[{"Key": "team", "Value": "red"}])
    assert may_put(cloud, tagged, "team/red/a")
    assert not may_put(cloud, tagged, "team/none/a")
    assert may_put(cloud, untagged, "team/none/a")


def test_a_value_with_a_star_is_no_wildcard(cloud: Cloud) -> None:
    starred = user(cloud, "starred", allow(f"{OBJECTS}/${{aws:PrincipalTag/team}}/*"))
    cloud.client("iam").tag_user(UserName="starred", Tags=[{"Key": "team", "Value": "*"}])
    assert may_put(cloud, starred, "*/a")
    assert not may_put(cloud, starred, "other/a")


def test_escapes_are_the_signs_themselves(cloud: Cloud) -> None:
    escaped = user(cloud, "escaped", allow(f"{OBJECTS}/${{*}}${{?}}${{$}}/*"))
    assert may_put(cloud, escaped, "*?$/a")
    assert not may_put(cloud, escaped, "xyz/a")


def test_a_variable_without_a_value_makes_the_statement_not_match(cloud: Cloud) -> None:
    everything = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{OBJECTS}/*"}
    absent = allow(f"{OBJECTS}/${{aws:PrincipalTag/absent}}*")
    assert not may_put(cloud, user(cloud, "absent", absent), "a")
    assert may_put(cloud, user(cloud, "undenied", everything, absent | {"Effect": "Deny"}), "a")


@pytest.mark.parametrize("operator", ["StringEquals", "StringLike", "ForAnyValue:StringLike"])
def test_a_variable_in_a_condition(cloud: Cloud, operator: str) -> None:
    name = f"condition-{uuid.uuid4().hex[:8]}"
    mine = {"aws:PrincipalTag/owner": "${aws:username}"}
    owner = user(cloud, name, allow(f"{OBJECTS}/*", **{operator: mine}))
    assert not may_put(cloud, owner, "a")
    cloud.client("iam").tag_user(UserName=name, Tags=[{"Key": "owner", "Value": name}])
    assert may_put(cloud, owner, "a")


@pytest.fixture(scope="module")
def identities(cloud: Cloud) -> IdentityPool:
    own = allow(f"{OBJECTS}/private/${{cognito-identity.amazonaws.com:sub}}/*")
    return IdentityPool.make(cloud, "variables", own)


def test_an_identity_pools_session_reaches_its_own_prefix_only(
    cloud: Cloud, identities: IdentityPool
) -> None:
    (alice, alices), (bob, bobs) = identities.sign_in(), identities.sign_in()
    assert may_put(cloud, alices, f"private/{alice}/a")
    assert may_put(cloud, bobs, f"private/{bob}/a")
    assert not may_put(cloud, alices, f"private/{bob}/a")
    assert not may_put(cloud, alices, f"private/{alice}x/a")
    assert not may_put(cloud, alices, "private/a")


@pytest.mark.parametrize(("amr", "allowed"), [("authenticated", True), ("unauthenticated", False)])
def test_an_identity_pools_session_has_its_condition_keys(cloud: Cloud, amr: str, allowed: bool) -> None:
    name = f"keys-{amr}"
    statement = allow(
        f"{OBJECTS}/*", **{"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr}}
    )
    _, credentials = IdentityPool.make(cloud, name, statement).sign_in()
    assert may_put(cloud, credentials, "a") is allowed

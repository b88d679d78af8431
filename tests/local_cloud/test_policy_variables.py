"""Policy variables in resources and conditions, tried against the running cloud."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.local_cloud.apis import session_client, user
from tests.local_cloud.conftest import Cloud

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


SignIn = Callable[[], tuple[str, Credentials]]


@pytest.fixture(scope="module")
def sign_in(cloud: Cloud) -> SignIn:
    """Signs a new user in to an identity pool; gives the identity and its credentials."""
    users, identities, iam = (
        cloud.client("cognito-idp"),
        cloud.client("cognito-identity"),
        cloud.client("iam"),
    )
    pool = users.create_user_pool(PoolName="variables")["UserPool"]["Id"]
    client = users.create_user_pool_client(
        UserPoolId=pool,
        ClientName="app",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    provider = f"cognito-idp.us-east-1.amazonaws.com/{pool}"
    identity_pool = identities.create_identity_pool(
        IdentityPoolName="variables",
        AllowUnauthenticatedIdentities=False,
        CognitoIdentityProviders=[{"ClientId": client, "ProviderName": provider}],
    )["IdentityPoolId"]
    federated = {"Federated": "cognito-identity.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": federated, "Action": "sts:AssumeRoleWithWebIdentity"}
    role = iam.create_role(RoleName="signed-in", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    own = allow(
        f"{OBJECTS}/private/${{cognito-identity.amazonaws.com:sub}}/*",
        **{
            "StringEquals": {"cognito-identity.amazonaws.com:aud": identity_pool},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
        },
    )
    document = json.dumps({"Version": "2012-10-17", "Statement": own})
    iam.put_role_policy(RoleName="signed-in", PolicyName="own", PolicyDocument=document)
    identities.set_identity_pool_roles(
        IdentityPoolId=identity_pool, Roles={"authenticated": role["Role"]["Arn"]}
    )

    def sign_in() -> tuple[str, Credentials]:
        name, password = f"{uuid.uuid4().hex}@example.com", "Correct-horse-1!"
        users.sign_up(ClientId=client, Username=name, Password=password)
        users.admin_confirm_sign_up(UserPoolId=pool, Username=name)
        signed = users.initiate_auth(
            ClientId=client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )
        logins = {provider: signed["AuthenticationResult"]["IdToken"]}
        identity = identities.get_id(IdentityPoolId=identity_pool, Logins=logins)["IdentityId"]
        given = identities.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
        return identity, Credentials(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])

    return sign_in


def test_an_identity_pools_session_reaches_its_own_prefix_only(cloud: Cloud, sign_in: SignIn) -> None:
    (alice, alices), (bob, bobs) = sign_in(), sign_in()
    assert may_put(cloud, alices, f"private/{alice}/a")
    assert may_put(cloud, bobs, f"private/{bob}/a")
    assert not may_put(cloud, alices, f"private/{bob}/a")
    assert not may_put(cloud, alices, f"private/{alice}x/a")
    assert not may_put(cloud, alices, "private/a")

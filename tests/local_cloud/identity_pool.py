"""Users who sign up, sign in and get credentials of an identity pool, as the project's own users do."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from botocore.credentials import Credentials

from tests.local_cloud.conftest import REGION, Cloud

_PASSWORD = "Correct-horse-1!"


@dataclass(frozen=True)
class IdentityPool:
    """An identity pool over a user pool with one client."""

    cloud: Cloud
    id: str
    client_id: str
    provider: str

    @classmethod
    def make(cls, cloud: Cloud, name: str, *statements: dict[str, Any]) -> "IdentityPool":
        """Make both pools, and a role with these statements for who is signed in."""
        users, identities, iam = (
            cloud.client("cognito-idp"),
            cloud.client("cognito-identity"),
            cloud.client("iam"),
        )
        user_pool = users.create_user_pool(PoolName=name)["UserPool"]["Id"]
        client = users.create_user_pool_client(
            UserPoolId=user_pool,
            ClientName="app",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]["ClientId"]
        provider = f"cognito-idp.{REGION}.amazonaws.com/{user_pool}"
        pool = identities.create_identity_pool(
            IdentityPoolName=name,
            AllowUnauthenticatedIdentities=False,
            CognitoIdentityProviders=[{"ClientId": client, "ProviderName": provider}],
        )["IdentityPoolId"]
        federated = {"Federated": "cognito-identity.amazonaws.com"}
        trust = {"Effect": "Allow", "Principal": federated, "Action": "sts:AssumeRoleWithWebIdentity"}
        role = iam.create_role(
            RoleName=f"{name}-signed-in", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
        )["Role"]
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=role["RoleName"], PolicyName="own", PolicyDocument=document)
        identities.set_identity_pool_roles(IdentityPoolId=pool, Roles={"authenticated": role["Arn"]})
        return cls(cloud, pool, client, provider)

    def sign_in(self) -> tuple[str, Credentials]:
        """Sign a new user up and in, without any AWS credentials; the identity and its credentials."""
        users, identities = self.cloud.client("cognito-idp"), self.cloud.client("cognito-identity")
        name = f"{uuid.uuid4().hex}@example.com"
        users.sign_up(ClientId=self.client_id, Username=name, Password=_PASSWORD)
        users.confirm_sign_up(ClientId=self.client_id, Username=name, ConfirmationCode="123456")
        signed = users.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": _PASSWORD},
        )
        logins = {self.provider: signed["AuthenticationResult"]["IdToken"]}
        identity = identities.get_id(IdentityPoolId=self.id, Logins=logins)["IdentityId"]
        given = identities.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
        return identity, Credentials(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])

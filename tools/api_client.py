"""A user of a deployed stage, as a browser or a phone would be one: written from the HTTP contract only."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from pycognito.aws_srp import AWSSRP

from tools import aws_sessions, signed_requests

Outputs = Mapping[str, Any]

SECONDS = 60  # API Gateway itself gives up after 29; a busy local cloud takes longer


@dataclass(frozen=True)
class User:
    """Somebody signed in to a stage, with temporary credentials from its identity pool."""

    outputs: Outputs
    identity_id: str
    credentials: Credentials
    id_token: str

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        data: str | bytes | None = None,
    ) -> requests.Response:
        """A signed request to the stage's API; `body` is sent as JSON, `data` as it is."""
        content = json.dumps(body) if body is not None else data
        wanted = {"Content-Type": "application/json"} if content is not None else {}
        request = AWSRequest(
            method, f"{self.outputs['api_url']}{path}", {**wanted, **(headers or {})}, content
        )
        SigV4Auth(self.credentials, "execute-api", self.outputs["region"]).add_auth(request)
        prepared = request.prepare()
        return requests.request(
            method,
            prepared.url,
            headers=dict(prepared.headers),
            data=prepared.body,
            auth=signed_requests.as_it_is,
            timeout=SECONDS,
        )

    def client(self, service: str) -> Any:
        """An AWS client with the user's own rights."""
        session = aws_sessions.new(
            aws_sessions.unconfigured(),
            aws_access_key_id=self.credentials.access_key,
            aws_secret_access_key=self.credentials.secret_key,
            aws_session_token=self.credentials.token,
            region_name=self.outputs["region"],
        )
        return session.client(service, endpoint_url=self.outputs["endpoint_url"])


def new_account(outputs: Outputs, operator: Any) -> tuple[str, str]:
    """Sign somebody up and confirm them; returns e-mail address and password.

    `operator` is a cognito-idp client that may confirm users, in place of the code sent by e-mail.
    """
    email = f"user-{secrets.token_hex(6)}@example.com"
    password = f"Aa1!{secrets.token_urlsafe(18)}"
    _public(outputs, "cognito-idp").sign_up(
        ClientId=outputs["user_pool_client_id"],
        Username=email,
        Password=password,
        UserAttributes=[{"Name": "email", "Value": email}],
    )
    operator.admin_confirm_sign_up(UserPoolId=outputs["user_pool_id"], Username=email)
    return email, password


def sign_in(outputs: Outputs, email: str, password: str) -> User:
    """Sign in (SRP, so the password never travels) and exchange the token for temporary credentials."""
    idp = _public(outputs, "cognito-idp")
    srp = AWSSRP(
        username=email,
        password=password,
        pool_id=outputs["user_pool_id"],
        client_id=outputs["user_pool_client_id"],
        client=idp,
    )
    token: str = srp.authenticate_user()["AuthenticationResult"]["IdToken"]
    logins = {f"cognito-idp.{outputs['region']}.amazonaws.com/{outputs['user_pool_id']}": token}
    identity = _public(outputs, "cognito-identity")
    identity_id = identity.get_id(IdentityPoolId=outputs["identity_pool_id"], Logins=logins)["IdentityId"]
    granted = identity.get_credentials_for_identity(IdentityId=identity_id, Logins=logins)["Credentials"]
    credentials = Credentials(granted["AccessKeyId"], granted["SecretKey"], granted["SessionToken"])
    return User(outputs, identity_id, credentials, token)


def _public(outputs: Outputs, service: str) -> Any:
    session = aws_sessions.new(aws_sessions.unconfigured(), region_name=outputs["region"])
    return session.client(
        service, endpoint_url=outputs["endpoint_url"], config=Config(signature_version=UNSIGNED)
    )

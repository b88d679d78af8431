"""A user of a deployed stage, as a browser or a phone would be one: written from the HTTP contract only."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP
from pycognito.exceptions import WarrantException

from tools import aws_sessions, signed_requests
from tools.errors import says_expired

Outputs = Mapping[str, Any]

SECONDS = 60  # API Gateway itself gives up after 29; a busy local cloud takes longer

_PROBLEM = "application/problem+json"


class BrokenCallError(Exception):
    """A call whose answer is not what the contract says: which one, and how it differs. Never its content."""


def checked(call: str, answer: requests.Response, status: int, having: Iterable[str] = ()) -> Any:
    """The JSON of an answer, None for one without a body. `call` is method and path, as people read it.

    Raises BrokenCallError for another status, for what is not JSON, and where one of `having` is missing.
    """
    if answer.status_code != status:
        raise BrokenCallError(f"{call} answered {answer.status_code} instead of {status}{_title(answer)}")
    if not answer.content and not having:
        return None
    try:
        found = answer.json()
    except ValueError:
        kind = answer.headers.get("Content-Type") or "no content type"
        raise BrokenCallError(f"{call} answered {status} with a body that is not JSON ({kind})") from None
    if having:
        require(f"{call} answered {status} with", found, having)
    return found


def require(where: str, found: Any, having: Iterable[str]) -> None:
    """Raise BrokenCallError where `found` is no object with these members."""
    if not isinstance(found, dict):
        raise BrokenCallError(f"{where} JSON that is no object")
    if missing := [name for name in having if name not in found]:
        raise BrokenCallError(f"{where} an object that lacks {', '.join(missing)}")


@contextmanager
def calling(what: str) -> Iterator[None]:
    """Say which call it was that a service of AWS refused, or that got no answer."""
    try:
        yield
    except requests.RequestException as error:
        raise BrokenCallError(f"{what} got no answer: {type(error).__name__}") from error
    except ClientError as error:
        if says_expired(str(error)):
            raise
        raise BrokenCallError(f"{what} was refused: {error.response['Error']['Code']}") from error
    except (KeyError, WarrantException, NotImplementedError) as error:
        raise BrokenCallError(f"{what} was not answered as expected: {error!r}") from error


def _title(answer: requests.Response) -> str:
    """What a problem document is about, in the words of our own code or of API Gateway."""
    if not answer.headers.get("Content-Type", "").startswith(_PROBLEM):
        return ""
    try:
        problem = answer.json()
        return f": {problem['title']}: {problem.get('detail', '')}".rstrip(": ")
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


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

    def ask(
        self,
        method: str,
        path: str,
        status: int,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        having: Iterable[str] = (),
    ) -> Any:
        """The JSON of the answer to a signed request. Raises BrokenCallError as `checked` does."""
        with calling(f"{method} {path}"):
            answer = self.call(method, path, body, headers)
        return checked(f"{method} {path}", answer, status, having)

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
    with calling("Signing up"):
        _public(outputs, "cognito-idp").sign_up(
            ClientId=outputs["user_pool_client_id"],
            Username=email,
            Password=password,
            UserAttributes=[{"Name": "email", "Value": email}],
        )
    with calling("Confirming the new user"):
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
    with calling("Signing in"):
        token: str = srp.authenticate_user()["AuthenticationResult"]["IdToken"]
    logins = {f"cognito-idp.{outputs['region']}.amazonaws.com/{outputs['user_pool_id']}": token}
    identity = _public(outputs, "cognito-identity")
    with calling("Exchanging the token for credentials"):
        identity_id = identity.get_id(IdentityPoolId=outputs["identity_pool_id"], Logins=logins)["IdentityId"]
        granted = identity.get_credentials_for_identity(IdentityId=identity_id, Logins=logins)["Credentials"]
    credentials = Credentials(granted["AccessKeyId"], granted["SecretKey"], granted["SessionToken"])
    return User(outputs, identity_id, credentials, token)


def _public(outputs: Outputs, service: str) -> Any:
    session = aws_sessions.new(aws_sessions.unconfigured(), region_name=outputs["region"])
    return session.client(
        service, endpoint_url=outputs["endpoint_url"], config=Config(signature_version=UNSIGNED)
    )

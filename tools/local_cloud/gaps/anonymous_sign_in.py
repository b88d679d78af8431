"""Sign-up and sign-in need no AWS credentials, so the account is that of the client or pool they name.

MiniStack would look in its default account, where no pool of this project is.
"""

import json
from collections.abc import Callable
from typing import Any

from tools.local_cloud.patching import module, patch, require

_TARGETS = ("AWSCognitoIdentityProviderService.", "AWSCognitoIdentityService.")


def install() -> None:
    """Patch the entry of both Cognito services."""
    cognito, responses = module("services.cognito"), module("core.responses")
    require(cognito, "_user_pools", "_identity_pools", "_pool_id_from_token")

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, list[str]]
        ) -> Any:
            anonymous = "authorization" not in headers
            if anonymous and headers.get("x-amz-target", "").startswith(_TARGETS):
                account = _owner(_parsed(body))
                if account:
                    responses.set_request_account_id(account)
            return await original(method, path, headers, body, query_params)

        return handle

    patch(cognito, "handle_request", "method path headers body query_params", make)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body)
    except ValueError:  # MiniStack answers it
        return {}
    return request if isinstance(request, dict) else {}


def _owner(request: dict[str, Any]) -> str | None:
    """The account of the user pool client, the access token, the identity pool or the identity named."""
    cognito = module("services.cognito")
    token_pool = cognito._pool_id_from_token(request.get("AccessToken", ""))
    for (account, _, pool_id), pool in cognito._user_pools.all_items():
        if pool_id == token_pool or request.get("ClientId") in pool["_clients"]:
            return str(account)
    for (account, _, pool_id), pool in cognito._identity_pools.all_items():
        if pool_id == request.get("IdentityPoolId") or request.get("IdentityId") in pool["_identities"]:
            return str(account)
    return None

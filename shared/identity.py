"""Who is calling."""

import os

from chalice.app import Chalice

from shared.problems import Forbidden


def caller(app: Chalice) -> str:
    """The Cognito identity id that signed the current request, e.g. `us-east-1:6a8f…`; problem 403 if none.

    API Gateway puts it into the request context once IAM has accepted the signature. `chalice local` has no
    IAM, so there, and only there, DEVELOPMENT_IDENTITY_ID stands in.
    """
    request = app.current_request
    identity = (request.context.get("identity") or {}).get("cognitoIdentityId") if request else None
    if not identity and "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        identity = os.environ.get("DEVELOPMENT_IDENTITY_ID")
    if not identity:
        raise Forbidden("Sign the request with credentials from the identity pool.")
    return str(identity)

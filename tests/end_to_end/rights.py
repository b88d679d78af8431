"""Whether somebody may do something, found out by trying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

DENIALS = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException")


def may(call: Callable[[], Any]) -> bool:
    """Whether a call is allowed; one that is allowed and then refused for another reason is allowed."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"] not in DENIALS
    return True

"""Credentials that expire while a command works: every call tells them by the same error, with the account.

https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
S3 answers ExpiredToken with status 400, and a HEAD request, whose answer has no body, with 400 alone.
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tools.errors import ExpiredError, says_expired


def watch(client: Any, account: str, make_sts: Callable[[], Any]) -> None:
    """Let every call of `client` that is refused for expired credentials raise ExpiredError.

    `make_sts` makes a client with the same credentials, which can tell why where a refusal gives no reason.
    """

    def look(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        if parsed["ResponseMetadata"]["HTTPStatusCode"] < 400:
            return
        bare = model.http.get("method") == "HEAD" and parsed["ResponseMetadata"]["HTTPStatusCode"] == 400
        if says_expired(parsed["Error"]["Code"]) or (bare and _has_expired(make_sts())):
            raise ExpiredError(account)

    client.meta.events.register("after-call", look)


def _has_expired(sts: Any) -> bool:
    try:
        sts.get_caller_identity()
    except ClientError as error:
        return says_expired(str(error))
    return False

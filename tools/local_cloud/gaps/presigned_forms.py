"""A browser's upload form signed by a role belongs to the role's account.

MiniStack takes the access key of a session for an account of its own, to which the bucket does not belong.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/HTTPPOSTForms.html
"""

from collections.abc import Callable
from typing import Any

from tools.local_cloud.patching import module, patch, require


def install() -> None:
    """Patch S3's look-up of the account that an access key selects."""
    responses = module("core.responses")
    require(responses, "_account_from_sts_session")

    def make(original: Callable[[str], str]) -> Callable[..., Any]:
        def account(access_key: str) -> str:
            return responses._account_from_sts_session(access_key) or original(access_key)

        return account

    patch(module("services.s3"), "_account_from_access_key", "access_key", make)

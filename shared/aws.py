"""AWS clients, made when first needed: a request pays only for the services it calls."""

from functools import cache
from typing import Any

from shared import tracing


@cache
def client(service: str, attempts: int = 3, read_seconds: float = 2.5) -> Any:
    """A botocore client for `service` ("dynamodb", "s3" …), one per process and its settings.

    Time limits are far below a function's own: a call that hangs is retried and reported, not cut off.
    botocore is used directly: boto3's own import costs a cold start time and gives these clients nothing.
    """
    tracing.trace("botocore")
    import botocore.config
    import botocore.session

    config = botocore.config.Config(
        connect_timeout=1,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
        signature_version="s3v4"
        if service == "s3"
        else None,  # presigned URLs would otherwise be signed the old way
    )
    return botocore.session.get_session().create_client(service, config=config)


def error_code(error: Any) -> str:
    """The code in a botocore ClientError, e.g. ConditionalCheckFailedException."""
    return str(error.response.get("Error", {}).get("Code", ""))

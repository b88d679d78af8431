"""X-Ray subsegments for calls to AWS and over HTTP, through aws-xray-sdk."""

import os
from functools import cache


@cache
def trace(library: str) -> None:
    """Record every call of `library` ("botocore" or "requests") as a subsegment from now on.

    Lambda names its daemon in AWS_XRAY_DAEMON_ADDRESS on functions that trace
    (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html). Without one there is nobody to
    send segments to, and the SDK's import, the dearest of a cold start, is not paid.
    """
    if "AWS_XRAY_DAEMON_ADDRESS" not in os.environ:
        return
    from aws_xray_sdk.core import patch, xray_recorder

    # A call outside a request (a test, an unsampled start) is not worth an error.
    xray_recorder.configure(context_missing="IGNORE_ERROR")
    patch((library,), raise_errors=True)

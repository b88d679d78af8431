"""Structured logs: one JSON object a line, with service, stage, request id and trace id."""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger


@cache
def logger() -> Logger:
    """The service's logger. Never give it a secret, a note's content or a whole request."""
    made = Logger(
        service=os.environ.get("SERVICE", "undefined"),
        level=os.environ.get("LOG_LEVEL", "INFO"),
        use_rfc3339=True,
        utc=True,
    )
    made.append_keys(stage=os.environ.get("STAGE", "undefined"))
    return made


def begin(context: Any) -> str:
    """Put the request id of this invocation (Lambda's context object) on every following line, and return it.

    The trace id, `xray_trace_id`, is put there by Powertools itself.
    """
    request_id = str(getattr(context, "aws_request_id", None) or "none")
    logger().append_keys(request_id=request_id)
    return request_id

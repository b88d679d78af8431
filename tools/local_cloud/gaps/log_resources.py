"""IAM's resource for what happens in a log stream is that stream: `log-group:<group>:log-stream:<stream>`.

MiniStack asks for the group itself, which the usual `log-group:<group>:*` does not cover.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
"""

import json
from collections.abc import Callable

from tools.local_cloud.patching import module, patch

_ON_STREAMS = {"CreateLogStream", "DeleteLogStream", "GetLogEvents", "PutLogEvents"}


def install() -> None:
    """Patch the place where MiniStack names a request's resource."""

    def make(original: Callable[..., str]) -> Callable[..., str]:
        def resource(
            service: str,
            method: str,
            path: str,
            headers: dict[str, str],
            body: bytes,
            query_params: dict[str, object],
            region: str,
            account_id: str,
        ) -> str:
            arn = original(service, method, path, headers, body, query_params, region, account_id)
            action = headers.get("x-amz-target", "").rpartition(".")[2]
            if service != "logs" or action not in _ON_STREAMS or ":log-group:" not in arn:
                return arn
            return f"{arn}:log-stream:{json.loads(body).get('logStreamName', '')}"

        return resource

    patch(
        module("core.iam_actions"),
        "extract_resource_arn",
        "service method path headers body query_params region account_id",
        make,
    )

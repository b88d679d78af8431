"""Permissions for log streams."""

import pytest
from botocore.exceptions import ClientError

from tests.local_cloud.apis import session_client, user
from tests.local_cloud.conftest import ACCOUNT, REGION, Cloud


def test_the_streams_of_one_group_are_allowed_by_its_arn_and_a_star(cloud: Cloud) -> None:
    root = cloud.client("logs")
    for group in ("/own", "/own-not"):
        root.create_log_group(logGroupName=group)
    allowed = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/own:*",
    }
    logs = session_client(cloud, "logs", user(cloud, "writes-logs", allowed))
    logs.create_log_stream(logGroupName="/own", logStreamName="mine")
    event = {"timestamp": 1, "message": "line"}
    logs.put_log_events(logGroupName="/own", logStreamName="mine", logEvents=[event])
    with pytest.raises(ClientError, match="AccessDenied"):
        logs.create_log_stream(logGroupName="/own-not", logStreamName="mine")
    with pytest.raises(ClientError, match="AccessDenied"):
        logs.get_log_events(logGroupName="/own", logStreamName="mine")

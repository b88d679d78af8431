"""What functions cannot do for a while."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.end_to_end.conftest import Deployed


@contextmanager
def records_out_of_reach(deployed: Deployed, *functions: Mapping[str, Any]) -> Iterator[None]:
    """These functions of the account dev may not touch any table meanwhile."""
    iam = deployed.root("dev", "iam")
    outage = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [outage]})
    with ExitStack() as over:
        for role in (function["role_arn"].rsplit("/", 1)[-1] for function in functions):
            iam.put_role_policy(RoleName=role, PolicyName="outage", PolicyDocument=document)
            over.callback(iam.delete_role_policy, RoleName=role, PolicyName="outage")
        yield

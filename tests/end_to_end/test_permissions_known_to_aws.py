"""Every right that a role has is one that AWS can grant.

A right on a resource for which AWS does not look is denied there, although the policy reads well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from typing import Any

import pytest

from tests.end_to_end import service_reference
from tests.end_to_end.conftest import Deployed


def _policies(iam: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The policies that the project wrote into an account's roles, with the names of both."""
    for page in iam.get_paginator("list_roles").paginate():
        for role in (each["RoleName"] for each in page["Roles"]):
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                yield f"{role} {name}", iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]


def _rights(policy: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each allowed action with its resources."""
    for statement in policy["Statement"]:
        if statement["Effect"] == "Allow":
            for action in _listed(statement["Action"]):
                yield action, _listed(statement.get("Resource", "*"))  # all, where it says on which not


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@pytest.mark.parametrize("account", ["dns", "dev", "prod"])
def test_each_right_of_a_role_is_one_that_aws_can_grant(
    deployed: Deployed, other_deploys: Mapping[str, Future[str]], account: str
) -> None:
    for deploy in other_deploys.values():
        deploy.result()
    policies = dict(_policies(deployed.root(account, "iam")))
    assert policies
    assert [
        f"{place}: {action} on {', '.join(resources)}"
        for place, policy in policies.items()
        for action, resources in _rights(policy)
        if service_reference.unknown(action, resources)
    ] == []


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("lambda:ListEventSourceMappings", "arn:aws:lambda:us-east-1:111122223333:event-source-mapping:*"),
        ("sqs:SendMesage", "*"),
        ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:111122223333:notes"),
    ],
)
def test_a_right_that_aws_cannot_grant_is_seen(action: str, resource: str) -> None:
    assert service_reference.unknown(action, [resource])

"""Everything in an account that carries a stage's name, whichever service keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tests.end_to_end.conftest import Deployed


def of_stage(deployed: Deployed, stage: str) -> dict[str, list[str]]:
    """By kind, the names of what a stage has in its account, in the zones and in the state bucket."""
    account = deployed.organisation.stage(stage).account
    named = re.compile(rf"(^|[^a-z0-9-])({deployed.cloud.project}-)?{stage}($|[^a-z0-9])")

    def root(service: str) -> Any:
        return deployed.root(account.name, service)

    def pages(service: str, operation: str, field: str, **arguments: Any) -> Iterable[Any]:
        for page in root(service).get_paginator(operation).paginate(**arguments):
            yield from page.get(field) or []

    roles = [role["RoleName"] for role in pages("iam", "list_roles", "Roles")]
    zones = [zone["Id"] for zone in pages("route53", "list_hosted_zones", "HostedZones")]
    state = f"{deployed.cloud.project}-{account.name}-state-{account.id}"
    found: dict[str, Iterable[str]] = {
        "functions": (each["FunctionName"] for each in pages("lambda", "list_functions", "Functions")),
        "event sources": (
            each["FunctionArn"]
            for each in pages("lambda", "list_event_source_mappings", "EventSourceMappings")
        ),
        "APIs": (each["name"] for each in pages("apigateway", "get_rest_apis", "items")),
        "domain names": (each["domainName"] for each in pages("apigateway", "get_domain_names", "items")),
        "tables": pages("dynamodb", "list_tables", "TableNames"),
        "topics": (each["TopicArn"] for each in pages("sns", "list_topics", "Topics")),
        "subscriptions": (each["TopicArn"] for each in pages("sns", "list_subscriptions", "Subscriptions")),
        "queues": pages("sqs", "list_queues", "QueueUrls"),
        "log groups": (each["logGroupName"] for each in pages("logs", "describe_log_groups", "logGroups")),
        "roles": roles,
        "rights": (f"{role}/{name}" for role in roles for name in _policies(root("iam"), role)),
        "alarms": (each["AlarmName"] for each in pages("cloudwatch", "describe_alarms", "MetricAlarms")),
        "secrets": (
            each["Name"]
            for each in pages("secretsmanager", "list_secrets", "SecretList", IncludePlannedDeletion=True)
        ),
        "records": (
            each["Name"]
            for zone in zones
            for each in pages("route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone)
        ),
        "event rules": (each["Name"] for each in pages("events", "list_rules", "Rules")),
        "buckets": (each["Name"] for each in root("s3").list_buckets()["Buckets"]),
        "user pools": (
            each["Name"] for each in pages("cognito-idp", "list_user_pools", "UserPools", MaxResults=60)
        ),
        "identity pools": (
            each["IdentityPoolName"]
            for each in root("cognito-identity").list_identity_pools(MaxResults=60)["IdentityPools"]
        ),
        "flags": (each["Name"] for each in pages("appconfig", "list_applications", "Items")),
        "states and records": (
            each["Key"] for each in pages("s3", "list_objects_v2", "Contents", Bucket=state)
        ),
    }
    return {kind: sorted(name for name in names if named.search(name)) for kind, names in found.items()}


def _policies(iam: Any, role: str) -> list[str]:
    names: list[str] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return names

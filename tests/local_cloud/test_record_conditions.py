"""Conditions on DNS records."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.local_cloud.conftest import ACCOUNT, REGION, Cloud


def _change(name: str, kind: str, value: str, action: str = "UPSERT") -> dict[str, Any]:
    record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
    return {"Changes": [{"Action": action, "ResourceRecordSet": record}]}


def test_a_policy_for_one_delegation_allows_no_other_record(cloud: Cloud) -> None:
    zone = (
        cloud.client("route53")
        .create_hosted_zone(Name="conditions.example", CallerReference="conditions")["HostedZone"]["Id"]
        .rsplit("/", 1)[-1]
    )
    iam = cloud.client("iam")
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    role = iam.create_role(
        RoleName="delegates",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    conditions = {
        "route53:ChangeResourceRecordSetsRecordTypes": ["NS"],
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["dev.conditions.example"],
    }
    allowed = {
        "Effect": "Allow",
        "Action": "route53:ChangeResourceRecordSets",
        "Resource": f"arn:aws:route53:::hostedzone/{zone}",
        "Condition": {"ForAllValues:StringEquals": conditions},
    }
    iam.put_role_policy(
        RoleName="delegates",
        PolicyName="delegate",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
    session = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="delegates")["Credentials"]
    route53 = boto3.client(
        "route53",
        region_name=REGION,
        endpoint_url=cloud.url,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )

    def change(name: str, kind: str, value: str) -> None:
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=_change(name, kind, value))

    change("DEV.conditions.example.", "NS", "ns.example")
    with pytest.raises(ClientError, match="AccessDenied"):
        change("dev.conditions.example.", "A", "192.0.2.1")
    with pytest.raises(ClientError, match="AccessDenied"):
        change("prod.conditions.example.", "NS", "ns.example")

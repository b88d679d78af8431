"""Upload forms signed by a role."""

import json
from typing import Any

import boto3
import requests
from botocore.config import Config

from tests.local_cloud.conftest import ACCOUNT, REGION, Cloud


def _form(cloud: Cloud, role: str, bucket: str, key: str) -> dict[str, Any]:
    session = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="form")["Credentials"]
    s3 = boto3.client(
        "s3",
        region_name=REGION,
        endpoint_url=cloud.url,
        config=Config(signature_version="s3v4"),
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    form: dict[str, Any] = s3.generate_presigned_post(bucket, key)
    return form


def test_a_role_may_sign_forms_for_exactly_what_it_may_put(cloud: Cloud) -> None:
    iam, bucket = cloud.client("iam"), "forms-of-a-role"
    cloud.client("s3").create_bucket(Bucket=bucket)
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    role = iam.create_role(
        RoleName="signs-forms",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/mine/*"}
    iam.put_role_policy(
        RoleName="signs-forms",
        PolicyName="mine",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )

    def upload(key: str) -> int:
        form = _form(cloud, role, bucket, key)
        return requests.post(form["url"], data=form["fields"], files={"file": b"x"}, timeout=10).status_code

    assert upload("mine/a") == 204
    assert upload("others/a") == 403

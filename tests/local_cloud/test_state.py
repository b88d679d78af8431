"""What was written survives a kill -9, at most two seconds after it was written."""

import json
import os
import signal
import urllib.request
from pathlib import Path

from botocore.credentials import Credentials

from tests.local_cloud.apis import deploy, integration, session_client
from tests.local_cloud.conftest import ACCOUNT, Cloud, eventually, free_port, make_function
from tools.local_cloud import control
from tools.local_cloud.identity import health

ANSWER = 'def handler(event, context):\n    return {"statusCode": 200, "body": "still here"}\n'


def test_everything_is_there_after_a_kill(tmp_path: Path) -> None:
    cloud = Cloud(free_port(), tmp_path)
    control.start(cloud.port, cloud.state_dir)
    try:
        url, session = _write_one_of_each(cloud)
        saved = tmp_path / "state" / "apigateway_v1.json"
        eventually(lambda: saved.exists() and '"stageName":"live"' in saved.read_text(), seconds=2)
        pid = int(str((health(cloud.port) or {})["pid"]))
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: os.waitpid(pid, os.WNOHANG)[0] == pid)
        control.start(cloud.port, cloud.state_dir)

        item = cloud.client("dynamodb").get_item(TableName="kept", Key={"id": {"S": "1"}})["Item"]
        assert item["text"] == {"S": "grüße"}
        assert cloud.client("s3").get_object(Bucket="kept", Key="a/b")["Body"].read() == b"\x00bytes\xff"
        assert cloud.client("secretsmanager").get_secret_value(SecretId="kept")["SecretString"] == "hush"
        invoked = cloud.client("lambda").invoke(FunctionName="kept")
        assert json.load(invoked["Payload"])["body"] == "still here"
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.read() == b"still here"
        [zone] = cloud.client("route53").list_hosted_zones()["HostedZones"]
        zone_id = zone["Id"].removeprefix("/hostedzone/")
        tags = cloud.client("route53").list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id)
        assert tags["ResourceTagSet"]["Tags"] == [{"Key": "kept", "Value": "yes"}]
        still = session_client(cloud, "sts", session).get_caller_identity()["Arn"]
        assert still.endswith(":assumed-role/kept/test")
    finally:
        control.stop(cloud.port, cloud.state_dir)


def _write_one_of_each(cloud: Cloud) -> tuple[str, Credentials]:
    """One of each thing that must survive; the address of an API and the credentials of a session."""
    route53 = cloud.client("route53")
    zone = route53.create_hosted_zone(Name="kept.example", CallerReference="kept")["HostedZone"]["Id"]
    route53.change_tags_for_resource(
        ResourceType="hostedzone",
        ResourceId=zone.removeprefix("/hostedzone/"),
        AddTags=[{"Key": "kept", "Value": "yes"}],
    )
    dynamodb = cloud.client("dynamodb")
    dynamodb.create_table(
        TableName="kept",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    dynamodb.put_item(TableName="kept", Item={"id": {"S": "1"}, "text": {"S": "grüße"}})
    cloud.client("s3").create_bucket(Bucket="kept")
    cloud.client("s3").put_object(Bucket="kept", Key="a/b", Body=b"\x00bytes\xff")
    cloud.client("secretsmanager").create_secret(Name="kept", SecretString="hush")
    half_a_pair = "\ud83d"  # no UTF-8, and no reason to lose the rest
    cloud.client("secretsmanager").create_secret(Name="odd", SecretString=half_a_pair)
    arn = make_function(cloud, "kept", ANSWER)
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    cloud.client("iam").update_assume_role_policy(
        RoleName="kept", PolicyDocument=json.dumps({"Statement": [trust]})
    )
    given = cloud.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/kept", RoleSessionName="test"
    )["Credentials"]
    method = {"x-amazon-apigateway-integration": integration(arn)}
    definition = {"swagger": "2.0", "info": {"title": "kept"}, "paths": {"/": {"get": method}}}
    session = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return f"{deploy(cloud, definition).url}/", session

"""A function finds what Lambda provides, and nothing that only the server has."""

import json

from tests.local_cloud.conftest import Cloud, make_function

SOURCE = """
import importlib, os, sys
def handler(event, context):
    found = {}
    for name in event["modules"]:
        try:
            importlib.import_module(name)
            found[name] = True
        except ImportError:
            found[name] = False
    leaked = [n for n in ("PYTHONPATH", "VIRTUAL_ENV", "AWS_PROFILE") if n in os.environ]
    return {"found": found, "leaked": leaked, "key": os.environ["AWS_ACCESS_KEY_ID"]}
"""


def test_only_what_lambda_provides_can_be_imported(cloud: Cloud) -> None:
    make_function(cloud, "runtime", SOURCE)
    provided = ["boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3", "sqlite3"]
    absent = ["chalice", "ministack", "tools", "pip", "yaml", "requests", "pytest"]
    event = json.dumps({"modules": provided + absent})
    answer = json.load(cloud.client("lambda").invoke(FunctionName="runtime", Payload=event)["Payload"])
    assert answer["found"] == dict.fromkeys(provided, True) | dict.fromkeys(absent, False)
    assert answer["leaked"] == []
    assert answer["key"].startswith("ASIA"), "a function has its role's credentials"


def test_boto3_calls_the_local_cloud_with_the_functions_role(cloud: Cloud) -> None:
    source = "import boto3\ndef handler(e, c):\n    return boto3.client('sts').get_caller_identity()['Arn']\n"
    make_function(cloud, "whoami", source)
    answer = json.load(cloud.client("lambda").invoke(FunctionName="whoami")["Payload"])
    assert answer == "arn:aws:sts::200000000002:assumed-role/whoami/whoami"

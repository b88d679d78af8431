"""A second service that gets each purchase, as a team would add it beside notify_job: it keeps a record."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

NAME = "audit_job"
FUNCTION = "audit"

_APP = '''"""audit_job: a record of each purchase."""

import os

import boto3
from chalice.app import SNSEvent

from shared import events, smoke
from shared.app import create_app

app = create_app("audit_job")


@app.on_sns_message(topic=os.environ["PURCHASE_TOPIC_ARN"])
def audit(event: SNSEvent) -> None:
    if not smoke.asked(event):
        purchase = events.parse(event.message)["purchase_id"]
        table, key = os.environ["RECORDS_TABLE"], {"event_id": {"S": f"audit {purchase}"}}
        boto3.client("dynamodb").put_item(TableName=table, Item=key)
'''


def record_of(purchase_id: str) -> dict[str, dict[str, str]]:
    """The key of its record of a purchase, in the stage's table of notifications."""
    return {"event_id": {"S": f"audit {purchase_id}"}}


def add_to(checkout: Path) -> None:
    """Write the service into a checkout that has notify_job."""
    folder, like = checkout / NAME, checkout / "notify_job"
    for sub in ("chalicelib", ".chalice"):
        (folder / sub).mkdir(parents=True)
    (folder / "app.py").write_text(_APP)
    (folder / "chalicelib/__init__.py").write_text("")
    shutil.copy(like / "requirements.txt", folder)
    smoke = json.loads((like / ".chalice/smoke.json").read_text())
    _write(folder / ".chalice/smoke.json", {FUNCTION: smoke["notify"]})
    right = {
        "Effect": "Allow",
        "Action": "dynamodb:PutItem",
        "Resource": "${stage.notifications_table_arn}",
    }
    policy = {"Version": "2012-10-17", "Statement": [right]}
    _write(folder / f".chalice/policy-{FUNCTION}.template.json", policy)
    config = json.loads((like / ".chalice/config.template.json").read_text())
    config["app_name"] = NAME
    stage = config["stage"]
    stage["lambda_functions"] = {FUNCTION: {"iam_policy_file": f"policy-{FUNCTION}.json"}}
    variables = stage["environment_variables"]
    variables["RECORDS_TABLE"] = variables.pop("NOTIFICATIONS_TABLE")
    del variables["ADMIN_PHONE_SECRET"]
    _write(folder / ".chalice/config.template.json", config)


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2))

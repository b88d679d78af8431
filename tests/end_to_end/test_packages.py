"""The deployed zips: complete, no larger than needed, and the same wherever they are made."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from shared import events
from tests.end_to_end.conftest import Deployed
from tests.end_to_end.function_process import Function, api_event, archive, load
from tools import aws_names
from tools.paths import BUILD, REPOSITORY
from tools.services import all_services

MEGABYTES = 10
SERVICES = [service.name for service in all_services()]
USER = f"us-east-1:{uuid.uuid4()}"


def _sns(topic_arn: str) -> dict[str, Any]:
    purchase = {
        "purchase_id": str(uuid.uuid4()),
        "storage": 1,
        "amount": 400,
        "currency": "usd",
        "created_at": "2026-01-01T00:00:00.000Z",
    }
    message = {
        "Message": json.dumps(events.purchase_paid(purchase, USER)),
        "Subject": events.SUBJECT,
        "MessageAttributes": {},
    }
    return {"Records": [{"EventSource": "aws:sns", "EventSubscriptionArn": topic_arn, "Sns": message}]}


def _sqs(queue: str) -> dict[str, Any]:
    body = json.dumps({"account": "acct_none", "event": "evt_none", "endpoint": "we_none"})
    return {
        "Records": [{"eventSource": "aws:sqs", "eventSourceARN": queue, "body": body, "receiptHandle": "r"}]
    }


def _schedule() -> dict[str, Any]:
    texts = ("id", "account", "time", "region", "version", "source", "detail-type")
    return {"detail": {}, "resources": [], **dict.fromkeys(texts, "")}


def _answered(status: int) -> Callable[[Any], bool]:
    return lambda answer: answer["statusCode"] == status


EVENTS: dict[str, tuple[Callable[[Mapping[str, str]], dict[str, Any]], Callable[[Any], bool]]] = {
    "notes_api.api_handler": (lambda _: api_event("GET", "/notes", "/", USER), _answered(200)),
    "billing_api.api_handler": (
        lambda _: api_event(
            "GET",
            "/billing/any",
            "/{purchase_id}",
            USER,
            pathParameters={"purchase_id": "00000000-0000-4000-8000-000000000000"},
        ),
        _answered(404),
    ),
    "billing_api.settle": (lambda _: _schedule(), lambda answer: answer is None),
    "notify_job.notify": (
        lambda variables: _sns(variables["PURCHASE_TOPIC_ARN"]),
        lambda answer: answer is None,
    ),
    "stripe_mock.api_handler": (
        lambda _: api_event(
            "GET",
            "/stripe/v1/charges",
            "/v1/charges",
            USER,
            headers={"Authorization": "Bearer sk_test_packages"},
        ),
        _answered(200),
    ),
    "stripe_mock.deliver": (
        lambda variables: _sqs(variables["MOCK_QUEUE_ARN"]),
        lambda answer: answer is None,
    ),
}


@pytest.fixture(scope="module")
def functions(
    deployed: Deployed, stage_outputs: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Function]:
    """Every deployed function by service and name."""
    folder = tmp_path_factory.mktemp("functions")
    return {
        f"{service}.{name}": load(deployed, function, folder)
        for service, outputs in stage_outputs["services"].items()
        for name, function in outputs["functions"].items()
    }


def _of_smoke(service: str, function: str) -> tuple[Callable[..., dict[str, Any]], Callable[[Any], bool]]:
    """The event with which a release tries a function that has none here, and what it expects."""
    tried = json.loads((REPOSITORY / service / ".chalice/smoke.json").read_text())[function]
    status = tried.get("status")
    return lambda _: tried["event"], _answered(status) if status else lambda _: True


ALL = [f"{service.name}.{name}" for service in all_services() for name in aws_names.functions(service)]


def test_every_function_is_known_by_its_files(functions: Mapping[str, Function]) -> None:
    assert set(functions) == set(ALL) >= set(EVENTS)


@pytest.mark.parametrize("name", ALL)
def test_it_answers_with_only_what_lambda_provides(functions: Mapping[str, Function], name: str) -> None:
    function, (make_event, expected) = functions[name], EVENTS.get(name) or _of_smoke(*name.split("."))
    finished = function.run(make_event(function.environment))
    assert finished.returncode == 0, finished.stderr
    told = json.loads(finished.stdout.splitlines()[-1])
    assert expected(told["answer"]), told["answer"]
    standard = (str(function.code), str(function.provided), os.path.dirname(os.__file__))
    foreign = [file for file in told["files"] if file and not file.startswith(standard)]
    assert foreign == []


def test_a_library_that_is_missing_is_missed(functions: Mapping[str, Function], tmp_path: Path) -> None:
    """The check above can fail: this interpreter finds nothing of the tests' own environment."""
    whole = functions["notes_api.api_handler"]
    code = tmp_path / "code"
    shutil.copytree(whole.code, code, ignore=shutil.ignore_patterns("aws_lambda_powertools*"))
    spoilt = Function(whole.configuration, code, whole.provided, whole.environment)
    finished = spoilt.run(api_event("GET", "/notes", "/", USER))
    assert finished.returncode != 0
    assert "aws_lambda_powertools" in finished.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_in_the_zip(deployed: Deployed, functions: Mapping[str, Function], service: str) -> None:
    digests = {
        function.configuration["CodeSha256"]
        for name, function in functions.items()
        if name.startswith(f"{service}.")
    }
    [digest] = digests
    content = archive(deployed, digest)
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert {"app.py", "chalicelib/__init__.py", "shared/__init__.py", "shared/logs.py"} <= set(names)
    top = {name.split("/")[0] for name in names}
    assert top & {"boto3", "botocore", "s3transfer"} == set()
    unwanted = {"__pycache__", ".chalice", "bin", ".git", ".env"}
    assert [name for name in names if set(name.split("/")) & unwanted] == []
    assert [name for name in names if name.startswith(("tests/", "shared/tests/", "chalicelib/tests/"))] == []
    assert len(content) < MEGABYTES * 1_000_000
    print(f"{service}: {len(content) / 1e6:.2f} MB in {len(names)} files")


@pytest.mark.parametrize("service", SERVICES)
def test_the_same_sources_give_the_same_bytes(
    deployed: Deployed, functions: Mapping[str, Function], tmp_path: Path, service: str
) -> None:
    """Packaged anew in a checkout elsewhere, with other times on its files: the zip that is deployed."""
    checkout = tmp_path / "elsewhere"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (REPOSITORY / name).exists():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / name, checkout / name)
            os.utime(checkout / name, (1_000_000_000, 1_000_000_000))
    (checkout / ".build").mkdir()
    (checkout / ".build" / "dependencies").symlink_to(BUILD / "dependencies")
    built = subprocess.run(
        [sys.executable, "-m", "tests.end_to_end.package_digest", str(deployed.port), service],
        cwd=checkout,
        env=os.environ | {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    [digest] = {
        function.configuration["CodeSha256"]
        for name, function in functions.items()
        if name.startswith(f"{service}.")
    }
    assert built.stdout.strip() == digest

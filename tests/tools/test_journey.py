"""A call of the journey that breaks is named, with how it broke and without what it carried."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.tools.bucket import Bucket
from tools import compatibility, histories, journey
from tools.api_client import BrokenCallError, User, calling
from tools.compatibility import Trial
from tools.errors import ToolError
from tools.paths import REPOSITORY

SECRET = "never-to-be-shown"
NOTE = {
    "note_id": "n1",
    "content": "Hello, notes",
    "attachment": None,
    "created_at": "2026-01-01T00:00:00.000Z",
    "updated_at": "2026-01-01T00:00:00.000Z",
    "version": 1,
}
Answer = tuple[int, str, bytes]
Api = dict[str, Answer]  # by method and path


def as_json(status: int, document: Any, kind: str = "application/json") -> Answer:
    return status, kind, json.dumps(document).encode()


@pytest.fixture
def api() -> Iterator[tuple[Api, str]]:
    """An API that answers as a test says, and its URL."""
    answers: Api = {}

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, kind, body = answers.get(f"{self.command} {self.path}", (404, "", b""))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - named so by the standard library

        def log_message(self, format: str, *args: Any) -> None:
            """Not to standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield answers, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def user(api: tuple[Api, str]) -> User:
    outputs = {"api_url": api[1], "region": "us-east-1", "endpoint_url": api[1], "uploads_bucket": "u"}
    return User(outputs, "us-east-1:me", Credentials("key", "secret", "token"), "id-token")


def broken(call: Callable[[], Any]) -> str:
    with pytest.raises(BrokenCallError) as found:
        call()
    assert SECRET not in str(found.value)
    return str(found.value)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            as_json(201, {"id": SECRET}),
            "POST /notes answered 201 with an object that lacks note_id, con",
        ),
        (as_json(201, [SECRET]), "POST /notes answered 201 with JSON that is no object"),
        (
            (201, "text/html", SECRET.encode()),
            "POST /notes answered 201 with a body that is not JSON (text",
        ),
        ((201, "", b""), "POST /notes answered 201 with a body that is not JSON (no content type)"),
        (as_json(200, {"url": SECRET}), "POST /notes answered 200 instead of 201"),
        (
            as_json(
                500, {"title": "Internal Server Error", "detail": "See logs"}, "application/problem+json"
            ),
            "POST /notes answered 500 instead of 201: Internal Server Error: See logs",
        ),
    ],
)
def test_the_first_call_of_the_notes(api: tuple[Api, str], user: User, answer: Answer, said: str) -> None:
    api[0]["POST /notes"] = answer
    found = broken(lambda: journey._notes(user))
    assert found.startswith(said or "GET /notes/"), found


def test_another_answer_is_told_by_the_members_that_differ(api: tuple[Api, str], user: User) -> None:
    api[0]["POST /notes"] = as_json(201, NOTE)
    api[0]["GET /notes/n1"] = as_json(200, {**NOTE, "content": SECRET, "more": SECRET})
    assert broken(lambda: journey._notes(user)) == "What GET /notes/n1 answered differs in content, more"
    api[0]["GET /notes/n1"] = as_json(200, NOTE)
    for notes, said in (
        ({}, "with notes that are no list"),
        ([{"id": SECRET}], "with a list in which is an object that lacks note_id"),
        ([SECRET], "with a list in which is JSON that is no object"),
    ):
        api[0]["GET /notes?limit=1"] = as_json(200, {"notes": notes})
        assert broken(lambda: journey._notes(user)) == f"GET /notes?limit=1 answered 200 {said}"


@pytest.mark.parametrize("member", ["url", "fields", "key"])
def test_a_form_for_an_upload_without_what_a_client_needs(
    api: tuple[Api, str], user: User, member: str
) -> None:
    form = {"url": f"{api[1]}/{SECRET}", "fields": {"policy": SECRET}, "key": SECRET}
    api[0]["POST /notes/attachments"] = as_json(
        201, {name: value for name, value in form.items() if name != member}
    )
    said = broken(lambda: journey._attachment(user))
    assert said == f"POST /notes/attachments answered 201 with an object that lacks {member}"


def test_an_upload_that_is_refused_shows_nothing_of_its_form(api: tuple[Api, str], user: User) -> None:
    form = {"url": f"{api[1]}/{SECRET}", "fields": {"policy": SECRET}, "key": "k"}
    api[0]["POST /notes/attachments"] = as_json(201, form)
    api[0][f"POST /{SECRET}"] = (403, "application/xml", SECRET.encode())
    said = broken(lambda: journey._attachment(user))
    assert said == "The upload with the form of POST /notes/attachments answered 403 instead of 204"


def test_a_purchase_without_a_member(api: tuple[Api, str], user: User, bucket: Bucket) -> None:
    api[0]["POST /billing"] = as_json(201, {"purchase_id": "p1", "status": "paid", "amount": 2400})
    said = broken(lambda: journey._purchase(bucket.layers("dev"), user))
    assert said == "POST /billing answered 201 with an object that lacks storage, currency, created_at"


def test_an_api_that_does_not_answer(user: User) -> None:
    nobody = replace(user, outputs={**user.outputs, "api_url": "http://127.0.0.1:9"})
    assert broken(lambda: journey._notes(nobody)) == "POST /notes got no answer: ConnectionError"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": SECRET}}, "PutObject"),
            "was refused: Acc",
        ),
        (KeyError("AuthenticationResult"), "was not answered as expected: KeyError('AuthenticationResult')"),
    ],
)
def test_what_a_service_of_aws_refuses_is_named_too(error: Exception, said: str) -> None:
    def call() -> None:
        with calling("Signing in"):
            raise error

    assert broken(call).startswith(f"Signing in {said}")


def test_expired_credentials_are_no_fault_of_the_call() -> None:
    expired = ClientError({"Error": {"Code": "ExpiredToken", "Message": "expired"}}, "AdminConfirmSignUp")
    with pytest.raises(ClientError), calling("Confirming the new user"):
        raise expired


def test_what_older_code_wrote_and_the_new_one_cannot_read_is_named(api: tuple[Api, str], user: User) -> None:
    api[0]["GET /notes/n1"] = as_json(200, NOTE)
    api[0]["GET /notes/n2"] = as_json(200, {"id": SECRET})
    written = ["/notes/n1", "/notes/n2", "/notes/n3"]
    assert list(compatibility._unreadable(user, written)) == [
        "GET /notes/n2 answered 200 with an object that lacks created_at",
        "GET /notes/n3 answered 404 instead of 200",
    ]


def test_a_new_release_that_breaks_clients_of_the_older_one(
    api: tuple[Api, str], user: User, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new code answers without note_id: told as a fault of that pair, with the call."""
    order = {"purchase_id": "p1", "created_at": "now"}
    api[0].update({"POST /notes": as_json(201, NOTE), "POST /billing": as_json(201, order)})
    api[0].update({"GET /notes/n1": as_json(200, NOTE), "GET /billing/p1": as_json(200, order)})
    monkeypatch.setattr(histories, "present", lambda _: {})
    monkeypatch.setattr(Trial, "_new_user", lambda _: user)
    monkeypatch.setattr(Trial, "_new_layers", lambda _: None)

    def run(_: Trial, folder: Path, command: str, **__: str) -> None:
        if (folder, command) == (REPOSITORY, "deploy"):
            api[0]["POST /notes"] = as_json(201, {"id": SECRET})

    monkeypatch.setattr(Trial, "_run", run)
    trial = Trial(bucket.cloud, Path("before"), lambda: bucket.layers("dev"), lambda _: None)  # type: ignore[arg-type]
    [fault] = list(trial.faults())
    assert str(fault) == (
        "clients of the older release with the new code:\n"
        "    POST /notes answered 201 with an object that lacks note_id"
    )


def test_an_older_release_that_is_broken_itself_is_no_fault_of_this_checkout(
    api: tuple[Api, str], user: User, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    api[0]["POST /notes"] = as_json(201, {})
    monkeypatch.setattr(histories, "present", lambda _: {})
    monkeypatch.setattr(Trial, "_new_user", lambda _: user)
    monkeypatch.setattr(Trial, "_run", lambda *_, **__: None)
    trial = Trial(bucket.cloud, Path("before"), lambda: bucket.layers("dev"), lambda _: None)  # type: ignore[arg-type]
    with pytest.raises(ToolError, match="does not work by itself: POST /notes answered 201") as refused:
        list(trial.faults())
    assert "BASE=" in refused.value.next_step

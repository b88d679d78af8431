"""Attachments: presigned requests, whose they are, and when they go."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from chalicelib import attachments, store

from shared.ids import new_id
from shared.tests.apigateway import Api

ANN = "us-east-1:aaaaaaaa-0000-4000-8000-000000000001"
BOB = "us-east-1:bbbbbbbb-0000-4000-8000-000000000002"
FILE = {"filename": "cat.png", "content_type": "image/png", "size": 1234}

Uploaded = Callable[[str], str]
Stored = Callable[[], list[str]]


def test_an_upload_is_bound_to_key_type_and_size(ann: Api) -> None:
    answer = ann("POST", "/attachments", FILE)
    assert answer.status == 201
    upload = answer.json
    assert upload["key"].startswith(f"private/{ANN}/")
    assert upload["key"].endswith("/cat.png")
    assert upload["expires_in"] == 300
    assert upload["fields"]["Content-Type"] == "image/png"
    policy = json.loads(base64.b64decode(upload["fields"]["policy"]))
    assert ["content-length-range", 1234, 1234] in policy["conditions"]
    assert {"Content-Type": "image/png"} in policy["conditions"]
    assert {"key": upload["key"]} in policy["conditions"]
    assert upload["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


def test_every_upload_has_a_key_of_its_own(ann: Api) -> None:
    first, second = (ann("POST", "/attachments", FILE).json["key"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        ("résumé final.pdf", "resume_final.pdf"),
        ("..", "file"),
        (".env", "env"),
        ("猫", "file"),
        ("a" * 251 + ".png", "a" * 96 + ".png"),
        ('"><script>', "_script_"),
    ],
)
def test_filenames_are_made_harmless(ann: Api, filename: str, shown: str) -> None:
    key = ann("POST", "/attachments", {**FILE, "filename": filename}).json["key"]
    assert key.split("/")[-1] == shown


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"filename": ""}, "/filename"),
        ({"filename": "a" * 256}, "/filename"),
        ({"filename": "a/b"}, "/filename"),
        ({"filename": "a\\b"}, "/filename"),
        ({"filename": "a\nb"}, "/filename"),
        ({"filename": "a\n"}, "/filename"),
        ({"content_type": "png"}, "/content_type"),
        ({"content_type": "image/"}, "/content_type"),
        ({"content_type": "image/png\n"}, "/content_type"),
        ({"content_type": "a/b c"}, "/content_type"),
        ({"size": 0}, "/size"),
        ({"size": 10 * 1024 * 1024 + 1}, "/size"),
        ({"size": 1.5}, "/size"),
        ({"size": "7"}, "/size"),
        ({"size": True}, "/size"),
        ({"more": 1}, "/more"),
    ],
)
def test_a_bad_upload_is_refused(ann: Api, change: dict[str, Any], pointer: str) -> None:
    answer = ann("POST", "/attachments", {**FILE, **change})
    assert (answer.status, answer.pointers()) == (400, [pointer])


def test_the_largest_upload_and_a_media_type_with_parameters_are_fine(ann: Api) -> None:
    largest = {"filename": "a", "content_type": "text/plain; charset=utf-8", "size": 10 * 1024 * 1024}
    assert ann("POST", "/attachments", largest).status == 201


def test_an_attachment_can_be_downloaded(ann: Api, uploaded: Uploaded) -> None:
    note = ann("POST", "/", {"content": "a", "attachment": uploaded("1/cat photo.png")}).json
    assert note["attachment"] == f"private/{ANN}/1/cat photo.png"
    answer = ann("GET", f"/{note['note_id']}/attachment")
    assert (answer.status, answer.json["expires_in"]) == (200, 300)
    parts = urlsplit(answer.json["url"])
    assert parts.path.endswith("/1/cat%20photo.png")
    query = parse_qs(parts.query)
    assert query["response-content-disposition"] == ["attachment; filename*=UTF-8''cat%20photo.png"]
    assert query["X-Amz-Expires"] == ["300"]


def test_there_is_no_attachment_to_download(ann: Api, uploaded: Uploaded, s3: Any) -> None:
    assert ann("GET", f"/{new_id()}/attachment").status == 404
    note = ann("POST", "/", {"content": "a"}).json
    assert ann("GET", f"/{note['note_id']}/attachment").status == 404
    key = uploaded("1/cat.png")
    ann("PUT", f"/{note['note_id']}", {"attachment": key})
    s3.delete_object(Bucket="notes-test-uploads", Key=key)
    assert ann("GET", f"/{note['note_id']}/attachment").status == 404


@pytest.mark.parametrize(
    "key",
    [
        f"private/{BOB}/1/cat.png",
        f"private/{ANN}",
        f"private/{ANN}/",
        f"private/{ANN}x/cat.png",
        f"private/{ANN}/../{BOB}/1/cat.png",
        f"private/{ANN}/1/./cat.png",
        f"private/{ANN}//cat.png",
        f"private/{ANN}/1/",
        f"private/{ANN}/1/a\nb",
        f"private/{ANN}/{'é' * 600}",
        f"/private/{ANN}/1/cat.png",
        "public/cat.png",
        f"private/{ANN}/1/never-uploaded.png",
    ],
)
def test_only_an_own_upload_can_be_attached(ann: Api, s3: Any, key: str) -> None:
    s3.put_object(Bucket="notes-test-uploads", Key=f"private/{BOB}/1/cat.png", Body=b"file")
    note = ann("POST", "/", {"content": "a"}).json
    for answer in (
        ann("POST", "/", {"content": "b", "attachment": key}),
        ann("PUT", f"/{note['note_id']}", {"attachment": key}),
    ):
        assert (answer.status, answer.pointers()) == (400, ["/attachment"])
    assert [found["content"] for found in ann("GET", "/").json["notes"]] == ["a"]


def test_a_deleted_note_takes_its_attachment_along(ann: Api, uploaded: Uploaded, stored: Stored) -> None:
    kept = uploaded("2/dog.png")
    note = ann("POST", "/", {"content": "a", "attachment": uploaded("1/cat.png")}).json
    assert ann("DELETE", f"/{note['note_id']}").status == 204
    assert stored() == [kept]


def test_a_replaced_attachment_goes(ann: Api, uploaded: Uploaded, stored: Stored) -> None:
    cat, dog = uploaded("1/cat.png"), uploaded("2/dog.png")
    path = f"/{ann('POST', '/', {'content': 'a', 'attachment': cat}).json['note_id']}"
    assert ann("PUT", path, {"attachment": dog}).json["attachment"] == dog
    assert stored() == [dog]
    assert ann("PUT", path, {"content": "b"}).json["attachment"] == dog
    assert ann("PUT", path, {"attachment": dog}).json["attachment"] == dog
    assert stored() == [dog]
    assert ann("PUT", path, {"attachment": None}).json["attachment"] is None
    assert ann("GET", path).json["attachment"] is None
    assert stored() == []


def test_a_refused_change_removes_nothing(ann: Api, uploaded: Uploaded, stored: Stored) -> None:
    cat = uploaded("1/cat.png")
    path = f"/{ann('POST', '/', {'content': 'a', 'attachment': cat}).json['note_id']}"
    assert ann("PUT", path, {"attachment": None}, headers={"If-Match": '"7"'}).status == 412
    assert stored() == [cat]


def test_a_delete_that_was_stopped_can_be_finished(
    ann: Api, uploaded: Uploaded, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/{ann('POST', '/', {'content': 'a', 'attachment': uploaded('1/cat.png')}).json['note_id']}"
    with monkeypatch.context() as stopped:
        stopped.setattr(store, "remove", _fail)
        assert ann("DELETE", path).status == 500
    assert ann("GET", path).status == 200
    assert ann("DELETE", path).status == 204
    assert stored() == []


def test_a_change_is_answered_though_the_old_attachment_stays(
    ann: Api, uploaded: Uploaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/{ann('POST', '/', {'content': 'a', 'attachment': uploaded('1/cat.png')}).json['note_id']}"
    monkeypatch.setattr(attachments, "remove", _fail)
    assert ann("PUT", path, {"attachment": None}).json["attachment"] is None


def _fail(*_arguments: object) -> None:
    raise OSError("stopped")

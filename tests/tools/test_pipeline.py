"""What a pipeline tells: the runner's files, comments on a pull request, announcements."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tools import announcement, github, reports
from tools.errors import ToolError, UsageError
from tools.pull_request import PullRequest

BOT, SOMEBODY = {"login": "github-actions[bot]"}, {"login": "eve"}


def test_an_output_is_handed_over_to_the_runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    assert github.hand_over("release", "r-1")
    assert github.hand_over("url", "https://x")
    assert (tmp_path / "output").read_text() == "release=r-1\nurl=https://x\n"


def test_elsewhere_nothing_is_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY", "RUNNER_TEMP"):
        monkeypatch.delenv(name, raising=False)
    assert not github.hand_over("release", "r-1")
    assert not github.set_variable("A", "b")
    assert not github.summarise("# Plan")
    assert github.private_folder() is None


def test_a_value_cannot_smuggle_a_second_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_ENV", str(tmp_path / "env"))
    with pytest.raises(ValueError, match="one line"):
        github.set_variable("A", "b\nPATH=/evil")
    assert not (tmp_path / "env").exists()


@pytest.mark.parametrize("name", ["", "../x", "a/b", "Plan"])
def test_what_is_no_report_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="REPORT"):
        reports.path(name)


def test_a_report_that_nobody_wrote_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reports, "BUILD", tmp_path)
    with pytest.raises(UsageError, match="no report plan-dev"):
        reports.read("plan-dev")


class GitHub(HTTPServer):
    """A pull request with comments."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.comments: list[dict[str, Any]] = []
        self.calls: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: GitHub

    def do_GET(self) -> None:
        page = int(self.path.rpartition("=")[2])
        self._answer(200, self.server.comments[100 * (page - 1) : 100 * page])

    def do_POST(self) -> None:
        self.server.comments.append({"id": len(self.server.comments), "user": BOT, **self._body()})
        self._answer(201, {})

    def do_PATCH(self) -> None:
        self.server.comments[int(self.path.rpartition("/")[2])].update(self._body())
        self._answer(200, {})

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return body

    def _answer(self, status: int, body: Any) -> None:
        self.server.calls.append(f"{self.command} {self.path}")
        allowed = self.headers["Authorization"] == "Bearer secret"
        self.send_response(status if allowed else 403)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    made = GitHub()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    given = {
        "GITHUB_API_URL": f"http://127.0.0.1:{made.server_port}",
        "GITHUB_REPOSITORY": "team/notes",
        "GITHUB_TOKEN": "secret",
        "PULL_REQUEST": "7",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    yield made
    made.shutdown()
    made.server_close()


def bodies(hub: GitHub) -> list[str]:
    return [comment["body"] for comment in hub.comments]


def test_each_report_has_one_comment_that_is_brought_up_to_date(hub: GitHub) -> None:
    request = PullRequest.of_job()
    assert request.comment("plan-dev", "one") == "written"
    assert request.comment("plan-prod", "two") == "written"
    assert request.comment("plan-dev", "three") == "brought up to date"
    assert bodies(hub) == ["<!-- notes: plan-dev -->\nthree", "<!-- notes: plan-prod -->\ntwo"]
    assert hub.calls[-1] == "PATCH /repos/team/notes/issues/comments/0"


def test_a_comment_behind_many_others_is_found(hub: GitHub) -> None:
    hub.comments += [{"id": n, "user": SOMEBODY, "body": "hm"} for n in range(150)]
    PullRequest.of_job().comment("plan-dev", "one")
    assert PullRequest.of_job().comment("plan-dev", "two") == "brought up to date"


def test_nobody_elses_comment_is_edited(hub: GitHub) -> None:
    hub.comments.append({"id": 0, "user": SOMEBODY, "body": "<!-- notes: plan-dev -->\nmine"})
    PullRequest.of_job().comment("plan-dev", "one")
    assert bodies(hub)[0].endswith("mine")


@pytest.mark.usefixtures("hub")
def test_a_job_without_the_right_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "other")
    with pytest.raises(ToolError, match="403") as refused:
        PullRequest.of_job().comment("plan-dev", "one")
    assert "pull-requests: write" in str(refused.value)
    assert "other" not in str(refused.value)


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("number", ["", "7/../8", "x"])
def test_what_is_no_pull_request_is_refused(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    monkeypatch.setenv("PULL_REQUEST", number)
    with pytest.raises(UsageError, match="PULL_REQUEST"):
        PullRequest.of_job()


def test_each_kind_of_subscriber_gets_its_own_form() -> None:
    parts = json.loads(announcement.message("notes prod: release r-1 is live", "Look."))
    assert parts.keys() == {"default", "email", "https"}
    assert parts["default"] == parts["email"] == "Look."
    assert json.loads(parts["https"]) == {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": "notes prod: release r-1 is live",
            "description": "Look.",
        },
    }


@pytest.mark.parametrize("title", ["x" * 300, "two\nlines", "über"])
def test_a_subject_is_one_that_sns_takes(title: str) -> None:
    made = announcement.subject(title)
    assert 0 < len(made) < 100
    assert made.isascii()
    assert "\n" not in made

"""Proxies and passwords of the user's are for other machines than this one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests
from botocore.credentials import Credentials
from botocore.exceptions import EndpointConnectionError, SSLError

from tests import hostile
from tools import environments, pull_request
from tools.api_client import User
from tools.errors import explained
from tools.local_cloud import identity


class _Server(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.authorised: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.authorised.append(self.headers.get("Authorization", ""))
        content = json.dumps([] if "comments" in self.path else {"name": identity.NAME}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[_Server]:
    """Somebody who answers on this machine, as the local cloud does."""
    made = _Server()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def test_the_local_cloud_answers_whatever_proxy_there_is(
    server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in hostile.PROXIES.items():
        monkeypatch.setenv(name, value)
    assert identity.health(server.server_port) == {"name": identity.NAME}

    url = f"http://127.0.0.1:{server.server_port}/notes"
    with pytest.raises(requests.exceptions.ProxyError):
        requests.get(url, timeout=5)
    for name, value in environments.programs().items():  # as the tools' own process has it
        monkeypatch.setenv(name, value)
    assert requests.get(url, timeout=5).status_code == 200


def test_a_password_of_netrc_replaces_no_signature(
    server: _Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login ana password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    url = f"http://127.0.0.1:{server.server_port}"
    requests.get(url, timeout=5)
    assert server.authorised.pop().startswith("Basic "), "requests would do so"

    outputs = {"api_url": url, "region": "us-east-1", "endpoint_url": None}
    User(outputs, "id", Credentials("a", "b", "c"), "token").call("GET", "/notes")
    assert server.authorised.pop().startswith("AWS4-HMAC-SHA256 ")
    pull_request.PullRequest(url, "team/notes", "1", "of-the-job").comment("plan", "text")
    assert set(server.authorised) == {"Bearer of-the-job"}


def test_a_proxy_that_may_be_why_aws_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://ana:secret@proxy.example")
    remote = explained(EndpointConnectionError(endpoint_url="https://sts.us-east-1.amazonaws.com"))
    assert "HTTPS_PROXY=http://***@proxy.example" in remote.next_step
    local = explained(EndpointConnectionError(endpoint_url="http://127.0.0.1:4566"))
    assert "PROXY" not in str(local)
    assert remote.what == local.what == "The cloud does not answer."


def test_certificates_that_may_be_why_nobody_is_trusted_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere.pem")
    words = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"
    told = explained(SSLError(endpoint_url="https://sts.us-east-1.amazonaws.com", error=words))
    assert "certificate of what answers is not trusted" in told.what
    assert "AWS_CA_BUNDLE=/nowhere.pem" in told.next_step

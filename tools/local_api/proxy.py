"""One loopback port for several services, each under its base path, as API Gateway's domain name does it."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tools import gateway
from tools.local_api.service import LocalService, NotAnsweringError

_ANSWER_SECONDS = 60
# https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1: these belong to one connection.
_CONNECTION_ONLY = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


class Proxy(ThreadingHTTPServer):
    """Serves 127.0.0.1:`port`; raises OSError where the port is taken."""

    daemon_threads = True

    def __init__(self, port: int, services: Sequence[LocalService], allowed_origins: Sequence[str]) -> None:
        self.services: Mapping[str, LocalService] = {service.base_path: service for service in services}
        self.allowed_origins = allowed_origins
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def _handle(self) -> None:
        split = urlsplit(self.path)
        base_path, _, rest = split.path.lstrip("/").partition("/")
        service = self.server.services.get(base_path)
        body = self._body()
        if body is None:
            return
        if service is None:
            bases = " and ".join(f"/{name}" for name in self.server.services)
            self._problem(404, f"There is no service at {split.path}; the services here are {bases}.")
            return
        target = f"/{rest}" + (f"?{split.query}" if split.query else "")
        try:
            self._forward(service, target, body)
        except NotAnsweringError as error:
            self._problem(503, f"{service.name} does not run: {error}")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _handle  # noqa: N815

    def _body(self) -> bytes | None:
        """The request's body; None, and answered, where its end cannot be known."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            self.close_connection = True
            self._problem(411, "Send the body's length in Content-Length.")
            return None
        return self.rfile.read(int(length))

    def _forward(self, service: LocalService, target: str, body: bytes) -> None:
        connection = http.client.HTTPConnection(*service.address(), timeout=_ANSWER_SECONDS)
        try:
            connection.putrequest(self.command, target, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _CONNECTION_ONLY:
                    connection.putheader(name, value)
            connection.putheader("Connection", "close")
            connection.endheaders(body)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise NotAnsweringError(f"it ended while it answered ({type(error).__name__}).") from error
        try:
            self._pass_back(answer)
        finally:
            connection.close()

    def _pass_back(self, answer: http.client.HTTPResponse) -> None:
        if answer.getheader("x-amzn-ErrorType") is not None:
            # Chalice plays API Gateway here, which has answers of our own for this.
            self._send_problem(gateway.problem("MISSING_AUTHENTICATION_TOKEN"))
            return
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _CONNECTION_ONLY:
                self.send_header(name, value)
        if answer.length is None and self.command != "HEAD":
            self.close_connection = True  # the end of the connection is the end of the body
            self.send_header("Connection", "close")
        self.end_headers()
        shutil.copyfileobj(answer, self.wfile)

    def _problem(self, status: int, detail: str) -> None:
        title = HTTPStatus(status).phrase
        self._send_problem({"type": "about:blank", "title": title, "status": status, "detail": detail})

    def _send_problem(self, document: Mapping[str, Any]) -> None:
        content = json.dumps(document).encode()
        self.send_response(int(document["status"]))
        self.send_header("Content-Type", "application/problem+json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Access-Control-Allow-Origin", self._origin())
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _origin(self) -> str:
        asking, allowed = self.headers.get("Origin"), self.server.allowed_origins
        if asking is not None and asking in allowed:
            return asking
        return allowed[0] if allowed else "*"

    def log_message(self, format: str, *arguments: Any) -> None:
        """The services log their requests themselves."""

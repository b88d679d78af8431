"""The ASGI application around MiniStack, and the loop that serves it. Importing it imports MiniStack."""

import importlib
import json
import os
import pkgutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config

from tools.local_cloud import gaps
from tools.local_cloud.gaps import custom_domains, expired_sessions, function_runtime, tracing
from tools.local_cloud.gaps.saving import Saver
from tools.local_cloud.gaps.xray import Segments
from tools.local_cloud.identity import HEALTH_PATH, NAME
from tools.local_cloud.patching import module

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class LocalCloud:
    """MiniStack's application, with our own addresses in front and a save after whatever may change state."""

    def __init__(self, port: int, state_dir: Path, saver: Saver, segments: Segments) -> None:
        self._health = {"name": NAME, "pid": os.getpid(), "port": port, "state_dir": str(state_dir)}
        self._saver = saver
        self._segments = segments
        self._ministack = module("app").app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, connection or lifespan, as ASGI asks."""
        if scope["type"] != "http":
            await self._ministack(scope, receive, send)
            return
        path = scope["path"]
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        if path == HEALTH_PATH:
            await _answer(send, 200, self._health)
        elif path == "/_local/xray/segments":
            query = parse_qs(scope["query_string"].decode())
            await _answer(send, 200, self._segments.of(query.get("trace_id", [None])[0]))
        elif path == "/_local/sessions/expire" and scope["method"] == "POST":
            role = parse_qs(scope["query_string"].decode()).get("role", [""])[0]
            await _answer(send, 200, {"expired": expired_sessions.expire(role)})
        elif path.startswith(custom_domains.PREFIX) and not custom_domains.is_served(path):
            await _answer(send, 403, {"message": "Forbidden"}, {"x-amzn-ErrorType": "ForbiddenException"})
        elif "/xray/aws4_request" in headers.get("authorization", ""):
            await _answer(send, *self._segments.operation(path, await _body(receive)))
        else:
            tracing.inherit(headers.get("x-amzn-trace-id"))
            try:
                await self._ministack(scope, receive, send)
            finally:
                if _may_change_state(scope["method"], headers):
                    self._saver.wake()


def _may_change_state(method: str, headers: dict[str, str]) -> bool:
    if method in ("GET", "HEAD", "OPTIONS"):
        return False
    service, _, operation = headers.get("x-amz-target", "").rpartition(".")
    reads = service.startswith("DynamoDB") and operation.startswith(
        ("Get", "Query", "Scan", "Batch", "Describe")
    )
    return not reads or operation == "BatchWriteItem"


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(send: Send, status: int, document: Any, headers: dict[str, str] | None = None) -> None:
    named = {"content-type": "application/json"} | (headers or {})
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": json.dumps(document).encode()})


def _close_gaps(runtime: Path) -> None:
    """Install every module of `gaps` that can be, by name; the functions' runtime last."""
    for found in sorted(pkgutil.iter_modules(gaps.__path__), key=lambda found: found.name):
        gap = importlib.import_module(f"{gaps.__name__}.{found.name}")
        if gap is not function_runtime and hasattr(gap, "install"):
            gap.install()
    function_runtime.install(runtime)


async def serve(port: int, state_dir: Path) -> None:
    """Close the gaps, load the state and serve until the process is asked to end."""
    _close_gaps(state_dir / "runtime")
    segments = Segments()
    os.environ["AWS_XRAY_DAEMON_ADDRESS"] = await segments.listen()
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    # Clients end idle connections, Terraform's provider after 90 s: a server that is first may do so to a
    # request on its way. https://pkg.go.dev/net/http#DefaultTransport
    config.keep_alive_timeout = 600
    config.keep_alive_max_requests = 1_000_000
    config.loglevel = "INFO"
    async with Saver(state_dir).running() as saver:
        application: Any = LocalCloud(port, state_dir, saver, segments)
        await hypercorn_serve(application, config)

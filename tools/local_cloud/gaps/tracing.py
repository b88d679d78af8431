"""Traces go on: what is invoked on behalf of a traced request continues that request's trace.

MiniStack starts a new trace for every invocation. The header's form:
https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from tools.local_cloud.patching import module, patch

_ROOT = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24})")
_PARENT = re.compile(r"Parent=([0-9a-f]{16})")
_SAMPLED = re.compile(r"Sampled=([01])")

# Copied with the context into whatever the request causes: an invocation, a fan-out, a retry.
_header: ContextVar[str | None] = ContextVar("local_cloud_trace_header", default=None)


def inherit(header: str | None) -> None:
    """Let what the current request invokes continue the trace of its X-Amzn-Trace-Id header."""
    root = _ROOT.search(header or "")
    if root is None:
        _header.set(None)
        return
    parent = _PARENT.search(header or "")
    sampled = _SAMPLED.search(header or "")
    _header.set(
        f"Root={root[1]};Parent={parent[1] if parent else secrets.token_hex(8)}"
        f";Sampled={sampled[1] if sampled else '1'}"
    )


def install() -> None:
    """Patch the place where MiniStack makes up an invocation's trace header."""

    def make(original: Callable[..., str | None]) -> Callable[..., str | None]:
        def trace_header(config: dict[str, Any], inbound_trace_header: str | None = None) -> str | None:
            return original(config, inbound_trace_header or _header.get())

        return trace_header

    patch(module("services.lambda_svc"), "_xray_trace_id_for_invocation", "config inbound_trace_header", make)

"""X-Ray: the segments that functions send to the daemon's address, kept in memory.

The daemon's protocol: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
"""

import asyncio
import json
import logging
from collections import deque
from typing import Any, cast

_KEPT_SEGMENTS = 10_000
_LOG = logging.getLogger("local_cloud.xray")


class Segments(asyncio.DatagramProtocol):
    """The newest segments, newest last, each as the document that was sent."""

    def __init__(self) -> None:
        self._kept: deque[dict[str, Any]] = deque(maxlen=_KEPT_SEGMENTS)

    async def listen(self) -> str:
        """Open a UDP port on loopback; its address as AWS_XRAY_DAEMON_ADDRESS wants it."""
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )
        host, port = transport.get_extra_info("sockname")
        return f"{host}:{port}"

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:  # noqa: ARG002
        """Keep the segment of one datagram: a header line, then the document."""
        _, _, document = data.partition(b"\n")
        if not self._keep(document):
            _LOG.warning("Dropped a datagram of %d bytes that is no X-Ray segment.", len(data))

    def of(self, trace_id: str | None) -> list[dict[str, Any]]:
        """The kept segments, of one trace if one is named."""
        return [kept for kept in self._kept if trace_id is None or kept.get("trace_id") == trace_id]

    def operation(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Answer PutTraceSegments or BatchGetTraces: status and document."""
        try:
            request = json.loads(body or b"{}")
        except ValueError:
            return 400, {"__type": "SerializationException", "message": "The body is not JSON."}
        if path == "/TraceSegments":
            documents = cast(list[str], request.get("TraceSegmentDocuments", []))
            refused = [{"ErrorCode": "ParseError"} for document in documents if not self._keep(document)]
            return 200, {"UnprocessedTraceSegments": refused}
        if path == "/Traces":
            found = {trace_id: self.of(trace_id) for trace_id in request.get("TraceIds", [])}
            traces = [
                {"Id": trace_id, "Segments": [{"Id": s["id"], "Document": json.dumps(s)} for s in segments]}
                for trace_id, segments in found.items()
                if segments
            ]
            missing = [trace_id for trace_id, segments in found.items() if not segments]
            return 200, {"Traces": traces, "UnprocessedTraceIds": missing}
        return 400, {
            "__type": "InvalidRequestException",
            "message": f"The local cloud does not serve {path}.",
        }

    def _keep(self, document: bytes | str) -> bool:
        try:
            segment = json.loads(document)
        except ValueError:
            return False
        if not isinstance(segment, dict) or not {"id", "trace_id"} <= segment.keys():
            return False
        self._kept.append(segment)
        return True

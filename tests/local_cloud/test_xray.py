"""Segments that a function sends are kept and served."""

import json
import urllib.request
from typing import Any

from tests.local_cloud.conftest import Cloud, eventually, make_function

SOURCE = """
import json, os, socket
def handler(event, context):
    root = os.environ["_X_AMZN_TRACE_ID"].split(";")[0].removeprefix("Root=")
    host, port = os.environ["AWS_XRAY_DAEMON_ADDRESS"].split(":")
    segment = {"id": "00f067aa0ba902b7", "trace_id": root, "name": "work", "start_time": 1, "end_time": 2}
    data = b'{"format": "json", "version": 1}\\n' + json.dumps(segment).encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(b"nonsense", (host, int(port)))
        out.sendto(data, (host, int(port)))
    return root
"""


def _segments(cloud: Cloud, trace_id: str) -> Any:
    with urllib.request.urlopen(f"{cloud.url}/_local/xray/segments?trace_id={trace_id}", timeout=5) as answer:
        return json.load(answer)


def test_a_functions_segments_are_served_by_trace(cloud: Cloud) -> None:
    make_function(cloud, "traced", SOURCE, TracingConfig={"Mode": "Active"})
    traces = [json.load(cloud.client("lambda").invoke(FunctionName="traced")["Payload"]) for _ in range(2)]
    assert traces[0] != traces[1]
    [segment] = eventually(lambda: _segments(cloud, traces[0]))
    assert segment["name"] == "work"
    xray = cloud.client("xray")
    found = xray.batch_get_traces(TraceIds=[traces[1], "1-00000000-000000000000000000000000"])
    assert [trace["Id"] for trace in found["Traces"]] == [traces[1]]
    assert found["UnprocessedTraceIds"] == ["1-00000000-000000000000000000000000"]


def test_put_trace_segments_keeps_what_is_a_segment(cloud: Cloud) -> None:
    trace = "1-5759e988-bd862e3fe1be46a994272793"
    document = json.dumps({"id": "1234567890abcdef", "trace_id": trace, "name": "put", "start_time": 1})
    answer = cloud.client("xray").put_trace_segments(TraceSegmentDocuments=[document, "{}"])
    assert len(answer["UnprocessedTraceSegments"]) == 1
    assert [segment["name"] for segment in _segments(cloud, trace)] == ["put"]


def test_what_a_traced_request_invokes_continues_its_trace(cloud: Cloud) -> None:
    make_function(cloud, "continued", SOURCE, TracingConfig={"Mode": "Active"})
    functions = cloud.client("lambda")
    trace = "1-5759e988-aaaaaaaaaaaaaaaaaaaaaaaa"
    functions.meta.events.register(
        "before-sign.lambda.Invoke",
        lambda request, **_: request.headers.add_header("X-Amzn-Trace-Id", f"Root={trace};Sampled=1"),
    )
    assert json.load(functions.invoke(FunctionName="continued")["Payload"]) == trace

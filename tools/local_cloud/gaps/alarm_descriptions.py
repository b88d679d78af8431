"""Alarms in the query protocol, which the AWS provider speaks: all that an alarm has is kept and described.

MiniStack leaves out most of it there; its JSON answer is nearly complete and is written as XML here.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from tools.local_cloud.patching import module, patch, require


def install() -> None:
    """Patch the two operations."""
    cloudwatch = module("services.cloudwatch")
    require(cloudwatch, "_alarms", "_xml")
    for name, make in (
        ("_put_metric_alarm", _keeps_expressions),
        ("_describe_alarms", _describes_everything),
    ):
        patch(cloudwatch, name, "params cbor_data is_cbor is_json", make)


def _keeps_expressions(original: Callable[..., Any]) -> Callable[..., Any]:
    """MiniStack forgets an alarm's metric queries."""
    alarms = module("services.cloudwatch")._alarms

    def put(params: dict[str, Any], cbor_data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Any:
        request = cbor_data if is_cbor or is_json else _as_document(params)
        answer = original(params, cbor_data, is_cbor, is_json)
        if answer[0] == 200 and request.get("Metrics"):
            alarms[request["AlarmName"]]["Metrics"] = request["Metrics"]
        return answer

    return put


def _describes_everything(original: Callable[..., Any]) -> Callable[..., Any]:
    cloudwatch = module("services.cloudwatch")

    def describe(
        params: dict[str, Any], cbor_data: dict[str, Any], is_cbor: bool, is_json: bool = False
    ) -> Any:
        if is_cbor or is_json:
            return original(params, cbor_data, is_cbor, is_json)
        status, _headers, body = original({}, _as_document(params), False, True)
        if status != 200:
            return original(params, cbor_data, is_cbor, is_json)
        found = json.loads(body)
        found["MetricAlarms"] = [_without_made_up_values(alarm) for alarm in found["MetricAlarms"]]
        result = f"<DescribeAlarmsResult>{_members(found)}</DescribeAlarmsResult>"
        return cloudwatch._xml(200, "DescribeAlarmsResponse", result)

    return describe


def _without_made_up_values(alarm: dict[str, Any]) -> dict[str, Any]:
    """MiniStack fills in a period and a statistic even where the alarm has a percentile or an expression."""
    unset: set[str] = set()
    if alarm.get("Metrics"):
        unset = {"Period", "Statistic", "ExtendedStatistic"}
    elif alarm.get("ExtendedStatistic"):
        unset = {"Statistic"}
    return {name: value for name, value in alarm.items() if name not in unset}


def _as_document(params: dict[str, Any]) -> dict[str, Any]:
    """A query string's `AlarmNames.member.1=a` as `{"AlarmNames": ["a"]}`; numbers and booleans stay text."""
    root: dict[str, Any] = {}
    for key, given in params.items():
        *parents, last = key.split(".")
        place = root
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = given[0] if isinstance(given, list) else given
    document: dict[str, Any] = _lists(root)
    return document


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value.keys() == {"member"}:
        return [
            _lists(item) for _, item in sorted(value["member"].items(), key=lambda member: int(member[0]))
        ]
    return {name: _lists(item) for name, item in value.items()}


def _members(document: dict[str, Any]) -> str:
    public = ((name, value) for name, value in document.items() if name[:1].isupper() and value is not None)
    return "".join(f"<{name}>{_value(name, value)}</{name}>" for name, value in public)


def _value(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return _members(value)
    if isinstance(value, list):
        return "".join(f"<member>{_value('', item)}</member>" for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    if name.endswith("Timestamp") and isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return escape(str(value))

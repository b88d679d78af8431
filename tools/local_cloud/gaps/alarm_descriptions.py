"""DescribeAlarms in the query protocol, which the AWS provider speaks, names all that an alarm has.

MiniStack leaves out most of it there; its JSON answer is complete and is written as XML here.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from tools.local_cloud.patching import module, patch, require


def install() -> None:
    """Patch the operation."""
    cloudwatch = module("services.cloudwatch")
    require(cloudwatch, "_xml")

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def describe(
            params: dict[str, Any], cbor_data: dict[str, Any], is_cbor: bool, is_json: bool = False
        ) -> Any:
            if is_cbor or is_json:
                return original(params, cbor_data, is_cbor, is_json)
            status, headers, body = original({}, _as_json(params), False, True)
            if status != 200:
                return original(params, cbor_data, is_cbor, is_json)
            result = f"<DescribeAlarmsResult>{_members(json.loads(body))}</DescribeAlarmsResult>"
            return cloudwatch._xml(200, "DescribeAlarmsResponse", result)

        return describe

    patch(cloudwatch, "_describe_alarms", "params cbor_data is_cbor is_json", make)


def _as_json(params: dict[str, Any]) -> dict[str, Any]:
    """`{"AlarmNames.member.1": ["a"], "StateValue": ["OK"]}` as `{"AlarmNames": ["a"], "StateValue": "OK"}`."""
    request: dict[str, Any] = {}
    for key, given in params.items():
        value = given[0] if isinstance(given, list) else given
        name, _, number = key.partition(".member.")
        if number:
            request.setdefault(name, []).append(value)
        else:
            request[name] = value
    return request


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

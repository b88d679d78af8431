"""Alarms go by exactly their metric, or their metric math, over the last periods up to this moment.

MiniStack ignores dimensions, expressions, missing data and the number of datapoints, and never looks again
without new data. AWS looks once a minute; here an alarm is up to date whenever it is described.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarm-evaluation
"""

import logging
import operator
import time
from collections.abc import Callable
from typing import Any

from tools.local_cloud.gaps.metric_math import UnknownExpressionError, Value, evaluate
from tools.local_cloud.patching import module, patch, require

Alarm = dict[str, Any]

_LOG = logging.getLogger("local_cloud.alarm_evaluation")
_COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
}


def install() -> None:
    """Patch how one alarm is evaluated, and when."""
    cloudwatch = module("services.cloudwatch")
    require(
        cloudwatch,
        "_calc_stats",
        "_dims_from_list",
        "_dims_key",
        "_dispatch_alarm_actions",
        "_evaluate_all_alarms",
        "_evaluate_parent_alarms",
        "_metrics",
        "_record_history",
        "_stat_value",
    )
    patch(cloudwatch, "_evaluate_alarm", "alarm", lambda _: _evaluate)
    patch(cloudwatch, "_describe_alarms", "params cbor_data is_cbor is_json", _evaluates_first)


def _evaluates_first(original: Callable[..., Any]) -> Callable[..., Any]:
    cloudwatch = module("services.cloudwatch")

    def describe(
        params: dict[str, Any], cbor_data: dict[str, Any], is_cbor: bool, is_json: bool = False
    ) -> Any:
        cloudwatch._evaluate_all_alarms()
        return original(params, cbor_data, is_cbor, is_json)

    return describe


def _evaluate(alarm: Alarm) -> None:
    if alarm.get("ComparisonOperator") not in _COMPARISONS:
        return
    now = time.time()
    try:
        values = [_value(alarm, now, periods_ago) for periods_ago in range(int(alarm["EvaluationPeriods"]))]
    except UnknownExpressionError as error:
        _LOG.warning("The alarm %s is not evaluated: unknown expression %s.", alarm["AlarmName"], error)
        return
    state, reason = judge(alarm, values)
    before = alarm["StateValue"]
    if state == before:
        return
    cloudwatch = module("services.cloudwatch")
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(now))
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def judge(alarm: Alarm, values: list[Value]) -> tuple[str, str]:
    """An alarm's state, and why, by its values of the last periods."""
    compare, words = _COMPARISONS[alarm["ComparisonOperator"]]
    threshold = float(alarm.get("Threshold", 0))
    known = [value for value in values if value is not None]
    missing = alarm.get("TreatMissingData") or "missing"
    if not known and missing == "ignore":
        return alarm["StateValue"], ""
    if not known and missing == "missing":
        return "INSUFFICIENT_DATA", "Insufficient Data: there are no datapoints."
    breaching = [value for value in known if compare(value, threshold)]
    count = len(breaching) + (len(values) - len(known) if missing == "breaching" else 0)
    needed = int(alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"])
    shown = ", ".join(str(round(value, 3)) for value in breaching or known) or "no datapoints"
    was = words if count >= needed else f"not {words}"
    reason = f"Threshold Crossed: {count} of the last {len(values)} datapoints [{shown}] {was} the threshold"
    return ("ALARM" if count >= needed else "OK"), f"{reason} ({threshold})."


def _value(alarm: Alarm, now: float, periods_ago: int) -> Value:
    queries = alarm.get("Metrics")
    if not queries:
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
        return _measured(alarm, alarm.get("Period"), statistic, now, periods_ago)
    values: dict[str, Value] = {}
    for query in queries:
        if found := query.get("MetricStat"):
            values[query["Id"]] = _measured(
                found["Metric"], found.get("Period"), found["Stat"], now, periods_ago
            )
    returned = [query for query in queries if str(query.get("ReturnData", "true")).lower() != "false"]
    [query] = returned
    return evaluate(query["Expression"], values) if query.get("Expression") else values[query["Id"]]


def _measured(metric: dict[str, Any], period: Any, statistic: str, now: float, periods_ago: int) -> Value:
    cloudwatch = module("services.cloudwatch")
    seconds = float(period or 60)
    end = now - periods_ago * seconds
    dimensions = cloudwatch._dims_from_list(metric.get("Dimensions") or [])
    key = (metric.get("Namespace"), metric.get("MetricName"), cloudwatch._dims_key(dimensions))
    points = [
        point for point in cloudwatch._metrics.get(key) or [] if end - seconds < point["Timestamp"] <= end
    ]
    found: Value = (
        cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points) if points else None
    )
    return found

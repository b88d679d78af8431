"""An alarm rings within moments of its data, by exactly its metric or expression, and is quiet afterwards."""

import itertools
from typing import Any

import pytest

from tests.local_cloud.conftest import Cloud, eventually
from tools.local_cloud.gaps.alarm_evaluation import judge
from tools.local_cloud.gaps.metric_math import UnknownExpressionError, evaluate

COMMON: dict[str, Any] = {
    "EvaluationPeriods": 1,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
NAMES = itertools.count(1)


def state(cloud: Cloud, name: str) -> str:
    """The alarm's state now."""
    [alarm] = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarm["StateValue"])


def put(cloud: Cloud, version: str = "7", **values: float) -> None:
    """One value of each metric, measured on `version`."""
    dimensions = [{"Name": "Version", "Value": version}]
    data = [
        {"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": "Count"}
        for name, value in values.items()
    ]
    cloud.client("cloudwatch").put_metric_data(Namespace="Toy", MetricData=data)


def rate_alarm(cloud: Cloud, seconds: int) -> str:
    """An alarm on more than 10 % failed calls of version 7."""
    name = f"rate-{next(NAMES)}"

    def query(id_: str, metric: str) -> dict[str, Any]:
        measured = {
            "Namespace": "Toy",
            "MetricName": metric,
            "Dimensions": [{"Name": "Version", "Value": "7"}],
        }
        stat = {"Metric": measured, "Period": seconds, "Stat": "Sum"}
        return {"Id": id_, "MetricStat": stat, "ReturnData": False}

    queries = [{"Id": "percent", "Expression": "100 * e / i"}, query("e", "Errors"), query("i", "Calls")]
    cloud.client("cloudwatch").put_metric_alarm(AlarmName=name, Metrics=queries, Threshold=10, **COMMON)
    return name


def test_a_rate_rings_and_is_quiet_again(cloud: Cloud) -> None:
    name = rate_alarm(cloud, seconds=2)
    assert state(cloud, name) == "OK", "no calls are no failures"
    put(cloud, version="6", Errors=10, Calls=10)
    assert state(cloud, name) == "OK", "of another version"
    put(cloud, Errors=1, Calls=20)
    assert state(cloud, name) == "OK", "5 %"
    put(cloud, Errors=3, Calls=1)
    assert state(cloud, name) == "ALARM"
    found = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name], StateValue="ALARM")["MetricAlarms"]
    assert found[0]["StateReason"].startswith("Threshold Crossed: 1 of the last 1 datapoints [19.048]")
    eventually(lambda: state(cloud, name) == "OK", seconds=4)


def test_a_percentile(cloud: Cloud) -> None:
    measured = {"Namespace": "Toy", "MetricName": "Took", "Dimensions": [{"Name": "Version", "Value": "7"}]}
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName="slow", ExtendedStatistic="p99", Period=60, Threshold=100, **measured, **COMMON
    )
    for _ in range(99):
        put(cloud, Took=10)
    assert state(cloud, "slow") == "OK"
    for _ in range(3):
        put(cloud, Took=1000)
    assert state(cloud, "slow") == "ALARM"


@pytest.mark.parametrize(
    ("missing", "values", "expected"),
    [
        ("missing", [None], "INSUFFICIENT_DATA"),
        ("ignore", [None], "OK"),
        ("breaching", [None], "ALARM"),
        ("notBreaching", [None], "OK"),
        ("notBreaching", [2.0, None, 0.0], "ALARM"),
        ("notBreaching", [1.0, None, 0.0], "OK"),
    ],
)
def test_missing_data_and_numbers_of_datapoints(
    missing: str, values: list[float | None], expected: str
) -> None:
    alarm = COMMON | {
        "EvaluationPeriods": len(values),
        "DatapointsToAlarm": 1,
        "TreatMissingData": missing,
        "Threshold": 1,
        "StateValue": "OK",
    }
    assert judge(alarm, values)[0] == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("100 * e / i", 50.0),
        ("e / none", None),
        ("e / zero", None),
        ("FILL(none, 0) + e", 1.0),
        ("IF(i > 1, e, 9)", 1.0),
        ("IF(i > 5, e, 9)", 9.0),
    ],
)
def test_metric_math(expression: str, expected: float | None) -> None:
    assert evaluate(expression, {"e": 1.0, "i": 2.0, "none": None, "zero": 0.0}) == expected


@pytest.mark.parametrize("expression", ["ANOMALY_DETECTION_BAND(e)", "e.__class__", "e /", "other"])
def test_metric_math_that_does_not_exist_here(expression: str) -> None:
    with pytest.raises(UnknownExpressionError):
        evaluate(expression, {"e": 1.0})

"""An alarm is described with all that it was made of, in the protocol that the AWS provider speaks."""

import xml.etree.ElementTree as ET
from typing import Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.local_cloud.conftest import ACCOUNT, REGION, Cloud

NAMESPACE = "{http://monitoring.amazonaws.com/doc/2010-08-01/}"


def query(cloud: Cloud, action: str, **parameters: str) -> ET.Element:
    """Call CloudWatch in the query protocol."""
    data = {"Action": action, "Version": "2010-08-01"} | parameters
    request = AWSRequest("POST", f"{cloud.url}/", data=data)
    SigV4Auth(Credentials(ACCOUNT, "test"), "monitoring", REGION).add_auth(request)
    answer = requests.post(f"{cloud.url}/", data=data, headers=dict(request.headers), timeout=10)
    assert answer.status_code == 200, answer.text
    return ET.fromstring(answer.text)


def described(cloud: Cloud, name: str) -> dict[str, Any]:
    """The members of one alarm, lists and objects as nested lists and dicts."""
    root = query(cloud, "DescribeAlarms", **{"AlarmNames.member.1": name})
    [alarm] = root.findall(f".//{NAMESPACE}MetricAlarms/{NAMESPACE}member")
    found = _document(alarm)
    assert isinstance(found, dict)
    return found


def _document(element: ET.Element) -> Any:
    children = list(element)
    if not children:
        return element.text
    if all(child.tag == f"{NAMESPACE}member" for child in children):
        return [_document(child) for child in children]
    return {child.tag.removeprefix(NAMESPACE): _document(child) for child in children}


COMMON = {"EvaluationPeriods": "1", "Threshold": "1", "ComparisonOperator": "GreaterThanThreshold"}


def test_a_plain_alarm(cloud: Cloud) -> None:
    action = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
    query(
        cloud,
        "PutMetricAlarm",
        **COMMON,
        **{
            "AlarmName": "plain",
            "AlarmDescription": "errors & <more>",
            "Namespace": "AWS/Lambda",
            "MetricName": "Errors",
            "Statistic": "Sum",
            "Period": "300",
            "TreatMissingData": "notBreaching",
            "Dimensions.member.1.Name": "FunctionName",
            "Dimensions.member.1.Value": "notes",
            "AlarmActions.member.1": action,
        },
    )
    found = described(cloud, "plain")
    assert (found["Statistic"], found["Period"]) == ("Sum", "300")
    assert found["AlarmDescription"] == "errors & <more>"
    assert found["Dimensions"] == [{"Name": "FunctionName", "Value": "notes"}]
    assert found["AlarmActions"] == [action]
    assert found["ActionsEnabled"] == "true"
    assert found["TreatMissingData"] == "notBreaching"


def test_a_percentile_alarm_has_no_other_statistic(cloud: Cloud) -> None:
    metric = {"Namespace": "AWS/ApiGateway", "MetricName": "Latency", "Period": "60"}
    percentile = {"AlarmName": "p99", "ExtendedStatistic": "p99"}
    query(cloud, "PutMetricAlarm", **COMMON, **metric, **percentile)
    found = described(cloud, "p99")
    assert found["ExtendedStatistic"] == "p99"
    assert "Statistic" not in found


def test_an_alarm_on_an_expression_keeps_it(cloud: Cloud) -> None:
    stat = "Metrics.member.2.MetricStat"
    query(
        cloud,
        "PutMetricAlarm",
        **COMMON,
        **{
            "AlarmName": "rate",
            "Metrics.member.1.Id": "e1",
            "Metrics.member.1.Expression": "m1*100",
            "Metrics.member.2.Id": "m1",
            "Metrics.member.2.ReturnData": "false",
            f"{stat}.Metric.Namespace": "AWS/Lambda",
            f"{stat}.Metric.MetricName": "Errors",
            f"{stat}.Metric.Dimensions.member.1.Name": "FunctionName",
            f"{stat}.Metric.Dimensions.member.1.Value": "notes",
            f"{stat}.Period": "60",
            f"{stat}.Stat": "Sum",
        },
    )
    found = described(cloud, "rate")
    assert not {"Period", "Statistic"} & found.keys()
    assert [metric["Id"] for metric in found["Metrics"]] == ["e1", "m1"]
    dimensions = found["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"]
    assert dimensions == [{"Name": "FunctionName", "Value": "notes"}]

"""Requests to an API are measured by API, and by API and stage: all, and those with an error."""

import requests

from tests.local_cloud.apis import Document, deploy, integration
from tests.local_cloud.conftest import Cloud, make_function
from tests.local_cloud.test_function_metrics import total

SOURCE = """
def handler(event, context):
    return {"statusCode": int(event["queryStringParameters"]["status"]), "body": ""}
"""


def test_requests_and_errors(cloud: Cloud) -> None:
    call = {"x-amazon-apigateway-integration": integration(make_function(cloud, "counted", SOURCE))}
    signed: Document = call | {"security": [{"sigv4": []}]}
    scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
    api = deploy(
        cloud,
        {
            "swagger": "2.0",
            "info": {"title": "counted"},
            "securityDefinitions": {"sigv4": scheme},
            "paths": {"/": {"get": call, "post": signed}},
        },
    )
    for status in (200, 200, 404, 500, 502):
        assert requests.get(f"{api.url}/?status={status}", timeout=20).status_code == status
    assert requests.post(f"{api.url}/", timeout=20).status_code == 403  # unsigned
    for dimensions in ({"ApiName": "counted"}, {"ApiName": "counted", "Stage": "live"}):
        counts = [
            total(cloud, metric, dimensions, "AWS/ApiGateway") for metric in ("Count", "4XXError", "5XXError")
        ]
        assert counts == [6, 2, 2]
    assert total(cloud, "Latency", {"ApiName": "counted"}, "AWS/ApiGateway") > 0

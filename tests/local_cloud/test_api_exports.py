"""An export tells what a stage serves, and everything that callers could tell apart."""

import json
from typing import Any

from tests.local_cloud.apis import Document, notes_definition
from tests.local_cloud.conftest import REGION, Cloud

FUNCTION = f"arn:aws:lambda:{REGION}:000000000000:function:none"


def export(cloud: Cloud, api_id: str) -> Document:
    """What the stage serves, with all of Amazon's extensions."""
    answer = cloud.client("apigateway").get_export(
        restApiId=api_id, stageName="live", exportType="swagger", parameters={"extensions": "apigateway"}
    )
    document: Document = json.loads(answer["body"].read())
    return document


def put(cloud: Cloud, api_id: str, definition: Document) -> None:
    cloud.client("apigateway").put_rest_api(
        restApiId=api_id, mode="overwrite", body=json.dumps(definition).encode()
    )


def deployed(cloud: Cloud, definition: Document) -> Any:
    apis = cloud.client("apigateway")
    api_id = apis.import_rest_api(body=json.dumps(definition).encode())["id"]
    apis.create_deployment(restApiId=api_id, stageName="live")
    return api_id


def test_what_is_exported_is_what_was_deployed(cloud: Cloud) -> None:
    definition = notes_definition(FUNCTION)
    api_id = deployed(cloud, definition)
    before = export(cloud, api_id)
    assert before["paths"].keys() == definition["paths"].keys()
    changed = notes_definition(f"{FUNCTION}:other")
    changed["paths"]["/more"] = changed["paths"].pop("/public/search")
    put(cloud, api_id, changed)
    assert export(cloud, api_id)["paths"] == before["paths"]
    cloud.client("apigateway").create_deployment(restApiId=api_id, stageName="live")
    after = export(cloud, api_id)
    assert "/more" in after["paths"]
    assert "other" in json.dumps(after["paths"]["/{note_id}"])


def test_signatures_validators_and_gateway_responses_are_in_it(cloud: Cloud) -> None:
    document = export(cloud, deployed(cloud, notes_definition(FUNCTION)))
    assert document["paths"]["/"]["post"]["security"] == [{"sigv4": []}]
    assert "security" not in document["paths"]["/public/search"]["get"]
    assert document["securityDefinitions"]["sigv4"]["x-amazon-apigateway-authtype"] == "awsSigv4"
    assert document["paths"]["/"]["post"]["x-amazon-apigateway-request-validator"] == "all"
    assert document["paths"]["/public/search"]["post"]["x-amazon-apigateway-request-validator"] == "none"
    validators = document["x-amazon-apigateway-request-validators"]
    assert validators["all"] == {"validateRequestBody": True, "validateRequestParameters": True}
    body = document["x-amazon-apigateway-gateway-responses"]["BAD_REQUEST_BODY"]
    assert (body["statusCode"], body["responseTemplates"]) == (
        "400",
        {"application/json": '{"title":"The body is not valid"}'},
    )

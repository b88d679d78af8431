"""ImportRestApi and PutRestApi: everything of the definition arrives, and works."""

import json
from typing import Any

import pytest
import requests
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.local_cloud.apis import ECHO, Api, deploy, notes_definition, signed, user
from tests.local_cloud.conftest import REGION, Cloud, make_function

ALLOW_INVOKE = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}


@pytest.fixture(scope="module")
def arn(cloud: Cloud) -> str:
    return make_function(cloud, "imported", ECHO)


@pytest.fixture(scope="module")
def api(cloud: Cloud, arn: str) -> Api:
    return deploy(cloud, notes_definition(arn))


@pytest.fixture(scope="module")
def caller(cloud: Cloud) -> Credentials:
    return user(cloud, "caller", ALLOW_INVOKE)


def resources(cloud: Cloud, api: Api) -> dict[str, Any]:
    """The API's resources by path."""
    found = cloud.client("apigateway").get_resources(restApiId=api.id, embed=["methods"])
    return {resource["path"]: resource for resource in found["items"]}


def test_methods_arrive_with_their_parameters_models_and_validators(cloud: Cloud, api: Api, arn: str) -> None:
    found = resources(cloud, api)
    assert set(found) == {"/", "/{note_id}", "/public", "/public/search"}
    create = found["/"]["resourceMethods"]["POST"]
    assert create["authorizationType"] == "AWS_IAM"
    assert create["operationName"] == "create_note"
    assert create["requestModels"] == {"application/json": "Note"}
    assert arn in create["methodIntegration"]["uri"]
    assert create["methodIntegration"]["type"] == "AWS_PROXY"
    parameters = found["/{note_id}"]["resourceMethods"]["GET"]["requestParameters"]
    assert parameters == {"method.request.path.note_id": True}
    validators = {
        validator["id"]: validator["name"]
        for validator in cloud.client("apigateway").get_request_validators(restApiId=api.id)["items"]
    }
    search = found["/public/search"]["resourceMethods"]
    assert validators[create["requestValidatorId"]] == "all"
    assert validators[search["POST"]["requestValidatorId"]] == "none"


def test_the_apis_own_settings_arrive(cloud: Cloud, api: Api) -> None:
    found = cloud.client("apigateway").get_rest_api(restApiId=api.id)
    assert (found["name"], found["version"]) == ("notes", "1.0")
    assert found["binaryMediaTypes"] == ["image/png"]
    assert found["minimumCompressionSize"] == 1024


def test_a_body_that_breaks_the_model_gets_the_gateway_response(api: Api, caller: Credentials) -> None:
    good = signed("POST", f"{api.url}/", caller, '{"content": "x"}')
    assert json.loads(good.json()["body"]) == {"content": "x"}
    for body in ('{"content": ""}', '{"content": "x", "other": 1}', "{", "[]"):
        refused = signed("POST", f"{api.url}/", caller, body)
        assert (refused.status_code, refused.json()) == (400, {"title": "The body is not valid"}), body
        assert refused.headers["Access-Control-Allow-Origin"] == "https://app.example"


def test_a_missing_parameter_is_refused_unless_the_validator_says_otherwise(api: Api) -> None:
    url = f"{api.url}/public/search"
    assert requests.get(url, timeout=10).status_code == 400
    assert requests.get(f"{url}?q=1", timeout=10).status_code == 200
    assert requests.post(url, timeout=10).status_code == 200


def test_preflights_are_answered_by_the_apis_own_mock(api: Api) -> None:
    answer = requests.options(f"{api.url}/", timeout=10)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "https://app.example")


def test_overwrite_removes_what_is_no_longer_there(cloud: Cloud, arn: str) -> None:
    api = deploy(cloud, notes_definition(arn))
    smaller = notes_definition(arn)
    del smaller["paths"]["/public/search"], smaller["paths"]["/"]["options"]
    del smaller["definitions"]["Content"], smaller["x-amazon-apigateway-gateway-responses"]
    del smaller["x-amazon-apigateway-binary-media-types"]
    smaller["definitions"]["Note"]["properties"]["content"] = {"type": "string"}
    apis = cloud.client("apigateway")
    apis.put_rest_api(restApiId=api.id, mode="overwrite", body=json.dumps(smaller).encode())
    found = resources(cloud, api)
    assert set(found) == {"/", "/{note_id}"}
    assert set(found["/"]["resourceMethods"]) == {"POST"}
    assert [model["name"] for model in apis.get_models(restApiId=api.id)["items"]] == ["Note"]
    assert apis.get_gateway_response(restApiId=api.id, responseType="DEFAULT_4XX")["defaultResponse"]
    assert not apis.get_rest_api(restApiId=api.id).get("binaryMediaTypes")
    assert apis.get_stage(restApiId=api.id, stageName="live")["stageName"] == "live"


def test_merge_keeps_what_the_definition_does_not_name(cloud: Cloud, arn: str) -> None:
    api = deploy(cloud, notes_definition(arn))
    addition = {
        "swagger": "2.0",
        "info": {"title": "notes"},
        "paths": {"/more": {"get": notes_definition(arn)["paths"]["/public/search"]["get"]}},
    }
    cloud.client("apigateway").put_rest_api(
        restApiId=api.id, mode="merge", body=json.dumps(addition).encode()
    )
    assert {"/", "/public/search", "/more"} <= set(resources(cloud, api))


@pytest.mark.parametrize(
    "broken",
    [
        b"not json",
        b"[]",
        b'{"swagger": "2.0", "paths": {"notes": {}}}',
        b'{"swagger": "2.0", "paths": {"/": {"get": {"x-amazon-apigateway-request-validator": "absent"}}}}',
        b'{"swagger": "2.0", "paths": {"/": {"get": {"parameters": [{"$ref": "#/parameters/absent"}]}}}}',
    ],
)
def test_a_definition_that_cannot_be_imported_changes_nothing(cloud: Cloud, api: Api, broken: bytes) -> None:
    apis = cloud.client("apigateway")
    before = resources(cloud, api)
    with pytest.raises(ClientError, match="BadRequestException"):
        apis.put_rest_api(restApiId=api.id, mode="overwrite", body=broken)
    assert resources(cloud, api) == before
    count = len(apis.get_rest_apis()["items"])
    with pytest.raises(ClientError, match="BadRequestException"):
        apis.import_rest_api(body=broken)
    assert len(apis.get_rest_apis()["items"]) == count


def test_denials_carry_the_gateway_responses_headers(cloud: Cloud, api: Api) -> None:
    elsewhere = f"arn:aws:execute-api:{REGION}:*:other-api/*"
    stranger = user(cloud, "stranger", ALLOW_INVOKE | {"Resource": elsewhere})
    denied = signed("GET", f"{api.url}/1", stranger)
    unsigned = requests.get(f"{api.url}/1", timeout=10)
    forged = signed("GET", f"{api.url}/1", stranger, sign_url=f"{api.url}/2")
    for answer in (denied, unsigned, forged):
        assert answer.status_code == 403
        assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "is not authorized to perform: execute-api:Invoke" in denied.json()["message"]
    assert unsigned.json() == {"message": "Missing Authentication Token"}

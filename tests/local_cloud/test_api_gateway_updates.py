"""Updates of APIs, stages and domain names read back as AWS would answer them."""

from tests.local_cloud.apis import deploy
from tests.local_cloud.conftest import Cloud

EMPTY = {"swagger": "2.0", "info": {"title": "updated"}, "paths": {}}


def test_an_apis_typed_properties(cloud: Cloud) -> None:
    apis, api = cloud.client("apigateway"), deploy(cloud, EMPTY)
    changes = [
        {"op": "add", "path": "/binaryMediaTypes/image~1png"},
        {"op": "add", "path": "/binaryMediaTypes/image~1gif"},
        {"op": "remove", "path": "/binaryMediaTypes/image~1gif"},
        {"op": "replace", "path": "/minimumCompressionSize", "value": "2048"},
        {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"},
        {"op": "replace", "path": "/description", "value": "for tests"},
    ]
    apis.update_rest_api(restApiId=api.id, patchOperations=changes)
    found = apis.get_rest_api(restApiId=api.id)
    assert found["binaryMediaTypes"] == ["image/png"]
    assert found["minimumCompressionSize"] == 2048
    assert found["disableExecuteApiEndpoint"] is True
    assert found["description"] == "for tests"


def test_what_is_not_configured_is_left_out(cloud: Cloud) -> None:
    apis, api = cloud.client("apigateway"), deploy(cloud, EMPTY)
    apis.create_domain_name(domainName="plain.example.org", endpointConfiguration={"types": ["REGIONAL"]})
    assert "mutualTlsAuthentication" not in apis.get_domain_name(domainName="plain.example.org")
    assert "accessLogSettings" not in apis.get_stage(restApiId=api.id, stageName="live")
    assert all("accessLogSettings" not in stage for stage in apis.get_stages(restApiId=api.id)["item"])


def test_a_domain_names_certificate_can_be_replaced(cloud: Cloud) -> None:
    apis = cloud.client("apigateway")
    apis.create_domain_name(domainName="renewed.example.org", regionalCertificateArn="arn:old")
    changes = [{"op": "replace", "path": "/regionalCertificateArn", "value": "arn:new"}]
    apis.update_domain_name(domainName="renewed.example.org", patchOperations=changes)
    assert apis.get_domain_name(domainName="renewed.example.org")["regionalCertificateArn"] == "arn:new"

"""A deployment is a snapshot: a stage answers by the one that it is at, and can be moved back."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.local_cloud.apis import Api, Document
from tests.local_cloud.conftest import Cloud, eventually, free_port
from tools.local_cloud import control


def answer_of(text: str) -> Document:
    """A definition with one path, answered by the API itself, behind a validator."""
    mock = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": text}}},
    }
    method = {"responses": {"200": {}}, "x-amazon-apigateway-integration": mock}
    return {"swagger": "2.0", "info": {"title": "kept"}, "paths": {f"/{text}": {"get": method}}}


def put(cloud: Cloud, api_id: str, text: str, **given: str) -> str:
    """Make the API of it, and a deployment of that; the deployment's id."""
    apis = cloud.client("apigateway")
    apis.put_rest_api(restApiId=api_id, mode="overwrite", body=json.dumps(answer_of(text)).encode())
    made: str = apis.create_deployment(restApiId=api_id, **given)["id"]
    return made


def move(cloud: Cloud, api: Api, deployment: str) -> Any:
    """Move the stage to it."""
    change = {"op": "replace", "path": "/deploymentId", "value": deployment}
    return cloud.client("apigateway").update_stage(
        restApiId=api.id, stageName="live", patchOperations=[change]
    )


def served(api: Api) -> list[str]:
    """Which of the two definitions is answered by."""
    return [text for text in ("old", "new") if requests.get(f"{api.url}/{text}", timeout=10).ok]


def make(cloud: Cloud) -> tuple[Api, str]:
    """An API whose stage is at its first deployment."""
    api_id = cloud.client("apigateway").import_rest_api(body=json.dumps(answer_of("old")).encode())["id"]
    first = put(cloud, api_id, "old", stageName="live", description="the first")
    return Api(api_id, f"{cloud.url}/_aws/execute-api/{api_id}/live"), first


def test_a_stage_moves_there_and_back(cloud: Cloud) -> None:
    api, first = make(cloud)
    second = put(cloud, api.id, "new", description="the second")
    assert served(api) == ["old"]
    move(cloud, api, second)
    assert served(api) == ["new"]
    move(cloud, api, first)
    assert served(api) == ["old"]
    found = cloud.client("apigateway").get_deployments(restApiId=api.id)["items"]
    assert {one["id"]: one["description"] for one in found} == {first: "the first", second: "the second"}


def test_the_api_itself_is_the_latest(cloud: Cloud) -> None:
    api, _ = make(cloud)
    put(cloud, api.id, "new")
    assert served(api) == ["old"]
    resources = cloud.client("apigateway").get_resources(restApiId=api.id)["items"]
    assert [resource["path"] for resource in resources if resource["path"] != "/"] == ["/new"]


def test_what_a_stage_is_at_stays(cloud: Cloud) -> None:
    apis = cloud.client("apigateway")
    api, first = make(cloud)
    second = put(cloud, api.id, "new")
    with pytest.raises(apis.exceptions.BadRequestException, match="must be moved or deleted"):
        apis.delete_deployment(restApiId=api.id, deploymentId=first)
    apis.delete_deployment(restApiId=api.id, deploymentId=second)
    with pytest.raises(apis.exceptions.BadRequestException, match="does not exist"):
        move(cloud, api, second)
    assert served(api) == ["old"]


def test_snapshots_survive_a_restart(tmp_path: Path) -> None:
    cloud = Cloud(free_port(), tmp_path)
    control.start(cloud.port, cloud.state_dir)
    try:
        api, _ = make(cloud)
        second = put(cloud, api.id, "new")
        control.stop(cloud.port, cloud.state_dir)
        control.start(cloud.port, cloud.state_dir)
        assert served(api) == ["old"]
        move(cloud, api, second)
        eventually(lambda: served(api) == ["new"])
    finally:
        control.stop(cloud.port, cloud.state_dir)

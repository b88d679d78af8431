"""A small API as Chalice describes it, and calls to it with and without a signature."""

import json
from dataclasses import dataclass
from typing import Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.local_cloud.conftest import REGION, Cloud

Document = dict[str, Any]
ECHO = (
    "import json\ndef handler(event, context):\n"
    "    return {'statusCode': 200, 'headers': {'X-Arn': context.invoked_function_arn},"
    " 'body': json.dumps(event)}\n"
)
CORS = {"gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example'"}


@dataclass(frozen=True)
class Api:
    """An API of the local cloud, deployed as `live`."""

    id: str
    url: str


def integration(arn: str) -> Document:
    """Chalice's integration with the function or alias `arn`."""
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": uri,
        "passthroughBehavior": "when_no_match",
        "responses": {"default": {"statusCode": "200"}},
    }


def notes_definition(arn: str) -> Document:
    """A definition with all that the project's own have."""
    signed = {"security": [{"sigv4": []}], "x-amazon-apigateway-integration": integration(arn)}
    preflight = {
        "responses": {"200": {"headers": {"Access-Control-Allow-Origin": {"type": "string"}}}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "responses": {
                "default": {
                    "statusCode": "200",
                    "responseParameters": {
                        "method.response.header.Access-Control-Allow-Origin": "'https://app.example'"
                    },
                }
            },
        },
    }
    note = {
        "type": "object",
        "required": ["content"],
        "additionalProperties": False,
        "properties": {"content": {"$ref": "#/definitions/Content"}},
    }
    return {
        "swagger": "2.0",
        "info": {"title": "notes", "version": "1.0"},
        "x-amazon-apigateway-binary-media-types": ["image/png"],
        "x-amazon-apigateway-minimum-compression-size": 1024,
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True},
            "none": {"validateRequestBody": False, "validateRequestParameters": False},
        },
        "x-amazon-apigateway-request-validator": "all",
        "x-amazon-apigateway-gateway-responses": {
            "DEFAULT_4XX": {"responseParameters": CORS},
            "BAD_REQUEST_BODY": {
                "statusCode": 400,
                "responseParameters": CORS,
                "responseTemplates": {"application/json": '{"title":"The body is not valid"}'},
            },
        },
        "securityDefinitions": {
            "sigv4": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "x-amazon-apigateway-authtype": "awsSigv4",
            }
        },
        "definitions": {"Content": {"type": "string", "minLength": 1}, "Note": note},
        "paths": {
            "/": {
                "post": signed
                | {
                    "operationId": "create_note",
                    "consumes": ["application/json"],
                    "parameters": [{"in": "body", "name": "Note", "schema": {"$ref": "#/definitions/Note"}}],
                },
                "options": preflight,
            },
            "/{note_id}": {
                "parameters": [{"in": "path", "name": "note_id", "required": True, "type": "string"}],
                "get": signed,
            },
            "/public/search": {
                "get": {
                    "parameters": [{"in": "query", "name": "q", "required": True, "type": "string"}],
                    "x-amazon-apigateway-integration": integration(arn),
                },
                "post": {
                    "x-amazon-apigateway-request-validator": "none",
                    "x-amazon-apigateway-integration": integration(arn),
                },
            },
        },
    }


def deploy(cloud: Cloud, definition: Document) -> Api:
    """Import `definition` and deploy it."""
    apis = cloud.client("apigateway")
    api_id = apis.import_rest_api(body=json.dumps(definition).encode())["id"]
    apis.create_deployment(restApiId=api_id, stageName="live")
    return Api(api_id, f"{cloud.url}/_aws/execute-api/{api_id}/live")


def signed(
    method: str, url: str, credentials: Credentials, body: str = "", sign_url: str | None = None
) -> requests.Response:
    """Call `url` with a signature over it (or over `sign_url`, to show that a wrong one is refused)."""
    request = AWSRequest(method, sign_url or url, data=body, headers={"Content-Type": "application/json"})
    SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
    return requests.request(method, url, data=body, headers=dict(request.headers), timeout=20)


def user(cloud: Cloud, name: str, *statements: Document) -> Credentials:
    """Credentials of a new IAM user with these statements."""
    iam = cloud.client("iam")
    iam.create_user(UserName=name)
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def session_client(cloud: Cloud, service: str, credentials: Credentials) -> Any:
    """A boto3 client with these credentials."""
    given = {
        "aws_access_key_id": credentials.access_key,
        "aws_secret_access_key": credentials.secret_key,
    } | ({"aws_session_token": credentials.token} if credentials.token else {})
    return cloud.client(service, **given)

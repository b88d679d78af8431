"""A custom domain name is called under a path of the local cloud's own address, whoever owns it."""

from dataclasses import dataclass

import pytest
import requests
from botocore.credentials import Credentials

from tests.local_cloud.apis import ECHO, Api, deploy, notes_definition, session_client, signed, user
from tests.local_cloud.conftest import Cloud, make_function
from tests.local_cloud.identity_pool import IdentityPool

DOMAIN = "dev.api.example.org"
ALLOW_INVOKE = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}


@dataclass(frozen=True)
class Named:
    """An API mapped to the base path `notes` of DOMAIN."""

    api: Api
    url: str


@pytest.fixture(scope="module")
def named(cloud: Cloud) -> Named:
    api = deploy(cloud, notes_definition(make_function(cloud, "named", ECHO)))
    apis = cloud.client("apigateway")
    apis.create_domain_name(domainName=DOMAIN, endpointConfiguration={"types": ["REGIONAL"]})
    apis.create_base_path_mapping(domainName=DOMAIN, basePath="notes", restApiId=api.id, stage="live")
    return Named(api, f"{cloud.url}/_api/{DOMAIN}/notes")


@pytest.fixture(scope="module")
def caller(cloud: Cloud, named: Named) -> Credentials:
    resource = f"arn:aws:execute-api:us-east-1:*:{named.api.id}/live/*"
    return user(cloud, "domain-caller", ALLOW_INVOKE | {"Resource": resource})


def test_an_anonymous_call_reaches_the_owners_api(named: Named) -> None:
    event = requests.get(f"{named.url}/public/search?q=a%20b", timeout=20).json()
    assert event["queryStringParameters"] == {"q": "a b"}
    assert event["path"] == "/notes/public/search"
    assert event["resource"] == "/public/search"
    assert event["requestContext"]["domainName"] == DOMAIN


def test_a_signature_is_checked_over_the_path_the_client_called(named: Named, caller: Credentials) -> None:
    answer = signed("GET", f"{named.url}/a%20b", caller)
    assert answer.status_code == 200
    assert answer.json()["pathParameters"] == {"note_id": "a b"}
    assert answer.json()["requestContext"]["identity"]["userArn"].endswith(":user/domain-caller")
    assert signed("GET", f"{named.url}/1", caller, sign_url=f"{named.url}/2").status_code == 403
    assert requests.get(f"{named.url}/1", timeout=20).status_code == 403


def test_an_identity_pools_session_is_named_to_the_function(cloud: Cloud, named: Named) -> None:
    identity, credentials = IdentityPool.make(cloud, "domains", ALLOW_INVOKE).sign_in()
    answer = signed("POST", f"{named.url}/", credentials, '{"content": "x"}')
    assert answer.json()["requestContext"]["identity"]["cognitoIdentityId"] == identity


def test_a_caller_without_the_right_is_denied(cloud: Cloud, named: Named) -> None:
    resource = f"arn:aws:execute-api:us-east-1:*:{named.api.id}/live/POST/*"
    stranger = user(cloud, "domain-stranger", ALLOW_INVOKE | {"Resource": resource})
    denied = signed("GET", f"{named.url}/1", stranger)
    assert denied.status_code == 403
    assert denied.headers["Access-Control-Allow-Origin"] == "https://app.example"


def test_a_role_of_another_account_is_denied(cloud: Cloud, named: Named) -> None:
    other = Cloud(cloud.port, cloud.state_dir)
    iam = other.client("iam", account="300000000003")
    iam.create_user(UserName="foreigner")
    iam.put_user_policy(
        UserName="foreigner",
        PolicyName="all",
        PolicyDocument='{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}',
    )
    key = iam.create_access_key(UserName="foreigner")["AccessKey"]
    foreigner = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    arn = session_client(other, "sts", foreigner).get_caller_identity()["Arn"]
    assert arn == "arn:aws:iam::300000000003:user/foreigner"
    assert signed("GET", f"{named.url}/1", foreigner).status_code == 403


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("path", ["unknown.example.org/notes/1", f"{DOMAIN}/absent/1", f"{DOMAIN}", ""])
def test_what_is_not_mapped_is_forbidden(cloud: Cloud, path: str) -> None:
    answer = requests.get(f"{cloud.url}/_api/{path}", timeout=10)
    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})


def test_a_preflight_reaches_the_api(named: Named) -> None:
    answer = requests.options(f"{named.url}/", timeout=10)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"


def test_a_mapping_can_be_moved_to_another_api(cloud: Cloud, named: Named) -> None:
    apis = cloud.client("apigateway")
    apis.create_base_path_mapping(domainName=DOMAIN, basePath="moved", restApiId=named.api.id, stage="live")
    other = deploy(cloud, notes_definition(make_function(cloud, "moved", ECHO)))
    changes = [{"op": "replace", "path": "/restapiId", "value": other.id}]
    apis.update_base_path_mapping(domainName=DOMAIN, basePath="moved", patchOperations=changes)
    url = f"{cloud.url}/_api/{DOMAIN}/moved/public/search?q=1"
    assert requests.get(url, timeout=20).json()["requestContext"]["apiId"] == other.id

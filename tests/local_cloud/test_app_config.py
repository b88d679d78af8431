"""AppConfig: versions, validation, deployments, and how a client gets what is deployed."""

import json
import time
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local_cloud.conftest import Cloud
from tests.local_cloud.roles import allow, clients_of, denied
from tools.local_cloud import control

SCHEMA = {"type": "object", "additionalProperties": {"type": "integer"}}


@dataclass(frozen=True)
class Place:
    """An application with one environment, one profile and an instant strategy."""

    store: Any
    data: Any
    application: str
    environment: str
    profile: str
    strategy: str

    @property
    def of_profile(self) -> dict[str, str]:
        return {"ApplicationId": self.application, "ConfigurationProfileId": self.profile}

    @property
    def of_environment(self) -> dict[str, str]:
        return {"ApplicationId": self.application, "EnvironmentId": self.environment}

    @property
    def arn(self) -> str:
        return f"arn:aws:appconfig:us-east-1:200000000002:application/{self.application}"

    @property
    def strategy_arn(self) -> str:
        return f"arn:aws:appconfig:us-east-1:200000000002:deploymentstrategy/{self.strategy}"

    @property
    def configuration_arn(self) -> str:
        return f"{self.arn}/environment/{self.environment}/configuration/{self.profile}"

    @property
    def session(self) -> dict[str, str]:
        return {
            "ApplicationIdentifier": self.application,
            "EnvironmentIdentifier": self.environment,
            "ConfigurationProfileIdentifier": self.profile,
        }

    def add(self, value: Any, after: int | None = None) -> int:
        latest = {} if after is None else {"LatestVersionNumber": after}
        made = self.store.create_hosted_configuration_version(
            **self.of_profile, **latest, Content=json.dumps(value).encode(), ContentType="application/json"
        )
        number: int = made["VersionNumber"]
        return number

    def deployment(self, version: int) -> dict[str, Any]:
        """What StartDeployment takes."""
        return {
            **self.of_environment,
            "ConfigurationProfileId": self.profile,
            "ConfigurationVersion": str(version),
            "DeploymentStrategyId": self.strategy,
        }


@pytest.fixture
def place(cloud: Cloud) -> Place:
    store, data = cloud.client("appconfig"), cloud.client("appconfigdata")
    application = store.create_application(Name=uuid4().hex)["Id"]
    return Place(
        store,
        data,
        application,
        store.create_environment(ApplicationId=application, Name="e")["Id"],
        store.create_configuration_profile(
            ApplicationId=application,
            Name="p",
            LocationUri="hosted",
            Validators=[{"Type": "JSON_SCHEMA", "Content": json.dumps(SCHEMA)}],
        )["Id"],
        store.create_deployment_strategy(
            Name=uuid4().hex, DeploymentDurationInMinutes=0, GrowthFactor=100, ReplicateTo="NONE"
        )["Id"],
    )


def refused(error: pytest.ExceptionInfo[ClientError], code: str, words: str) -> None:
    assert error.value.response["Error"]["Code"] == code
    assert words in error.value.response["Error"]["Message"]


def test_a_version_is_added_to_the_one_that_was_read_or_not_at_all(place: Place) -> None:
    assert place.add({"a": 1}) == 1
    assert place.add({"a": 2}, after=1) == 2
    with pytest.raises(ClientError) as error:
        place.add({"a": 3}, after=1)
    refused(error, "ConflictException", "latest version is 2")
    assert place.add({"a": 3}) == 3


def test_what_the_schema_refuses_is_not_deployed(place: Place) -> None:
    with pytest.raises(ClientError) as error:
        place.store.start_deployment(**place.deployment(place.add({"a": "text"})))
    refused(error, "BadRequestException", "validator")
    with pytest.raises(ClientError) as error:
        place.store.start_deployment(**place.deployment(7))
    refused(error, "ResourceNotFoundException", "7")


def test_an_instant_deployment_is_complete_at_once(place: Place) -> None:
    started = place.store.start_deployment(**place.deployment(place.add({"a": 1})))
    assert started["State"] == "COMPLETE"
    with pytest.raises(ClientError) as error:
        place.store.start_deployment(**place.deployment(1), LatestDeploymentNumber=7)
    refused(error, "ConflictException", "")


def test_lists_have_the_newest_first_page_by_page(place: Place) -> None:
    for number in range(1, 61):
        place.store.start_deployment(**place.deployment(place.add({"a": number})))
    newest = place.store.list_deployments(**place.of_environment, MaxResults=1)
    assert [item["DeploymentNumber"] for item in newest["Items"]] == [60]
    assert newest["NextToken"]
    pages = place.store.get_paginator("list_hosted_configuration_versions").paginate(**place.of_profile)
    sizes = [[item["VersionNumber"] for item in page["Items"]] for page in pages]
    assert [len(page) for page in sizes] == [50, 10]
    assert [number for page in sizes for number in page] == [*range(60, 0, -1)]


def test_a_profile_with_versions_is_not_deleted(place: Place) -> None:
    place.add({"a": 1})
    with pytest.raises(ClientError) as error:
        place.store.delete_configuration_profile(**place.of_profile)
    refused(error, "BadRequestException", "still hosted configuration versions")
    place.store.delete_hosted_configuration_version(**place.of_profile, VersionNumber=1)
    place.store.delete_configuration_profile(**place.of_profile)


def read(place: Place, token: str) -> tuple[bytes, str]:
    answer = place.data.get_latest_configuration(ConfigurationToken=token)
    return answer["Configuration"].read(), answer["NextPollConfigurationToken"]


def test_a_client_gets_what_is_new_and_each_token_works_once(place: Place) -> None:
    first = place.data.start_configuration_session(**place.session)["InitialConfigurationToken"]
    nothing, token = read(place, first)
    assert nothing == b""
    place.store.start_deployment(**place.deployment(place.add({"a": 1})))
    content, after = read(place, token)
    assert json.loads(content) == {"a": 1}
    assert read(place, after)[0] == b""
    with pytest.raises(ClientError) as error:
        read(place, token)
    refused(error, "BadRequestException", "")


def test_a_client_that_asks_before_its_interval_is_refused(place: Place) -> None:
    session = place.data.start_configuration_session(**place.session, RequiredMinimumPollIntervalInSeconds=15)
    _, token = read(place, session["InitialConfigurationToken"])
    with pytest.raises(ClientError) as error:
        read(place, token)
    refused(error, "BadRequestException", "early")


def test_reading_is_a_right_on_exactly_that_configuration(cloud: Cloud, place: Place) -> None:
    actions = ["appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration"]
    right = clients_of(cloud, uuid4().hex, [allow(actions, place.configuration_arn)])("appconfigdata")
    other = f"{place.arn}/environment/other/configuration/{place.profile}"
    wrong = clients_of(cloud, uuid4().hex, [allow(actions, other)])("appconfigdata")
    start = clients_of(cloud, uuid4().hex, [allow(actions[:1], place.configuration_arn)])("appconfigdata")

    token = right.start_configuration_session(**place.session)["InitialConfigurationToken"]
    assert denied(lambda: wrong.get_latest_configuration(ConfigurationToken=token))
    assert denied(lambda: wrong.start_configuration_session(**place.session))
    token = start.start_configuration_session(**place.session)["InitialConfigurationToken"]
    assert denied(lambda: start.get_latest_configuration(ConfigurationToken=token))
    assert not denied(lambda: right.get_latest_configuration(ConfigurationToken=token))


def test_a_deployment_takes_rights_on_all_that_it_uses(cloud: Cloud, place: Place) -> None:
    version = place.add({"a": 1})
    needed = [
        place.arn,
        f"{place.arn}/environment/{place.environment}",
        f"{place.arn}/configurationprofile/{place.profile}",
        place.strategy_arn,
    ]
    for lacking in ["", *needed]:
        statements = [allow("appconfig:StartDeployment", one) for one in needed if one != lacking]
        store = clients_of(cloud, uuid4().hex, statements)("appconfig")
        assert denied(partial(store.start_deployment, **place.deployment(version))) == bool(lacking)


def test_versions_tags_and_strategies_have_resources(cloud: Cloud, place: Place) -> None:
    place.add({"a": 1})
    version = f"{place.arn}/configurationprofile/{place.profile}/hostedconfigurationversion/1"
    store = clients_of(
        cloud,
        uuid4().hex,
        [
            allow("appconfig:GetHostedConfigurationVersion", version),
            allow("appconfig:ListTagsForResource", place.arn),
            allow("appconfig:DeleteDeploymentStrategy", place.strategy_arn),
        ],
    )("appconfig")
    store.get_hosted_configuration_version(**place.of_profile, VersionNumber=1)
    assert denied(lambda: store.get_hosted_configuration_version(**place.of_profile, VersionNumber=2))
    store.list_tags_for_resource(ResourceArn=place.arn)
    assert denied(lambda: store.list_tags_for_resource(ResourceArn=place.strategy_arn))
    store.delete_deployment_strategy(DeploymentStrategyId=place.strategy)


def test_making_something_with_tags_takes_the_right_to_tag(cloud: Cloud) -> None:
    plain = clients_of(cloud, uuid4().hex, [allow("appconfig:CreateApplication")])("appconfig")
    both = clients_of(cloud, uuid4().hex, [allow(["appconfig:CreateApplication", "appconfig:TagResource"])])(
        "appconfig"
    )
    assert not denied(lambda: plain.create_application(Name="plain"))
    assert denied(lambda: plain.create_application(Name="tagged", Tags={"project": "notes"}))
    assert not denied(lambda: both.create_application(Name="tagged", Tags={"project": "notes"}))


def test_another_account_sees_nothing_of_it(cloud: Cloud, place: Place) -> None:
    elsewhere = cloud.client("appconfig", account="300000000003")
    assert place.application not in [one["Id"] for one in elsewhere.list_applications()["Items"]]
    with pytest.raises(ClientError):
        elsewhere.get_application(ApplicationId=place.application)


def test_what_is_deployed_outlives_a_restart(cloud: Cloud, place: Place) -> None:
    place.store.start_deployment(**place.deployment(place.add({"a": 1})))
    token = place.data.start_configuration_session(**place.session)["InitialConfigurationToken"]
    time.sleep(0.1)
    control.stop(cloud.port, cloud.state_dir)
    control.start(cloud.port, cloud.state_dir)

    with pytest.raises(ClientError) as error:
        read(place, token)
    refused(error, "BadRequestException", "")  # as with a token that has expired
    token = place.data.start_configuration_session(**place.session)["InitialConfigurationToken"]
    assert json.loads(read(place, token)[0]) == {"a": 1}
    assert place.add({"a": 2}, after=1) == 2

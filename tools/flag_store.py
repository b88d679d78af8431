"""Feature flags of a stage: read and changed in AppConfig, never by Terraform.

Which flags there are, the code says (shared/flags.py). All values of a stage are one document. A change adds
a version of it and deploys that at once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared import flags
from shared.flags import Audience
from tools.cloud import client
from tools.errors import ToolError
from tools.layers import Layers

_ATTEMPTS = 10
_DEPLOY_SECONDS = 120
_LOOK_SECONDS = 0.5
_IN_PROGRESS = ("DEPLOYING", "BAKING", "VALIDATING", "ROLLING_BACK")


@dataclass(frozen=True)
class Values:
    """The newest version of a stage's values, 0 for none, and whether AppConfig gives that to functions."""

    audiences: Mapping[str, Audience]
    version: int
    in_use: bool


def read(layers: Layers) -> Values:
    """The stage's values. Raises ToolError where it is not deployed, or by a checkout that had no flags."""
    place = _Place.of(layers)
    version = place.newest_version()
    return Values(place.content(version), version, place.newest_deployment().gives(version))


def change(layers: Layers, name: str, audience: Audience) -> bool:
    """Set a flag and wait until AppConfig gives it out; False where it was so already.

    Of two changes at once none is lost: a version is only added to the one that was read.
    https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_CreateHostedConfigurationVersion.html
    """
    place = _Place.of(layers)
    for _ in range(_ATTEMPTS):
        version = place.newest_version()
        audiences = place.content(version)
        same = audiences.get(name) == audience
        if same and place.newest_deployment().gives(version):
            return False
        if same or place.add({**audiences, name: audience}, version):
            place.deploy_newest()
            return True
    raise ToolError(
        f"Others keep changing flags of {layers.stage.name}; {name} is as it was.",
        "Run the same command again.",
    )


def clear(layers: Layers, outputs: Mapping[str, Any]) -> None:
    """Delete every version, without which AppConfig deletes no profile; the values stay with nobody.

    `outputs` are those of the stage layer, as far as it is there.
    """
    if "feature_flags" not in outputs:
        return
    place = _Place.of(layers, outputs)
    try:
        for version in place.versions():
            place.store.delete_hosted_configuration_version(**place.profile, VersionNumber=version)
    except place.store.exceptions.ResourceNotFoundException:
        return


@dataclass(frozen=True)
class _Deployment:
    number: int = 0
    version: str = ""
    state: str = ""

    def gives(self, version: int) -> bool:
        """Whether this is what functions get, and it has that version of the values."""
        return not version or (self.state, self.version) == ("COMPLETE", str(version))


@dataclass(frozen=True)
class _Place:
    """Where a stage's values lie."""

    store: Any
    stage: str
    profile: Mapping[str, str]
    environment: Mapping[str, str]
    strategy: str

    @classmethod
    def of(cls, layers: Layers, outputs: Mapping[str, Any] | None = None) -> _Place:
        found = (layers.stage_outputs() if outputs is None else outputs).get("feature_flags")
        if found is None:
            raise ToolError(
                f"{layers.stage.name} was deployed by a checkout without feature flags.",
                f"Run: {layers.command('deploy')}",
            )
        application = {"ApplicationId": found["application_id"]}
        return cls(
            client(layers.cloud, layers.stage.account, "appconfig"),
            layers.stage.name,
            {**application, "ConfigurationProfileId": found["profile_id"]},
            {**application, "EnvironmentId": found["environment_id"]},
            layers.account_outputs().get("flag_strategy_id", ""),
        )

    def versions(self) -> list[int]:
        pages = self.store.get_paginator("list_hosted_configuration_versions").paginate(**self.profile)
        return [item["VersionNumber"] for page in pages for item in page["Items"]]

    def newest_version(self) -> int:
        return max(self.versions(), default=0)

    def content(self, version: int) -> dict[str, Audience]:
        if not version:
            return {}
        found = self.store.get_hosted_configuration_version(**self.profile, VersionNumber=version)
        return flags.read(found["Content"].read())

    def add(self, audiences: Mapping[str, Audience], after: int) -> bool:
        """Make the version after `after`; False where somebody else has."""
        latest = {"LatestVersionNumber": after} if after else {}
        try:
            self.store.create_hosted_configuration_version(
                **self.profile,
                **latest,
                ContentType="application/json",
                Content=flags.write(audiences).encode(),
            )
        except self.store.exceptions.ConflictException:
            return False
        return True

    def newest_deployment(self) -> _Deployment:
        """The first one listed: https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_ListDeployments.html"""
        found = self.store.list_deployments(**self.environment, MaxResults=1)["Items"]
        if not found:
            return _Deployment()
        return _Deployment(found[0]["DeploymentNumber"], found[0]["ConfigurationVersion"], found[0]["State"])

    def deploy_newest(self) -> None:
        """Have AppConfig give out the newest version, this one's or one that came after it meanwhile."""
        deadline = time.monotonic() + _DEPLOY_SECONDS
        while time.monotonic() < deadline:
            deployment, version = self.newest_deployment(), self.newest_version()
            if deployment.gives(version):
                return
            if deployment.state in _IN_PROGRESS or not self._start(version, deployment.number):
                time.sleep(_LOOK_SECONDS)
        raise ToolError(
            f"AppConfig has not put the flags of {self.stage} to use within {_DEPLOY_SECONDS} seconds.",
            "They are stored. Run the same command again.",
        )

    def _start(self, version: int, after: int) -> bool:
        """False where another deployment began since number `after`."""
        latest = {"LatestDeploymentNumber": after} if after else {}
        try:
            self.store.start_deployment(
                **self.environment,
                **latest,
                ConfigurationProfileId=self.profile["ConfigurationProfileId"],
                ConfigurationVersion=str(version),
                DeploymentStrategyId=self.strategy,
            )
        except self.store.exceptions.ConflictException:
            return False
        return True

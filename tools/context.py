"""What every command is called with: ENV, CLOUD and LOCAL_PORT."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property

from tools import cloud as clouds
from tools import stage_records, stages
from tools.cloud import Cloud, LocalCloud
from tools.errors import ToolError, UsageError
from tools.layers import Layers
from tools.local_cloud import control
from tools.local_cloud.errors import LocalCloudError
from tools.names import Trial
from tools.paths import local_state
from tools.roles import Role
from tools.stages import Organisation, Stage


@dataclass(frozen=True)
class Context:
    """The stage and the cloud that the user named, looked up when a command first needs them."""

    env: str
    cloud_name: str
    trial: str = ""  # the stage that a command deploys by itself and calls another one for

    @cached_property
    def organisation(self) -> Organisation:
        """stages.toml."""
        return stages.load()

    @cached_property
    def stage(self) -> Stage:
        """The stage that ENV names. Raises UsageError when it is missing or no stage name."""
        if not self.env:
            raise UsageError("Which stage? ENV is missing.", "For example: ENV=local, ENV=dev, ENV=pr-42.")
        if self.env in set(Trial) and self.env != self.trial:
            raise UsageError(
                f"ENV={self.env} is not a stage name: make {self.env.partition('-')[0]} deploys and destroys "
                "a stage of that name.",
                "Choose another name, for example: ENV=pr-42.",
            )
        return self.organisation.stage(self.env)

    @cached_property
    def cloud(self) -> Cloud:
        """The cloud that CLOUD names."""
        return clouds.choose(
            self.env, self.cloud_name, self.organisation.project, self.organisation.region, os.environ
        )

    def layers_as(self, role: Role) -> Layers:
        """The stage's layers, with the storage that it has, reached with a role's rights."""
        name = self.stage.name  # a wrong one is told before the local cloud is started
        cloud, wanted = self.cloud_as(role), os.environ.get("STORAGE", "")
        return Layers(
            self.organisation, cloud, stage_records.stage_of(self.organisation, cloud, name, wanted)
        )

    def listed_as(self, role: Role) -> Layers:
        """The stage's layers as stages.toml has them: for who may come before anything is in the cloud."""
        stage = self.stage  # a wrong one is told before the local cloud is started
        return Layers(self.organisation, self.cloud_as(role), stage)

    def cloud_as(self, role: Role) -> Cloud:
        """The cloud, reached with a role's rights and answering: the local one is started where needed."""
        if isinstance(self.cloud, LocalCloud):
            start_local_cloud(self.cloud.port)
        return self.cloud.acting_as(role)


def start_local_cloud(port: int) -> bool:
    """Start the local cloud unless it runs; True if this started it. Raises ToolError if it cannot."""
    try:
        return control.ensure_running(port, local_state(port))
    except LocalCloudError as error:
        raise ToolError(error.message) from error

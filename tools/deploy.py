"""Deploy a stage: every layer from the bottom up, services in the order of their references."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from botocore.exceptions import ClientError

from tools import (
    accounts,
    applied,
    fingerprints,
    packaging,
    references,
    release,
    render,
    secret_store,
    state_bucket,
    units,
)
from tools.cloud import client
from tools.graph import Outcome, Report, Task, run
from tools.layers import Layers, package_key
from tools.packaging import Package
from tools.paths import BUILD
from tools.render import Rendered
from tools.stages import Account
from tools.terraform import Unit


def deploy(
    layers: Layers, report: Report, force: bool = False, before_each: Callable[[], None] = lambda: None
) -> Outcome:
    """Deploy everything that `layers` needs, with the stages that play what it calls.

    `before_each` stops it between two steps by raising ToolError.
    """
    tasks = {
        task.name: task for whole in [*layers.players, layers] for task in _Deployment(whole, force).tasks()
    }
    return run(tasks.values(), report, before_each=before_each)


@dataclass(frozen=True)
class _Deployment:
    layers: Layers
    force: bool

    def tasks(self) -> Iterator[Task]:
        layers, stage = self.layers, self.layers.stage.name
        account = accounts.task_name(layers)
        yield from accounts.tasks(layers, self.force)
        below = {account}
        storage = layers.storage()
        if storage is not None:
            yield Task(f"{stage} storage", partial(self._unit, storage))
            below.add(f"{stage} storage")
        yield Task(f"{stage} stage", lambda: self._unit(layers.stage_unit()), frozenset({account}))
        below.add(f"{stage} stage")
        for service in layers.services:
            libraries = f"{service.name} libraries"
            yield Task(libraries, partial(self._libraries, service))
            yield Task(
                f"{stage} {service.name}",
                partial(self._service, service),
                frozenset({*below, libraries, *self._services_before(service)}),
            )
        if layers.stage.storage_stage is not None:
            yield Task(f"{stage} secrets", self._secrets, frozenset({*below, *self._stripe()}))

    def _unit(self, unit: Unit) -> str:
        return units.bring_up(self.layers, unit, self.force)

    def _libraries(self, service: Path) -> str:
        packaging.dependencies(service, packaging.needs_host_build(self.layers.cloud.endpoint_url))
        return "installed"

    def _service(self, service: Path) -> str:
        layers, account, key = self.layers, self.layers.stage.account, self.layers.service_key(service)
        rendered = rendered_for(layers, service)
        for_host = packaging.needs_host_build(layers.cloud.endpoint_url)
        variables = layers.service_variables(service, rendered.base_path)
        fingerprint = fingerprints.of_service(service, rendered, for_host, "service", variables)
        if not self.force and applied.is_current(layers.cloud, account, key, fingerprint):
            return units.UNCHANGED
        unit, package = build(layers, service, rendered)
        self._upload(account, package_key(service, package), package)
        words = units.plan_and_apply(layers, unit)
        moved = release.point_live(layers.cloud, account, layers.read(unit)["functions"])
        applied.record(layers.cloud, account, key, fingerprint)
        return f"{words}, live moved" if moved else words

    def _upload(self, account: Account, key: str, package: Package) -> None:
        bucket = self.layers.account_outputs()["artifact_bucket_name"]
        s3 = client(self.layers.cloud, account, "s3")
        try:
            s3.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
            s3.upload_file(str(package.archive), bucket, key)

    def _secrets(self) -> str:
        layers = self.layers
        mocks = layers.organisation.mocks
        if layers.stage.settings.mocks or layers.cloud.endpoint_url is not None:
            url = (
                layers.service_outputs()["stripe_mock"]["api_url"]
                if layers.stage.settings.mocks
                else layers.mocked_url(next(iter(mocks)))
            )
            filled = secret_store.fill_in_tests(layers, url)
            return f"test values for {', '.join(filled)}" if filled else "unchanged"
        lacking = secret_store.missing(layers)
        if not lacking:
            return "unchanged"
        commands = "; ".join(layers.command("secret", NAME=name) for name in lacking)
        return f"without a value: {', '.join(lacking)}. Set them: {commands}"

    def _services_before(self, service: Path) -> set[str]:
        """The deployments that answer the service's references."""
        return {self._task_of(name) for name in references.services_before(service)}

    def _stripe(self) -> set[str]:
        return {self._task_of(name) for name in self.layers.organisation.mocks}

    def _task_of(self, service: str) -> str:
        layers = self.layers
        played = service in layers.organisation.mocks and not layers.stage.settings.mocks
        stage = layers.player(service).stage.name if played else layers.stage.name
        return f"{stage} {service}"


def rendered_for(layers: Layers, service: Path) -> Rendered:
    """Render a service's configuration for the stage, into its `.chalice` folder too."""
    rendered = render.render(service, layers.names(service))
    render.write(service / ".chalice", layers.stage.name, rendered)
    return rendered


def build(layers: Layers, service: Path, rendered: Rendered) -> tuple[Unit, Package]:
    """Package a service for the stage; returns the unit that deploys it."""
    package = packaging.package(
        service,
        layers.stage.name,
        rendered,
        layers.cloud.environment(layers.stage.account),
        layers.stage.settings.allowed_origins,
        BUILD / "packages" / state_bucket.cloud_id(layers.cloud) / layers.stage.name / service.name,
        packaging.needs_host_build(layers.cloud.endpoint_url),
    )
    return layers.service(service, package, rendered.base_path), package

"""Deploy one service, once it has its secrets: render, package, upload, apply, point `live` to it."""

from __future__ import annotations

from pathlib import Path

from botocore.exceptions import ClientError

from tools import (
    applied,
    fingerprints,
    packaging,
    readings,
    release,
    render,
    secret_store,
    state_bucket,
    units,
)
from tools.cloud import client
from tools.errors import ToolError
from tools.graph import Skipped
from tools.layers import Layers, package_key
from tools.packaging import Package
from tools.paths import BUILD
from tools.render import Rendered
from tools.stages import Account
from tools.terraform import Unit


def deploy(layers: Layers, service: Path, force: bool) -> str:
    """Deploy the service unless it is as this checkout describes it; returns what was done, in words."""
    account, key = layers.stage.account, layers.service_key(service)
    with readings.noted() as reads:
        rendered = rendered_for(layers, service)
        fingerprint = _fingerprint(layers, service, rendered)
    filled = secret_store.require(layers, service)
    secrets = f", test values for {', '.join(filled)}" if filled else ""
    if not force and applied.is_current(layers.cloud, account, key, fingerprint):
        return f"{units.UNCHANGED}{secrets}" if filled else units.UNCHANGED
    unit, package = build(layers, service, rendered)
    _upload(layers, account, package_key(service, package), package)
    words = units.plan_and_apply(layers, unit)
    moved = release.point_live(layers.cloud, account, layers.read(unit)["functions"])
    applied.record(layers.cloud, account, key, fingerprint, reads)
    return words + (", live moved" if moved else "") + secrets


def look_at(layers: Layers, service: Path) -> str:
    """Say whether a service that is not to be deployed, but read from, is as this checkout describes it.

    Raises ToolError where it is not deployed at all.
    """
    account, key = layers.stage.account, layers.service_key(service)
    again = layers.command("deploy", SERVICE=service.name)
    if state_bucket.outputs(layers.cloud, account, key) is None:
        raise ToolError(
            f"{service.name} is not deployed, and what was selected reads from it.", f"Run: {again}"
        )
    fingerprint = _fingerprint(layers, service, rendered_for(layers, service))
    if applied.is_current(layers.cloud, account, key, fingerprint):
        return units.UNCHANGED
    return Skipped(f"not selected, and stale: this checkout has another. Deploy it: {again}")


def libraries(layers: Layers, service: Path) -> str:
    """Install what the service requires."""
    packaging.dependencies(service, packaging.needs_host_build(layers.cloud.endpoint_url))
    return Skipped("installed")


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


def _fingerprint(layers: Layers, service: Path, rendered: Rendered) -> str:
    for_host = packaging.needs_host_build(layers.cloud.endpoint_url)
    variables = layers.service_variables(service, rendered.base_path)
    origins = layers.stage.settings.allowed_origins
    return fingerprints.of_service(service, rendered, origins, for_host, "service", variables)


def _upload(layers: Layers, account: Account, key: str, package: Package) -> None:
    bucket = layers.account_outputs()["artifact_bucket_name"]
    s3 = client(layers.cloud, account, "s3")
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        s3.upload_file(str(package.archive), bucket, key)

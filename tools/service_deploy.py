"""Deploy one service, once it has its secrets: render, package, upload, apply, let callers get it.

Where the stage wants a canary, what callers get is left to the release (tools/releasing.py).
"""

from __future__ import annotations

from pathlib import Path

from tools import (
    applied,
    artifacts,
    environments,
    fingerprints,
    live,
    packaging,
    readings,
    render,
    secret_store,
    state_bucket,
    units,
)
from tools.errors import ToolError
from tools.graph import Skipped
from tools.layers import Layers
from tools.packaging import Package
from tools.paths import BUILD
from tools.render import Rendered
from tools.terraform_unit import Unit


def deploy(layers: Layers, service: Path, force: bool) -> str:
    """Deploy the service unless it is as this checkout describes it; returns what was done, in words."""
    account, key = layers.stage.account, layers.service_key(service)
    with readings.noted() as reads:
        rendered = rendered_for(layers, service)
        fingerprint = _fingerprint(layers, service, rendered)
    filled = secret_store.require(layers, service)
    secrets = f", test values for {', '.join(filled)}" if filled else ""
    if not force and _is_current(layers, service, fingerprint):
        moved = _let_callers_get(layers, service)
        return f"{units.UNCHANGED}{moved}{secrets}" if filled or moved else units.UNCHANGED
    unit, package = _build(layers, service, rendered, fingerprint)
    artifacts.upload(layers, service.name, package.sha256, package.archive)
    words = units.plan_and_apply(layers, unit)
    moved = _let_callers_get(layers, service)
    built = {"package": package.sha256, "api": package.api}
    applied.record(layers.cloud, account, key, fingerprint, reads, built)
    return f"{words}{moved}{secrets}"


def _let_callers_get(layers: Layers, service: Path) -> str:
    """Move callers to what was deployed, unless a canary does that; in words."""
    if layers.stage.settings.canary:
        return ""
    account, outputs = layers.stage.account, layers.service_outputs()[service.name]
    moved = live.move(layers.cloud, account, live.newest(layers.cloud, account, outputs))
    return ", live moved" if moved else ""


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
    if is_current(layers, service):
        return units.UNCHANGED
    return Skipped(f"not selected, and stale: this checkout has another. Deploy it: {again}")


def is_current(layers: Layers, service: Path) -> bool:
    """Whether what is deployed is what this checkout, or the release that is being promoted, describes."""
    return _is_current(layers, service, _fingerprint(layers, service, rendered_for(layers, service)))


def libraries(layers: Layers, service: Path) -> str:
    """Install what the service requires."""
    if layers.release is not None:
        return Skipped("released")
    packaging.dependencies(service, packaging.needs_host_build(layers.cloud.endpoint_url))
    return Skipped("installed")


def rendered_for(layers: Layers, service: Path) -> Rendered:
    """Render a service's configuration for the stage, into its `.chalice` folder too."""
    rendered = render.render(service, layers.names(service))
    render.write(service / ".chalice", layers.stage.name, rendered)
    return rendered


def unit_of(layers: Layers, service: Path) -> Unit:
    """Package a service for the stage; returns the unit that deploys it."""
    rendered = rendered_for(layers, service)
    return _build(layers, service, rendered, _fingerprint(layers, service, rendered))[0]


def _build(layers: Layers, service: Path, rendered: Rendered, fingerprint: str) -> tuple[Unit, Package]:
    package = packaging.package(
        service,
        layers.stage.name,
        rendered,
        environments.without_aws(layers.cloud.region),
        layers.stage.settings.allowed_origins,
        BUILD / "packages" / state_bucket.cloud_id(layers.cloud) / layers.stage.name / service.name,
        packaging.needs_host_build(layers.cloud.endpoint_url),
        fingerprint,
        _released(layers, service),
    )
    return layers.service(service, package, rendered.base_path), package


def _fingerprint(layers: Layers, service: Path, rendered: Rendered) -> str:
    for_host = packaging.needs_host_build(layers.cloud.endpoint_url)
    variables = layers.service_variables(service, rendered.base_path)
    origins = layers.stage.settings.allowed_origins
    if layers.release is not None:
        variables = {**variables, "package": layers.release.services[service.name].package}
    return fingerprints.of_service(service, rendered, origins, for_host, "service", variables)


def _is_current(layers: Layers, service: Path, fingerprint: str) -> bool:
    account, key = layers.stage.account, layers.service_key(service)
    return applied.is_current(layers.cloud, account, key, fingerprint, having=("reads", "built"))


def _released(layers: Layers, service: Path) -> Path | None:
    """The release's zip, byte for byte; None where the checkout is what is deployed."""
    if layers.release is None:
        return None
    return artifacts.fetched(layers, service.name, layers.release.services[service.name].package)

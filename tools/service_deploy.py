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
    pausing,
    publication,
    readings,
    render,
    secret_store,
    state_bucket,
    state_correction,
    units,
)
from tools.errors import ToolError
from tools.graph import Skipped
from tools.layers import Layers
from tools.live import Outputs, Standing
from tools.packaging import Package
from tools.paths import BUILD
from tools.publication import Publication
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
    last = published(layers, service)
    if not force and last and _is_current(layers, service, fingerprint) and _stands(layers, service, last):
        moved, paused = _let_callers_get(layers, last), _keep_paused(layers, service)
        return f"{units.UNCHANGED}{moved}{secrets}{paused}" if filled or moved or paused else units.UNCHANGED
    unit, package = _build(layers, service, rendered, fingerprint)
    artifacts.upload(layers, service.name, package.sha256, package.archive)
    imported_anew = False

    def correct(unfinished: bool) -> str:
        nonlocal imported_anew
        imported_anew = force or unfinished
        return state_correction.correct(layers.cloud, unit, imported_anew)

    words = units.plan_and_apply(layers, unit, correct)
    paused = _keep_paused(layers, service)
    outputs = layers.read(unit)
    made = publication.publish(layers.cloud, account, outputs, package.sha256_base64, last, imported_anew)
    moved = _let_callers_get(layers, made)
    built = {"package": package.sha256, "api": package.api}
    kept = {"built": built, "published": made.recorded()}
    applied.record(layers.cloud, account, key, fingerprint, reads, kept)
    return f"{words}{moved}{secrets}{paused}"


def _keep_paused(layers: Layers, service: Path) -> str:
    """A service that was paused while it was deployed was perhaps applied as one that is not; in words."""
    return ", paused" if pausing.enforce(layers, service.name) else ""


def published(layers: Layers, service: Path) -> Publication | None:
    """What the last deploy of the service has published; None where none was recorded."""
    record = applied.read(layers.cloud, layers.stage.account, layers.service_key(service))
    return publication.parsed(record)


def standing(layers: Layers, service: Path, outputs: Outputs) -> Standing:
    """What callers are to get of what was deployed last."""
    account, last = layers.stage.account, published(layers, service)
    if last is None:  # deployed before that was recorded
        return publication.unrecorded(layers.cloud, account, outputs)
    return last.standing


def waiting(layers: Layers, service: Path) -> list[str]:
    """What was deployed of a service and callers do not get: a deploy would give it to them. In words."""
    outputs, last = layers.service_outputs().get(service.name), published(layers, service)
    if outputs is None or last is None:
        return []
    present = live.present(layers.cloud, layers.stage.account, outputs)
    missing = last.standing - present
    words = [
        f"callers of {name} get version {present.functions.get(name, '-')} instead of {version}, "
        "which was deployed"
        for name, version in missing.functions.items()
    ]
    return words + [
        f"callers of the API {api} get another description than was deployed" for api in missing.apis
    ]


def _stands(layers: Layers, service: Path, last: Publication) -> bool:
    """Whether nobody has removed what was published, or what callers reach it by."""
    account, outputs = layers.stage.account, layers.service_outputs()[service.name]
    present = live.present(layers.cloud, account, outputs)
    return publication.stands(layers.cloud, account, last, present)


def _let_callers_get(layers: Layers, made: Publication) -> str:
    """Move callers to what was deployed, unless a canary does that; in words."""
    if layers.stage.settings.canary:
        return ""
    return ", live moved" if live.move(layers.cloud, layers.stage.account, made.standing) else ""


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
    return applied.is_current(layers.cloud, account, key, fingerprint, having=("reads", "built", "published"))


def _released(layers: Layers, service: Path) -> Path | None:
    """The release's zip, byte for byte; None where the checkout is what is deployed."""
    if layers.release is None:
        return None
    return artifacts.fetched(layers, service.name, layers.release.services[service.name].package)

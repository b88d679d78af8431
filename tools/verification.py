"""Whether callers of a stage get exactly the release that is meant to be live.

Deploy, promotion and rollback check it before they report success; plan, drift and releases report it.
Versions are compared by what they run and APIs by what they serve, never by a number or a label.
"""

from __future__ import annotations

import concurrent.futures
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tools import (
    api_exports,
    applied,
    canary,
    histories,
    live,
    live_release,
    pausing,
    publication,
    state_bucket,
    versions,
)
from tools.api_exports import Document
from tools.histories import Entry
from tools.layers import Layers
from tools.live import Outputs, Standing
from tools.live_release import Record, Served, Service
from tools.names import service_key
from tools.versions import Content

_AT_ONCE = 10  # requests side by side, as many as a client of boto3 has connections

Faults = Mapping[str, Sequence[str]]  # by service, in words


@dataclass(frozen=True)
class Live:
    """The release that is meant to be live, and why callers do not get it."""

    meant: Entry | None
    faults: Faults = field(default_factory=dict)
    on_its_way: Entry | None = None  # a canary decides what callers get until it has ended

    @property
    def entry(self) -> Entry | None:
        """The release that callers get as a whole."""
        return None if self.faults or self.on_its_way else self.meant

    @property
    def words(self) -> list[str]:
        """What differs, a line each."""
        return lines(self.faults)


@dataclass(frozen=True)
class Got:
    """What callers get of a service: where `live` and the API's stage point to, and what is there."""

    standing: Standing
    functions: Mapping[str, Content]
    apis: Mapping[str, Document]

    @property
    def service(self) -> Service:
        """As it is kept of a release."""
        served = {
            api: Served(self.standing.apis[api], api_exports.digest(document))
            for api, document in self.apis.items()
        }
        return Service(self.functions, served)


def lines(faults: Faults) -> list[str]:
    """The faults, a line each."""
    return [f"{service}: {fault}" for service, found in faults.items() for fault in found]


def look(layers: Layers, entries: Sequence[Entry] | None = None) -> Live:
    """The release that is meant to be live, compared with what callers get.

    `entries` is the stage's history, where it was read already.
    """
    entries = histories.read(layers) if entries is None else entries
    entries = [canary.as_it_ended(layers, entry) for entry in entries]
    record = live_release.read(layers)
    newest = max(
        (entry for entry in entries if entry.status == "released"), key=lambda entry: entry.at, default=None
    )
    moving = next((entry for entry in entries if entry.status == "moving"), None)
    if moving is not None:
        return Live(newest, on_its_way=moving)
    if record is None:  # from before there were records: then what callers get tells which one is live
        newest = histories.standing_as(entries, histories.present(layers)) or newest
    if newest is not None and (record is None or newest.at > record.at):
        return Live(newest, compare(layers, newest)[1])
    if record is None:
        return Live(None)
    meant = next((entry for entry in entries if entry.release.id == record.release), None)
    return Live(meant, _differing(layers, record))


def current(layers: Layers, entries: Sequence[Entry] | None = None) -> Entry | None:
    """The release of which callers get all; None where they get no release as a whole."""
    return look(layers, entries).entry


def compare(layers: Layers, entry: Entry) -> tuple[dict[str, Service], Faults]:
    """What callers get of each service of a release, and how that is not the release.

    Functions run the package of the release with the configuration of the version that was published for it;
    APIs serve the routes of the description that Terraform imported for it.
    """
    outputs, services, record = layers.service_outputs(), dict[str, Service](), live_release.read(layers)
    known = record.services if record else {}

    def faults(name: str) -> list[str]:
        if name not in outputs:
            return ["it is no longer deployed"]
        got = see(layers, outputs[name])
        services[name] = got.service
        return list(_not_of_entry(layers, entry, name, got, known.get(name, Service())))

    return services, _by_service(entry.standing, faults)


def see(layers: Layers, outputs: Outputs) -> Got:
    """What callers get of a service now."""
    cloud, account = layers.cloud, layers.stage.account
    standing = live.present(cloud, account, outputs)
    functions = {
        name: versions.content(cloud, account, name, version) for name, version in standing.functions.items()
    }
    return Got(
        standing,
        {name: content for name, content in functions.items() if content is not None},
        {api: api_exports.served(cloud, account, api) for api in standing.apis},
    )


def other_packages(layers: Layers, entry: Entry, name: str) -> Iterator[str]:
    """The versions that a release has of a service and that do not run its package, in words."""
    released = entry.release.services.get(name)
    for function, version in entry.standing[name].functions.items():
        content = versions.content(layers.cloud, layers.stage.account, function, version)
        if content and released and released.package and content.code != _base64(released.package):
            yield f"version {version} of {function} does not run the package of release {entry.release.id}"


def _differing(layers: Layers, record: Record) -> Faults:
    outputs, paused = layers.service_outputs(), pausing.paused(layers)

    def faults(name: str) -> list[str]:
        if name not in outputs:
            return ["it is no longer deployed"]
        if name not in record.services and name in paused:
            return []
        if name not in record.services:
            return [f"callers get it, and release {record.release} does not have it"]
        return list(_not_of_record(record.services[name], see(layers, outputs[name])))

    return _by_service({**record.services, **outputs}, faults)


def _not_of_record(wanted: Service, got: Got) -> Iterator[str]:
    for name in sorted({*wanted.functions, *got.functions}):
        yield from _function(name, wanted.functions.get(name), got.functions.get(name))
    yield from _shares(got)
    for api in sorted({*wanted.apis, *got.apis}):
        served = got.service.apis.get(api)
        if served is None or api not in wanted.apis or served.digest != wanted.apis[api].digest:
            yield f"its API {api} serves another description"


def _not_of_entry(layers: Layers, entry: Entry, name: str, got: Got, known: Service) -> Iterator[str]:
    """`known` is what callers got of the service when it was looked at last: a deployment never changes."""
    cloud, account, wanted = layers.cloud, layers.stage.account, entry.standing[name]
    for function, version in wanted.functions.items():
        content = versions.content(cloud, account, function, version)
        yield from _function(function, content, got.functions.get(function))
    yield from other_packages(layers, entry, name)
    yield from _shares(got)
    key = service_key(layers.stage.name, name)
    made = publication.parsed(applied.read(cloud, account, key))
    for api, deployment in wanted.apis.items():
        if got.standing.apis.get(api) != deployment:
            yield f"its API {api} serves another deployment"
        elif api in known.apis and known.apis[api].deployment == deployment:
            if known.apis[api] != got.service.apis[api]:
                yield f"its API {api} serves another description than when it was deployed"
        elif made is not None and made.standing.apis.get(api) == deployment:
            body = _imported(state_bucket.read(cloud, account, key) or {}, api)
            yield from (f"its API: {words}" for words in api_exports.differences(got.apis[api], body))


def _function(name: str, wanted: Content | None, got: Content | None) -> Iterator[str]:
    if wanted is None:
        yield f"the version of {name} that the release has is gone"
    elif got is None:
        yield f"{name} has nothing that callers get"
    elif got.code != wanted.code:
        yield f"{name} runs another package"
    elif got != wanted:
        yield f"{name} runs with another configuration"


def _shares(got: Got) -> Iterator[str]:
    for function, weights in got.standing.shares.items():
        for version, share in weights.items():
            yield f"{share:.0%} of the calls of {function} go to version {version}"


def _imported(state: Mapping[str, object], api: str) -> str:
    """The description of an API that Terraform imported last, as its state has it."""
    resources: list[dict[str, object]] = state.get("resources", [])  # type: ignore[assignment]
    for resource in resources:
        if resource.get("type") == "aws_api_gateway_rest_api":
            for instance in resource["instances"]:  # type: ignore[attr-defined]
                if instance["attributes"]["id"] == api.partition("/")[0]:
                    return str(instance["attributes"]["body"])
    return "{}"


def _base64(sha256: str) -> str:
    """A package's digest as Lambda writes it."""
    return b64encode(bytes.fromhex(sha256)).decode()


def _by_service(names: Iterator[str] | Mapping[str, object], faults: Callable[[str], list[str]]) -> Faults:
    """The faults of each service that has any, looked for side by side."""
    ordered = sorted(names)
    with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as pool:
        found = dict(zip(ordered, pool.map(faults, ordered), strict=True))
    return {name: words for name, words in found.items() if words}

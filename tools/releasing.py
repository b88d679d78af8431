"""What comes after a deploy: note which release the stage has now, and bring it to users.

A stage without a canary gives callers what was deployed at once, service by service
(tools/service_deploy.py); one with a canary does it here, for all services together.
"""

from __future__ import annotations

import datetime
import getpass
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from tools import (
    applied,
    artifacts,
    canary,
    checkout,
    data_formats,
    graph,
    histories,
    live,
    live_release,
    manifests,
    pausing,
    references,
    render,
    service_deploy,
    verification,
)
from tools.errors import ToolError
from tools.histories import Entry
from tools.layers import Layers
from tools.manifests import Release, Service
from tools.paths import REPOSITORY

Say = Callable[[str], None]


def settle(layers: Layers, say: Say, still_held: Callable[[], None]) -> None:
    """See how releases ended whose deploys did not wait for it; one that is on its way is waited for.

    One that was stopped, or never begun, is taken back: callers get what they got before it.
    """
    for entry in histories.read(layers):
        if entry.status == "moving":
            if canary.ended(layers, entry.execution) is None:
                say(f"Release {entry.release.id} is on its way; waiting for it: {entry.execution}")
            ended = close(layers, entry, canary.follow(layers, entry, say, still_held))
            if ended.status == "failed":
                say(f"Release {ended.release.id} was taken back: {ended.why}")


def bring(layers: Layers, say: Say, still_held: Callable[[], None]) -> Entry | None:
    """Note the release that was just deployed and bring it to users; None where nothing is deployed.

    Raises ToolError where it was taken back.
    """
    entries = histories.read(layers)
    entry = _entry(layers, entries)
    if entry is None:
        return None
    if any(entry.standing[name] - entry.before[name] for name in entry.standing):
        _check_neighbours(layers, entry, entries)
        alarms, wait = canary.quiet_alarms(layers, say), canary.wait_seconds(layers)
        entry = replace(entry, status="moving", execution=canary.name_execution(layers, entry.release.id))
        histories.write(layers, entry)
        canary.start(layers, entry, alarms, wait)
        seconds = wait * (layers.stage.settings.canary_looks + 1)
        takes = f"{seconds} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
        say(f"Release {entry.release.id} goes to users, which takes about {takes}: {entry.execution}")
        try:
            end = canary.follow(layers, entry, say, still_held)
        except KeyboardInterrupt:
            say(f"The release goes on without this command. See it: {layers.command('releases')}")
            raise
        entry = close(layers, entry, end)
        if entry.status == "failed":
            raise taken_back(layers, entry)
        return entry
    known = next((found for found in reversed(entries) if found.release.id == entry.release.id), None)
    if known is not None and (known.status, known.standing) == ("released", entry.standing):
        return known
    histories.write(layers, entry)
    return entry


def close(layers: Layers, entry: Entry, end: canary.Ended) -> Entry:
    """Note how a release ended; what did not end well by itself is taken back here."""
    if end.status == "SUCCEEDED":
        entry = replace(entry, status="released")
    else:
        take_back(layers, entry)
        entry = replace(entry, status="failed", why=end.why)
    histories.write(layers, entry)
    if entry.status == "released":
        confirm(layers, entry)
    return entry


def confirm(layers: Layers, entry: Entry) -> verification.Faults:
    """Note the release as the one that is meant to be live, if callers get exactly that; else why not."""
    services, faults = verification.compare(layers, entry)
    if not faults:
        live_release.note(layers, entry.release.id, services)
    return faults


def fail(layers: Layers, entry: Entry, why: str) -> Entry:
    """Take back a release that users have already, because of what was found out since."""
    take_back(layers, entry)
    entry = replace(entry, status="failed", why=why)
    histories.write(layers, entry)
    return entry


def take_back(layers: Layers, entry: Entry) -> None:
    """Let callers get what they got before the release; nothing moves where they do already."""
    for name in reversed(order(entry.before)):
        live.move_back(layers.cloud, layers.stage.account, entry.before[name])


def pause(layers: Layers, services: Collection[str], release: str) -> list[str]:
    """Pause services that the release does not have which callers are to get; what was done, in words."""
    return pausing.pause(layers, services, f"release {release} does not have it", doing="rollback")


def resume(layers: Layers, services: Collection[str], say: Say) -> int:
    """Let those of the services be called again that a rollback has paused; how many there were."""
    back = [
        name
        for name, pause in pausing.paused(layers).items()
        if name in services and pause.doing == "rollback"
    ]
    for line in pausing.resume(layers, back) if back else ():
        say(line)
    return len(back)


def taken_back(layers: Layers, entry: Entry) -> ToolError:
    """What a user is told of a release that failed."""
    return ToolError(
        f"Release {entry.release.id} was taken back from {layers.stage.name}: {entry.why}\n"
        "Callers get what they got before.",
        f"The functions' logs: {layers.command('logs')}. Releases: {layers.command('releases')}",
    )


def released(entry: Entry) -> Entry:
    """The entry of a release that users have again although it failed once."""
    return replace(entry, status="released", why="")


def passed(layers: Layers, entry: Entry) -> None:
    """Note that a user's journey went through the release."""
    histories.write(layers, replace(entry, passed_at=now()))


def order(services: Collection[str]) -> list[str]:
    """The services, each behind those that it reads from."""
    after = {
        name: references.services_before(REPOSITORY / name) & set(services)
        if (REPOSITORY / name / ".chalice").exists()
        else set[str]()
        for name in services
    }
    return graph.order(after)


def now() -> str:
    """RFC 3339, UTC."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _entry(layers: Layers, entries: Sequence[Entry]) -> Entry | None:
    """The stage as it is deployed now, as an entry of its history."""
    outputs = layers.service_outputs()
    standing = {
        name: service_deploy.standing(layers, REPOSITORY / name, found) for name, found in outputs.items()
    }
    if not standing:
        return None
    last = entries[-1] if entries else None
    release = layers.release or _release(layers, list(standing))
    if layers.release is None:
        same = last is not None and last.release.same_content(release) and last.standing == standing
        release = last.release if last and same else _under_a_free_id(layers, release)
    known = next((entry for entry in entries if entry.release.id == release.id), None)
    read = {name: _read(layers, name) for name in standing}
    passed_at = known.passed_at if known and known.standing == standing else ""
    by = f"{getpass.getuser()}@{socket.gethostname()}"
    before = histories.present(layers)
    return Entry(release, now(), by, "released", standing, before, read, passed_at=passed_at)


def _release(layers: Layers, deployed: Collection[str]) -> Release:
    """A new release of what is deployed."""
    source, services, partial = checkout.source(), {}, []
    for service in layers.services:
        if service.name not in deployed:
            partial.append(service.name)
            continue
        record = applied.read(layers.cloud, layers.stage.account, layers.service_key(service)) or {}
        built, formats = record.get("built", {"package": "", "api": ""}), data_formats.of(service)
        services[service.name] = Service(**built, reads=formats.reads, writes=formats.writes)
        if not service_deploy.is_current(layers, service):
            partial.append(service.name)
    made = datetime.datetime.now(datetime.UTC)
    identity = (source.commit or source.digest)[:7]
    return Release(
        id=f"{made:%Y%m%d-%H%M%S}-{identity}",
        stage=layers.stage.name,
        source=source.digest,
        commit=source.commit or "",
        dirty=source.dirty,
        made_at=made.isoformat(timespec="seconds"),
        made_by=f"{getpass.getuser()}@{socket.gethostname()}",
        services=services,
        partial=tuple(partial),
    )


def _under_a_free_id(layers: Layers, release: Release) -> Release:
    """Keep it; another stage of the account may make one of the same commit within the same second."""
    made, bucket = datetime.datetime.fromisoformat(release.made_at), artifacts.bucket_name(layers)
    while not manifests.claim(layers.cloud, layers.stage.account, bucket, release):
        made += datetime.timedelta(seconds=1)
        release = replace(release, id=f"{made:%Y%m%d-%H%M%S}-{release.id.rpartition('-')[2]}")
    return release


def _read(layers: Layers, service: str) -> dict[str, str]:
    """The outputs of storage and stage that a service's functions were configured with, by reference."""
    names = layers.names(REPOSITORY / service)
    configuration = references.templates(REPOSITORY / service)[0]
    wanted = {reference.name for reference in references.in_template(configuration)}
    kept = sorted(name for name in wanted if name.startswith(("storage.", "stage.")))
    return {name: answer for name in kept if (answer := render.value(name, names)) is not None}


def _check_neighbours(layers: Layers, entry: Entry, entries: Sequence[Entry]) -> None:
    """In a canary old and new code run side by side, and either may have to read what the other wrote."""
    live_now = verification.current(layers, entries)
    faults = list(data_formats.unreadable(entry.release, data_formats.written(entries)))
    if live_now is not None:
        writes = {name: {one.writes: entry.release.id} for name, one in entry.release.services.items()}
        faults += data_formats.unreadable(live_now.release, writes)
    if faults:
        raise ToolError(
            f"Nothing was released: old and new code could not run side by side. {'; '.join(faults)}.",
            "Release first what reads both formats, then what writes the new one (docs/releases.md).",
        )

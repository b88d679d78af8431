"""Give callers an older release again, or a newer one, without a build. Data stays."""

from __future__ import annotations

from collections.abc import Sequence

from tools import (
    canary,
    data_formats,
    deployed,
    histories,
    live,
    pausing,
    releasing,
    render,
    verification,
)
from tools.errors import ToolError
from tools.histories import Entry
from tools.layers import Layers
from tools.paths import REPOSITORY
from tools.releasing import Say


def stop(layers: Layers, say: Say) -> bool:
    """Stop a release that is on its way; whether there was one.

    Whoever waits for it holds the stage's lock, takes it back and lets go: so this comes before the lock.
    """
    running = [entry for entry in _moving(layers) if canary.ended(layers, entry.execution) is None]
    for entry in running:
        say(f"Stopping release {entry.release.id}")
        canary.stop(layers, entry.execution)
    return bool(running)


def close(layers: Layers) -> None:
    """Take back what nobody waits for any more."""
    for entry in _moving(layers):
        releasing.close(layers, entry, canary.ended(layers, entry.execution) or canary.Ended("ABORTED"))


def _moving(layers: Layers) -> list[Entry]:
    return [entry for entry in histories.read(layers) if entry.status == "moving"]


def target(layers: Layers, wanted: str) -> tuple[Entry | None, Entry]:
    """The release that callers get now, and the one to give them: `wanted`, or the last other one.

    Raises ToolError where there is none.
    """
    entries = histories.read(layers)
    found = verification.look(layers, entries)
    current = found.entry
    if wanted:
        return current, _named(layers, entries, wanted)
    older = [entry for entry in entries if found.meant is None or entry.at < found.meant.at]
    standing = histories.present(layers)
    called = standing.keys() - pausing.paused(layers).keys()
    for entry in reversed(older):
        more = called - entry.standing.keys()
        if entry.status == "released" and (more or _differs(entry, standing)):
            return current, entry
    raise ToolError(
        f"There is nothing to roll {layers.stage.name} back to: no other release was live in it before.",
        f"Its releases: {layers.command('releases')}",
    )


def refuse(layers: Layers, entry: Entry) -> None:
    """Raise ToolError where callers cannot get the release again, with all the reasons."""
    outputs, standing = layers.service_outputs(), histories.present(layers)
    faults = [f"{name} is no longer deployed" for name in entry.standing.keys() - outputs.keys()]
    for name, place in entry.standing.items():
        if name in outputs:
            gone = live.missing(layers.cloud, layers.stage.account, place - standing[name])
            faults += [f"{what} is gone" for what in gone]
            faults += verification.other_packages(layers, entry, name)
            faults += _other_names(layers, entry, name)
    faults += data_formats.unreadable(entry.release, data_formats.written(histories.read(layers)))
    if faults:
        raise ToolError(
            f"{layers.stage.name} cannot go back to release {entry.release.id}: {'; '.join(faults)}.",
            "Deploy a commit that can read today's storage instead. Nothing was changed.",
        )


def give(layers: Layers, entry: Entry, say: Say = lambda _: None) -> int:
    """Let callers get the release, services that read others first; how much moved, was paused or resumed.

    A service that the release does not have is paused; nothing of it is destroyed. One that the release has
    and an earlier rollback has paused is resumed. Raises ToolError where callers do not get exactly that
    afterwards.
    """
    moved = releasing.resume(layers, entry.standing, say)
    for name in reversed(releasing.order(entry.standing)):
        moved += live.move_back(layers.cloud, layers.stage.account, entry.standing[name])
    moved += _pause_others(layers, entry, say)
    if entry.status != "released":
        histories.write(layers, releasing.released(entry))
    if faults := releasing.confirm(layers, entry):
        lines = [f"Callers of {layers.stage.name} do not get release {entry.release.id}:"]
        raise ToolError(
            "\n".join([*lines, *(f"  {line}" for line in verification.lines(faults))]),
            f"Somebody else may be changing it. Run: {layers.command('rollback', TO=entry.release.id)}",
        )
    return moved


def _pause_others(layers: Layers, entry: Entry, say: Say) -> int:
    """Pause the services that the release does not have; how many were called until now."""
    others = sorted(set(deployed.services(layers)) - entry.standing.keys() - pausing.paused(layers).keys())
    for line in releasing.pause(layers, others, entry.release.id) if others else ():
        say(line)
    return len(others)


def _differs(entry: Entry, standing: histories.Standings) -> bool:
    return any(entry.standing.get(name) not in (None, place) for name, place in standing.items())


def _named(layers: Layers, entries: Sequence[Entry], wanted: str) -> Entry:
    for entry in entries:
        if entry.release.id == wanted:
            return entry
    known = ", ".join(entry.release.id for entry in entries[-5:]) or "none"
    raise ToolError(f"Release {wanted} never came to {layers.stage.name}.", f"The last that did: {known}.")


def _other_names(layers: Layers, entry: Entry, service: str) -> list[str]:
    """What older versions were configured with and is called otherwise now: they keep the old names."""
    names = layers.names(REPOSITORY / service)
    faults = []
    for reference, then in entry.read.get(service, {}).items():
        now = render.value(reference, names)
        if now != then:
            today = f"is {now} today" if now is not None else "is no longer there"
            faults.append(f"{service} was configured with {reference} {then}, which {today}")
    return faults

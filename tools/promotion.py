"""Take a release that one stage has proven to another: the same bytes, with that stage's configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tools import accounts, artifacts, checkout, data_formats, histories, manifests, verification
from tools.errors import ToolError
from tools.histories import Entry
from tools.layers import Layers
from tools.manifests import Release


@dataclass(frozen=True)
class Promotion:
    """A release on its way from `source` to `target`, both with the rights that the command has there.

    `live` is what the target's users have now.
    """

    source: Layers
    target: Layers
    entry: Entry
    live: Entry | None

    @property
    def release(self) -> Release:
        """What is promoted."""
        return self.entry.release

    @property
    def done(self) -> bool:
        """Whether the target's users have it already."""
        return self.live is not None and self.live.release.id == self.release.id

    @property
    def layers(self) -> Layers:
        """The target with the release's packages."""
        return replace(self.target, release=self.release)

    def command(self, name: str, **more: str) -> str:
        """The make command `name` for this promotion, as users are told it."""
        stages = {"FROM": self.source.stage.name, "TO": self.target.stage.name}
        variables = {**stages, **self.target.cloud.variables, **more}
        return " ".join([f"make {name}", *(f"{key}={value}" for key, value in variables.items())])


def of(source: Layers, target: Layers, wanted: str) -> Promotion:
    """The promotion of the release `wanted`, or of the one that is live in `source`.

    Raises ToolError for one that was not proven there, or whose data formats do not go with the target's, and
    where an account is not built.
    """
    for layers in (source, target):
        accounts.require_roles(layers)
    entry = _proven(source, wanted)
    entries = histories.read(target)
    found = Promotion(source, target, entry, verification.current(target, entries))
    faults = list(data_formats.unreadable(entry.release, data_formats.written(entries)))
    if faults:
        raise ToolError(
            f"Release {entry.release.id} cannot go to {target.stage.name}: {'; '.join(faults)}.",
            "Promote a release that reads both formats first.",
        )
    return found


def _proven(source: Layers, wanted: str) -> Entry:
    name, entries = source.stage.name, histories.read(source)
    deploy = source.command("deploy")
    if not entries:
        gone = _made_there(source, wanted) if wanted else None
        if gone:
            raise ToolError(
                f"Release {wanted} was destroyed with its stage {name}: nothing proves it any more.",
                f"Deploy {name} anew: {deploy}",
            )
        raise ToolError(f"{name} has no release.", f"Make one: {deploy}")
    if wanted:
        entry = next((entry for entry in entries if entry.release.id == wanted), None)
        if entry is None:
            if _made_there(source, wanted):
                raise ToolError(
                    f"Release {wanted} was destroyed with its stage: {name} was made anew since.",
                    f"Its releases: {source.command('releases')}",
                )
            raise ToolError(
                f"Release {wanted} never came to {name}.", f"Its releases: {source.command('releases')}"
            )
    else:
        found = verification.look(source, entries)
        entry = found.entry
        if entry is None:
            raise ToolError(
                "\n".join(
                    [
                        f"Callers of {name} get no release as a whole, so there is none to promote.",
                        *(f"  {line}" for line in found.words),
                    ]
                ),
                f"Deploy it again, or name one with RELEASE=: {source.command('releases')}",
            )
    if entry.status != "released":
        raise ToolError(
            f"Release {entry.release.id} did not get through in {name}: {entry.why or 'it is on its way'}.",
            f"Its releases: {source.command('releases')}",
        )
    if entry.release.partial:
        raise ToolError(
            f"Release {entry.release.id} is of several checkouts: {', '.join(entry.release.partial)} "
            "came from another one than the rest.",
            f"Deploy all of one checkout: {deploy}",
        )
    if not entry.passed_at:
        raise ToolError(
            f"Release {entry.release.id} never passed a user's journey in {name}.",
            f"Send one through it while it is live: {source.command('smoke')}",
        )
    return entry


def _made_there(source: Layers, wanted: str) -> bool:
    """Whether the account still knows the release as one of this stage's, although the stage does not."""
    bucket = artifacts.bucket_name(source)
    found = manifests.read(source.cloud, source.stage.account, bucket, wanted)
    return found is not None and found.stage == source.stage.name


def fetch(promotion: Promotion) -> None:
    """Bring the release's zips onto this machine, checked against their digests."""
    for name, service in promotion.release.services.items():
        artifacts.fetched(promotion.source, name, service.package)


def hand_over(promotion: Promotion) -> None:
    """Copy the release with its zips into the target's artifact bucket: from there it is deployed."""
    target = promotion.target
    for name, service in promotion.release.services.items():
        archive = artifacts.fetched(promotion.source, name, service.package)
        artifacts.upload(target, name, service.package, archive)
    bucket = artifacts.bucket_name(target)
    manifests.write(target.cloud, target.stage.account, bucket, promotion.release)


def preview(promotion: Promotion) -> Iterator[str]:
    """What is promoted and how it differs from what the target's users have, a line each."""
    release, source, target = promotion.release, promotion.source.stage.name, promotion.target.stage.name
    yield f"Release {release.id}, {release.origin}, made {release.made_at} by {release.made_by}"
    yield f"  proven in {source}: a user's journey passed at {promotion.entry.passed_at}"
    if promotion.live is None:
        yield f"  {target} has no release yet"
    else:
        yield f"  {target} has release {promotion.live.release.id}, {promotion.live.release.origin}"
    yield "Services:"
    for name, words in services(promotion):
        yield f"  {name:<14} {words}"
    yield "Commits:"
    yield from (f"  {line}" for line in commits(promotion))


def services(promotion: Promotion) -> Iterator[tuple[str, str]]:
    """Each service of the target with how it would change."""
    there = promotion.live.release.services if promotion.live else {}
    for path in promotion.target.services:
        new, old = promotion.release.services.get(path.name), there.get(path.name)
        if new is None:
            yield path.name, "not in the release"
        elif old is None:
            yield path.name, "new"
        else:
            changed = ["code"] * (new.package != old.package) + ["API description"] * (new.api != old.api)
            changed += [f"writes data format {new.writes}"] * (new.writes != old.writes)
            yield path.name, f"changes: {', '.join(changed)}" if changed else "the same"
    for name in sorted(there.keys() - {path.name for path in promotion.target.services}):
        yield name, "no longer there"


def commits(promotion: Promotion) -> list[str]:
    """The commits that come with it, newest first, as far as this checkout's git knows them."""
    new, old = promotion.release.commit, promotion.live.release.commit if promotion.live else ""
    if not new:
        return ["unknown: the release was made without git"]
    span = f"{old}..{new}" if old else f"-10 {new}"
    listed = checkout.git("log", "--format=%h %as %s", *span.split())
    if listed is None:
        return [f"unknown here: this checkout does not have {new[:7]}{f' and {old[:7]}' if old else ''}"]
    if listed:
        return listed.splitlines()
    if old == new:
        return ["none: the same commit"]
    back = checkout.git("log", "--format=%h %as %s", f"{new}..{old}")
    return [f"taken back: {line}" for line in (back or "").splitlines()] or ["none"]

"""Can this checkout run beside the release before it? Tried with both, in a stage on the local cloud.

While a release goes to users, and after it was taken back, code of two versions works on the same storage,
with the same clients and with each other. Each such pair is deployed here and a user sent through it; what
one version wrote the other has to read.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools import checkout, environments, histories, live, names, outputs, releasing, stage_lock
from tools.api_client import BrokenCallError, User, new_account, sign_in
from tools.cloud import LocalCloud, client
from tools.deploy import deploy
from tools.errors import ToolError, UsageError
from tools.histories import Standings
from tools.layers import Layers
from tools.paths import REPOSITORY
from tools.progress import Progress
from tools.selection import Selection

STAGE = str(names.Trial.COMPATIBILITY)
_LAST_LINES = 12

Say = Callable[[str], None]


@dataclass(frozen=True)
class Fault:
    """A pair that cannot run side by side, and what was seen of it."""

    pair: str
    seen: str

    def __str__(self) -> str:
        return f"{self.pair}:\n    {self.seen}"


@dataclass(frozen=True)
class Trial:
    """The stage in which `before`, a checkout of the older commit, and this checkout are tried."""

    cloud: LocalCloud
    before: Path
    layers: Callable[[], Layers]
    say: Say

    def faults(self) -> Iterator[Fault]:
        """Everything that cannot run beside the version before it, as it is found."""
        self._run(self.before, "deploy", STORAGE="own")
        old = histories.present(self.layers())
        try:
            user = self._new_user()
            written_by_old = _write(user)
        except BrokenCallError as error:
            raise ToolError(
                f"The older release does not work by itself: {error}.", "Name another one: BASE=<commit>"
            ) from error
        if fault := self._new_layers():
            yield fault
            return
        yield from self._tried("the older code on the new storage", self.before, user, written_by_old)
        self._run(REPOSITORY, "deploy")
        new = histories.present(self.layers())
        yield from self._tried(
            "clients of the older release with the new code", self.before, user, written_by_old
        )
        try:
            written_by_new = _write(user)
        except BrokenCallError as error:
            yield Fault("clients of the older release with the new code", str(error))
            return
        for service in sorted(new):
            if old.get(service, new[service]) != new[service]:
                yield from self._mixed(service, old, new, user, [*written_by_old, *written_by_new])
        self._give(old)
        yield from self._tried(
            "the older code after the new one was taken back", self.before, user, written_by_new
        )

    def _new_layers(self) -> Fault | None:
        """Bring up storage and stage as this checkout has them, below the older services."""
        layers = self.layers()
        with Progress() as progress, stage_lock.held(layers, "deploy", progress.say):
            outcome = deploy(layers, progress, Selection([], []))
        if not outcome.failed:
            return None
        return Fault("the new storage below the older code", "; ".join(map(str, outcome.failed.values())))

    def _mixed(
        self, service: str, old: Standings, new: Standings, user: User, written: list[str]
    ) -> Iterator[Fault]:
        """One service of one version beside the others of the other version."""
        self._give({**new, service: old[service]})
        yield from self._tried(f"the older {service} beside the new rest", self.before, user, written)
        self._give(
            {**{name: standing for name, standing in old.items() if name in new}, service: new[service]}
        )
        yield from self._tried(f"the new {service} beside the older rest", self.before, user, written)

    def _tried(self, pair: str, tools: Path, user: User, written: list[str]) -> Iterator[Fault]:
        found = list(_unreadable(user, written))
        try:
            self._run(tools, "smoke")
        except ToolError as error:
            found.append(error.what)
        self.say(f"  {'✗' if found else '✓'} {pair}")
        if found:
            yield Fault(pair, "\n    ".join(found))

    def _give(self, standings: Standings) -> None:
        layers = self.layers()
        for service in releasing.order(standings):
            live.move(layers.cloud, layers.stage.account, standings[service])

    def _new_user(self) -> User:
        layers = self.layers()
        found = outputs.collect(layers)
        operator = client(layers.cloud, layers.stage.account, "cognito-idp")
        return sign_in(found, *new_account(found, operator))

    def _run(self, folder: Path, command: str, **more: str) -> None:
        """Run a command of a checkout for the stage. Raises ToolError with its last words."""
        home = {"LOCAL_HOME": os.environ.get("LOCAL_HOME") or str(REPOSITORY / ".local")}
        variables = home | self.cloud.variables | {"ENV": STAGE} | more
        arguments = (
            [sys.executable, "-m", "tools", command]
            if folder == REPOSITORY
            else checkout.command_in(folder, command, variables)
        )
        finished = subprocess.run(
            arguments,
            cwd=folder,
            env=environments.tools(environments.OWN, **{names.TRIAL_VARIABLE: STAGE}, **variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if finished.returncode != 0:
            words = "\n    ".join(finished.stdout.strip().splitlines()[-_LAST_LINES:])
            raise ToolError(f"make {command} ENV={STAGE} failed:\n    {words}")

    def end(self) -> None:
        """Destroy the stage."""
        self._run(REPOSITORY, "destroy", CONFIRM=STAGE)


def base(given: str) -> str:
    """The commit to compare with: BASE=, else where this branch left main, else the one before this.

    Raises UsageError where there is none.
    """
    if given:
        commit = checkout.git("rev-parse", "--verify", f"{given}^{{commit}}")
        if commit is None:
            fetch = "git fetch --unshallow" if checkout.is_shallow() else "git fetch --all"
            raise UsageError(f"BASE={given} is no commit of this checkout.", f"Get it: {fetch}")
        return commit
    head = checkout.git("rev-parse", "HEAD")
    if head is None:
        raise UsageError(
            f"There is no older release to try: {checkout.why_no_commit()}.", "Clone the repository with git."
        )
    for candidate in (("merge-base", "HEAD", "origin/main"), ("rev-parse", "HEAD~1")):
        commit = checkout.git(*candidate)
        if commit and commit != head:
            return commit
    if checkout.is_shallow():
        raise UsageError("This clone is shallow: it has no older commit.", "Get them: git fetch --unshallow")
    raise UsageError("There is no older commit to try.", "Name one: BASE=<commit>")


def _write(user: User) -> list[str]:
    """A note and a purchase; their paths."""
    text, order = "Written by another version", {"storage": 12, "payment_method": "pm_card_visa"}
    once = {"Idempotency-Key": secrets.token_hex(16)}
    note = user.ask("POST", "/notes", 201, {"content": text}, having=("note_id",))
    purchase = user.ask("POST", "/billing", 201, order, once, having=("purchase_id",))
    return [f"/notes/{note['note_id']}", f"/billing/{purchase['purchase_id']}"]


def _unreadable(user: User, written: Iterable[str]) -> Iterator[str]:
    """What one version wrote and another cannot read, with how that one answers."""
    for path in written:
        try:
            user.ask("GET", path, 200, having=("created_at",))
        except BrokenCallError as fault:
            yield str(fault)

"""One deploy of a stage at a time, from whichever machine: a lock with a lease in the account's state bucket.

It is the object `locks/<stage>.json`. Taking it is a write that succeeds only where there is no such object,
renewing and taking it over one that succeeds only while the object is the one that was read:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
Ages are differences of S3's own times, so that the clocks of the machines do not matter.
What stages share (the account) is protected by Terraform's own locks alone.
"""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import getpass
import json
import os
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tools import state_bucket
from tools.cloud import client
from tools.errors import ToolError, UsageError
from tools.layers import Layers
from tools.names import Folder

LEASE = 120.0  # seconds after which a holder that does not renew is taken for dead
WAIT_VARIABLE = "LOCK_WAIT"
WAIT = 600.0  # seconds to wait for somebody else, unless the variable says otherwise
_SAY_EVERY = 30.0
_LOOK_EVERY = 2.0
_TOLD_APART = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Holder:
    """Who holds a stage's lock and what for; `since` is RFC 3339, `token` tells one holder from another."""

    user: str
    host: str
    pid: int
    doing: str
    since: str
    token: str

    @staticmethod
    def here(doing: str) -> Holder:
        """This process."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        return Holder(getpass.getuser(), socket.gethostname(), os.getpid(), doing, now, uuid.uuid4().hex)

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (process {self.pid}, {self.doing} since {self.since})"

    @property
    def gone(self) -> bool:
        """Whether it was a process of this machine that runs no more."""
        if self.host != socket.gethostname():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


@dataclass(frozen=True)
class Found:
    """The lock as it lies in the bucket; `holder` is None where it cannot be read."""

    holder: Holder | None
    tag: str
    age: float

    def __str__(self) -> str:
        return str(self.holder) if self.holder else "somebody whose lock cannot be read"

    @property
    def dead(self) -> str:
        """Why its holder counts as dead; empty while it does not."""
        if self.holder is not None and self.holder.gone:
            return "which runs no more"
        if self.age > LEASE:
            return f"which has not been heard of for {self.age:.0f} s"
        return ""


class Hold:
    """A lock that this process holds and renews until it is released."""

    def __init__(self, layers: Layers, holder: Holder) -> None:
        self._place = _Place(layers)
        self._stage = layers.stage.name
        self._holder = holder
        self._tag = ""
        self._renewed = time.monotonic()
        self._lost = threading.Event()
        self._ended = threading.Event()
        self._renewing = threading.Thread(target=self._renew, daemon=True)

    def check(self) -> None:
        """Raise ToolError when the lock is no longer this process's: somebody else may be at work."""
        if self._lost.is_set() or time.monotonic() - self._renewed > LEASE:
            raise ToolError(
                f"The lock of {self._stage} was taken away from this {self._holder.doing}, so it stopped.",
                "See that nobody else works on the stage, then run it again; it goes on where this stopped.",
            )

    def take(self, replacing: Found | None = None) -> bool:
        """Whether the lock is now held; `replacing` is the dead holder's that it may take the place of."""
        tag = self._place.write(self._holder, replacing.tag if replacing else None)
        if tag is None:
            return False
        self._tag, self._renewed = tag, time.monotonic()
        self._renewing.start()
        return True

    def release(self) -> None:
        """Let the next one in. A lock that cannot be removed ends with its lease."""
        self._ended.set()
        self._renewing.join()
        if not self._lost.is_set():
            with contextlib.suppress(ClientError, BotoCoreError, ToolError):
                self._place.remove(self._tag)

    def _renew(self) -> None:
        while not self._ended.wait(LEASE / 4):
            try:
                tag = self._place.write(self._holder, self._tag)
            except (ClientError, BotoCoreError, ToolError):
                continue  # tried again; `check` knows how long that may go on
            if tag is None:
                self._lost.set()
                return
            self._tag, self._renewed = tag, time.monotonic()


class _Place:
    """The object in the bucket."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        account = layers.stage.account
        self._s3 = client(layers.cloud, account, "s3", retries={"max_attempts": 2})
        self._where = {
            "Bucket": state_bucket.name(layers.cloud, account),
            "Key": Folder.LOCKS.key(f"{layers.stage.name}.json"),
        }

    def read(self) -> Found | None:
        """The lock, or None where nobody holds it."""
        try:
            answer = self._s3.get_object(**self._where)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket", "404"):
                return None
            raise
        sent = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        now = email.utils.parsedate_to_datetime(sent) if sent else datetime.datetime.now(datetime.UTC)
        return Found(
            _parsed(answer["Body"].read()), answer["ETag"], (now - answer["LastModified"]).total_seconds()
        )

    def write(self, holder: Holder, tag: str | None) -> str | None:
        """Write the lock in place of the one with `tag`, or of none; its new tag, None if that fails."""
        condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        entry = asdict(holder) | {"renewal": uuid.uuid4().hex}  # so that every write has a tag of its own
        body = json.dumps(entry, indent=1).encode()
        try:
            written = self._s3.put_object(
                **self._where, Body=body, ContentType="application/json", **condition
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "NoSuchBucket":
                self._make_bucket()
                return self.write(holder, tag)
            if code not in _TOLD_APART:
                raise
            # The answer to a write that did succeed may have been lost, and its repetition refused.
            found = self.read()
            ours = found is not None and found.holder is not None and found.holder.token == holder.token
            return found.tag if found and ours else None
        new: str = written["ETag"]
        return new

    def _make_bucket(self) -> None:
        layers, account = self._layers, self._layers.stage.account
        if layers.cloud.administrable:
            state_bucket.ensure(layers.acting_as("administrator").cloud, account)
        else:
            built_by = f"As administrator of {account.name}, run: {layers.command('account')}"
            state_bucket.require(layers.cloud, account, built_by)

    def remove(self, tag: str) -> None:
        """Remove the lock if it is the one with `tag`."""
        try:
            self._s3.delete_object(**self._where, IfMatch=tag)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _TOLD_APART:
                raise


def _parsed(body: bytes) -> Holder | None:
    try:
        entry: dict[str, Any] = json.loads(body)
        entry.pop("renewal", None)
        return Holder(**entry)
    except (ValueError, TypeError, AttributeError):
        return None


@contextlib.contextmanager
def held(layers: Layers, doing: str, say: Say, others: Sequence[Layers] = ()) -> Iterator[Callable[[], None]]:
    """Hold the stage's lock, and before it those of `others`, while the block runs.

    `doing` is the command, `say` tells whom this waits for. Gives a function to call before every step, which
    raises ToolError once a lock is lost. Raises ToolError when somebody else holds one for longer than
    LOCK_WAIT seconds.
    """
    with contextlib.ExitStack() as stack:
        holds = []
        for one in [*others, layers]:
            holds.append(_taken(one, Holder.here(doing), say, layers))
            stack.callback(holds[-1].release)

        def check() -> None:
            for hold in holds:
                hold.check()

        yield check


def _taken(layers: Layers, holder: Holder, say: Say, asked: Layers) -> Hold:
    limit, place, stage = _limit(), _Place(layers), layers.stage.name
    found = place.read()
    began, said = time.monotonic(), -_SAY_EVERY  # not earlier: a slow answer is no waiting for somebody
    while True:
        if found is None or found.dead:
            hold = Hold(layers, holder)
            if hold.take(found):
                if found is not None:
                    say(f"  took over the lock of {stage} from {found}, {found.dead}")
                return hold
            found = place.read()  # somebody was faster
            continue
        waited = time.monotonic() - began
        if waited >= limit:
            raise ToolError(
                f"Stage {stage} is locked by {found}; this {holder.doing} waited {waited:.0f} s.",
                f"Wait for that to end, then run: {asked.command(holder.doing)}. "
                f"If it is dead, run: {layers.command('unlock')}",
            )
        if waited - said >= _SAY_EVERY:
            say(f"  waiting for {stage}: locked by {found}")
            said = waited
        time.sleep(min(_LOOK_EVERY, max(0.05, limit - waited)))
        found = place.read()


def _limit() -> float:
    given = os.environ.get(WAIT_VARIABLE) or str(WAIT)
    if not re.fullmatch(r"\d+(\.\d+)?", given):
        raise UsageError(
            f"{WAIT_VARIABLE}={given} is no number of seconds.", f"For example: {WAIT_VARIABLE}=60"
        )
    return float(given)


def find(layers: Layers) -> Found | None:
    """The stage's lock, or None when nobody holds it."""
    return _Place(layers).read()


def remove(layers: Layers, found: Found) -> None:
    """Take the lock away from its holder, who stops before the next step."""
    _Place(layers).remove(found.tag)

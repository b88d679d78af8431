"""The releases that came to a stage: `releases/<stage>/<id>.json` in its account's state bucket.

Each says what callers got of it and what they got before, so that going back needs no build. Which one is
live is not written anywhere: it is seen from what callers get.
"""

from __future__ import annotations

import concurrent.futures
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Literal

from tools import deployed, live, manifests, state_bucket
from tools.cloud import client
from tools.errors import ToolError
from tools.layers import Layers
from tools.live import Standing
from tools.manifests import Release
from tools.names import Folder

# moving: on its way to users. released: users got it. failed: taken back, or never begun.
Status = Literal["moving", "released", "failed"]
Standings = Mapping[str, Standing]  # by service

_AT_ONCE = 10  # requests side by side, as many as a client of boto3 has connections


@dataclass(frozen=True)
class Entry:
    """A release in a stage.

    `standing` is what callers get of each service with it, `before` what they got until then. `read` has
    the values of the outputs that its services were configured with, by reference and service. `execution`
    is the ARN of the one that moved it in a canary, `why` the reason for a failure, `passed_at` when a
    user's journey last went through it (RFC 3339).
    """

    release: Release
    at: str
    by: str
    status: Status
    standing: Standings
    before: Standings
    read: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    execution: str = ""
    why: str = ""
    passed_at: str = ""

    @property
    def reached_users(self) -> bool:
        """Whether its code may have answered users."""
        return self.status != "failed" or bool(self.execution)


def write(layers: Layers, entry: Entry) -> None:
    """Write an entry, or write it anew."""
    client(layers.cloud, layers.stage.account, "s3").put_object(
        Bucket=_bucket(layers),
        Key=f"{_folder(layers)}{entry.release.id}.json",
        Body=json.dumps(asdict(entry), indent=1).encode(),
        ContentType="application/json",
    )


def read(layers: Layers) -> list[Entry]:
    """Every entry of the stage, the oldest first."""
    keys = sorted(_keys(layers))
    with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as pool:  # there are hundreds after some months
        return list(pool.map(partial(_entry, layers), keys))


def standing_as(entries: Sequence[Entry], standings: Standings) -> Entry | None:
    """The newest release that has exactly the standing that callers get; None where no release has it."""
    for entry in reversed(entries):
        if entry.status == "released" and all(
            entry.standing.get(name) == standing for name, standing in standings.items()
        ):
            return entry
    return None


def present(layers: Layers) -> dict[str, Standing]:
    """What callers get now of each service that is deployed."""
    return {
        name: live.present(layers.cloud, layers.stage.account, outputs)
        for name, outputs in layers.service_outputs().items()
    }


def forget(layers: Layers) -> None:
    """Remove every entry of a stage that is gone. Its releases stay in the artifact bucket."""
    for key in _keys(layers):
        client(layers.cloud, layers.stage.account, "s3").delete_object(Bucket=_bucket(layers), Key=key)


def _keys(layers: Layers) -> list[str]:
    return deployed.keys(layers.cloud, layers.stage.account, _folder(layers))


def _entry(layers: Layers, key: str) -> Entry:
    body = (
        client(layers.cloud, layers.stage.account, "s3")
        .get_object(Bucket=_bucket(layers), Key=key)["Body"]
        .read()
    )
    try:
        return _parsed(json.loads(body))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ToolError(
            f"The object {key} in the bucket {_bucket(layers)} is no record of a release: {error}",
            "The bucket keeps its older versions: restore the last good one.",
        ) from error


def _parsed(document: dict[str, Any]) -> Entry:
    standings = {
        name: {service: Standing(**standing) for service, standing in document[name].items()}
        for name in ("standing", "before")
    }
    return Entry(**{**document, **standings, "release": manifests.parsed(document["release"])})


def _folder(layers: Layers) -> str:
    return Folder.RELEASES.key(f"{layers.stage.name}/")


def _bucket(layers: Layers) -> str:
    return state_bucket.name(layers.cloud, layers.stage.account)

"""A state bucket in moto, filled as deploys fill it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tools import state_bucket
from tools.cloud import Cloud, client
from tools.layers import Layers
from tools.stage_records import Record, stage_of
from tools.stages import Account, Organisation

LONG_AGO = "2020-01-01T00:00:00+00:00"


@dataclass(frozen=True)
class Bucket:
    """The state bucket of an account."""

    organisation: Organisation
    cloud: Cloud
    account: Account

    def make(self) -> None:
        """Not as `state_bucket.ensure` does: moto takes the policy against plain HTTP for one against all."""
        self.s3.create_bucket(Bucket=self.name)

    @property
    def s3(self) -> Any:
        return client(self.cloud, self.account, "s3")

    @property
    def name(self) -> str:
        return state_bucket.name(self.cloud, self.account)

    def put(self, key: str, content: Any) -> None:
        self.s3.put_object(Bucket=self.name, Key=key, Body=json.dumps(content).encode())

    def content(self) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=self.name).get("Contents", [])
        return [entry["Key"] for entry in found]

    def layers(self, stage: str) -> Layers:
        return Layers(self.organisation, self.cloud, stage_of(self.organisation, self.cloud, stage))

    def deployed(
        self,
        stage: str,
        storage: str = "own",
        services: Sequence[str] | Mapping[str, Sequence[str]] = (),
        at: str = LONG_AGO,
        listed: bool = False,
        record: bool = True,
    ) -> None:
        """A stage as a deploy leaves it; `services` by name, with the references that they read."""
        if record:
            made = Record(storage, listed, LONG_AGO, "ana@laptop", at, "ben@laptop")
            self.put(f"stages/{stage}.json", asdict(made))
        self._unit(f"{stage}/stage", at, {})
        if storage == "own":
            self._unit(f"{stage}/storage", at, {})
        for name in services:
            outputs = {"functions": {"value": {"f": {"version": "9"}, "g": {"version": "10"}}}}
            reads = services[name] if isinstance(services, Mapping) else None
            self._unit(f"{stage}/services/{name}", at, outputs, reads)

    def _unit(self, unit: str, at: str, outputs: Any, reads: Sequence[str] | None = None) -> None:
        self.put(f"{unit}.tfstate", {"resources": [{}], "outputs": outputs})
        tag = self.s3.head_object(Bucket=self.name, Key=f"{unit}.tfstate")["ETag"]
        recorded = {"fingerprint": "f", "state": tag, "at": at, "by": "ana@laptop"}
        self.put(f"applied/{unit}.json", recorded if reads is None else {**recorded, "reads": reads})

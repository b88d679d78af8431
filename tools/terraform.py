"""Plan, apply and destroy a unit, in a working copy of its root."""

from __future__ import annotations

import fcntl
import json
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tools import state_bucket, terraform_cli, terraform_command
from tools.cloud import Cloud
from tools.errors import ToolError
from tools.paths import BUILD, TERRAFORM
from tools.terraform_unit import Unit, files_of, sources_digest

# Parallel downloads into one plugin cache are not safe:
# https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
_INITIALISING = threading.Lock()

# Two stages deployed for the first time at once: one waits while the other makes the account that they share.
_LOCK_TIMEOUT = "-lock-timeout=300s"

NO_IMPORTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Change:
    """One resource of the type `kind` that a plan would change.

    `action` is create, update, replace, delete, move (to another address), remove (from the state only) or
    import; `half_made` tells that its creation was interrupted; `reason` is Terraform's word for why.
    """

    address: str
    action: str
    kind: str
    half_made: bool = False
    reason: str = ""

    @property
    def destroys(self) -> bool:
        """Whether what is there now would be gone."""
        return self.action in ("replace", "delete")


_ACTIONS = ("create", "update", "replace", "delete", "move", "remove", "import")


@dataclass(frozen=True)
class Plan:
    """What a plan would change; `saved` is the plan file that apply takes.

    `outputs` has create, update or delete for each output that changes.
    """

    changes: tuple[Change, ...]
    outputs: Mapping[str, str]
    saved: Path = field(repr=False)

    def __bool__(self) -> bool:
        return bool(self.changes) or bool(self.outputs)

    def __str__(self) -> str:
        counts = dict.fromkeys(_ACTIONS, 0)
        for change in self.changes:
            counts[change.action] = counts.get(change.action, 0) + 1
        words = [
            f"{count} to {'forget' if action == 'remove' else action}"
            for action, count in counts.items()
            if count
        ]
        return ", ".join(words) or ("outputs only" if self.outputs else "no changes")


def plan(cloud: Cloud, unit: Unit, imports: Mapping[str, str] = NO_IMPORTS) -> Plan:
    """Plan the unit. Raises ToolError with Terraform's own diagnosis.

    `imports` takes what exists already into the state, by address with the id that the provider asks for:
    https://developer.hashicorp.com/terraform/language/import
    """
    work = _prepare(cloud, unit)
    if imports:
        blocks = (f"import {{\n  to = {to}\n  id = {json.dumps(id_)}\n}}\n" for to, id_ in imports.items())
        (work / "imports.tf").write_text("\n".join(blocks))
    saved = work / "unit.tfplan"
    arguments = [
        "plan",
        "-json",
        "-input=false",
        f"-out={saved}",
        "-lock=false" if cloud.role == "reader" else _LOCK_TIMEOUT,  # a lock is something written
        "-var-file=unit.tfvars.json",
    ]
    return _planned(terraform_command.run(cloud, unit, work, arguments), saved)


def create(cloud: Cloud, unit: Unit) -> str:
    """Plan and apply a unit that has no state, with one command: nothing is there that a plan would endanger.

    What was made, in words. Raises ToolError with Terraform's own diagnosis.
    """
    return _at_once(cloud, unit)


def destroy(cloud: Cloud, unit: Unit) -> str:
    """Destroy what the unit's state knows; what went, in words. Raises ToolError as `create` does."""
    return _at_once(cloud, unit, "-destroy")


def _at_once(cloud: Cloud, unit: Unit, *options: str) -> str:
    work = _prepare(cloud, unit)
    arguments = [
        "apply",
        "-json",
        "-input=false",
        "-auto-approve",
        _LOCK_TIMEOUT,
        "-var-file=unit.tfvars.json",
    ]
    return str(
        _planned(terraform_command.run(cloud, unit, work, [*arguments, *options]), work / "unit.tfplan")
    )


def _planned(messages: list[dict[str, Any]], saved: Path) -> Plan:
    changes = tuple(
        _change(message["change"])
        for message in messages
        if message["type"] == "planned_change" and message["change"]["action"] not in ("noop", "read")
    )
    outputs: dict[str, Any] = next(
        (message["outputs"] for message in messages if message["type"] == "outputs"), {}
    )
    actions = {name: output.get("action", "noop") for name, output in outputs.items()}
    return Plan(changes, {name: action for name, action in actions.items() if action != "noop"}, saved)


def refreshed(cloud: Cloud, unit: Unit, state: Mapping[str, Any]) -> dict[str, Any]:
    """What reads otherwise in the cloud than `state` says, as `show` tells it. No state is changed.

    The unit's root has no backend, so that its state is a file, which is gone afterwards.
    https://developer.hashicorp.com/terraform/cli/commands/plan#planning-modes
    """
    work = _prepare(cloud, unit, shared=False)
    saved, file = work / "refreshed.tfplan", work / "terraform.tfstate"
    arguments = ["plan", "-json", "-refresh-only", "-input=false", f"-out={saved}", "-lock=false"]
    file.write_text(json.dumps(state))
    try:
        messages = terraform_command.run(cloud, unit, work, [*arguments, "-var-file=unit.tfvars.json"])
        differs = any(message["type"] == "resource_drift" for message in messages)
        return show(cloud, unit, Plan((), {}, saved)) if differs else {}
    finally:
        file.unlink()
        saved.unlink(missing_ok=True)


def _change(described: dict[str, Any]) -> Change:
    resource, reason = described["resource"], described.get("reason", "")
    return Change(
        resource["addr"], described["action"], resource["resource_type"], reason == "tainted", reason
    )


def keep(cloud: Cloud, unit: Unit, planned: Plan, address: str) -> None:
    """Take a resource whose creation was interrupted for made: what it lacks is then added to it."""
    terraform_command.run(cloud, unit, planned.saved.parent, ["untaint", _LOCK_TIMEOUT, address])


def recover(cloud: Cloud, unit: Unit) -> str:
    """Save the state that an earlier apply of this checkout could not; returns what was done, in words.

    Terraform then leaves it in its folder:
    https://developer.hashicorp.com/terraform/cli/commands/state/push
    """
    work = _prepare(cloud, unit)
    unsaved = work / "errored.tfstate"
    if not unsaved.exists():
        return ""
    ours, theirs = json.loads(unsaved.read_text()), state_bucket.read(cloud, unit.account, unit.key)
    newer = theirs is None or (theirs["lineage"] == ours["lineage"] and theirs["serial"] < ours["serial"])
    if newer:
        _push(cloud, unit, unsaved)
    unsaved.rename(work / "recovered.tfstate")
    return "saved the state that an earlier deploy could not save" if newer else ""


def push(cloud: Cloud, unit: Unit, state: Mapping[str, Any]) -> None:
    """Save `state` as the unit's, with a serial above the one that is there. Raises ToolError.

    https://developer.hashicorp.com/terraform/cli/commands/state/push
    """
    file = _prepare(cloud, unit) / "corrected.tfstate"
    file.write_text(json.dumps(state))
    _push(cloud, unit, file)
    file.unlink()


def _push(cloud: Cloud, unit: Unit, file: Path) -> None:
    terraform_command.run(cloud, unit, file.parent, ["state", "push", _LOCK_TIMEOUT, str(file)])


def show(cloud: Cloud, unit: Unit, planned: Plan) -> dict[str, Any]:
    """All that a saved plan says: https://developer.hashicorp.com/terraform/internals/json-format"""
    return terraform_command.run(cloud, unit, planned.saved.parent, ["show", "-json", str(planned.saved)])[0]


def apply(cloud: Cloud, unit: Unit, planned: Plan) -> None:
    """Carry out a plan. Raises ToolError with Terraform's own diagnosis."""
    terraform_command.run(
        cloud,
        unit,
        planned.saved.parent,
        ["apply", "-json", "-input=false", _LOCK_TIMEOUT, str(planned.saved)],
    )
    planned.saved.unlink()


def is_outdated(error: ToolError) -> bool:
    """Whether a plan could not be applied because somebody else has changed the state since."""
    return "Saved plan is stale" in error.what


@contextmanager
def alone(cloud: Cloud, unit: Unit) -> Iterator[None]:
    """Be the only one who plans and applies the unit in this checkout; others wait.

    Terraform's own lock is on the state, which several checkouts share; this one is on the working copy and
    the plan file in it, which a plan and a deploy, or deploys of two stages of one account, would share.
    """
    copy = _copy(cloud, unit)
    copy.mkdir(parents=True, exist_ok=True)
    with (copy / "alone.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _copy(cloud: Cloud, unit: Unit) -> Path:
    account = BUILD / "terraform" / state_bucket.cloud_id(cloud) / unit.account.name
    return account / unit.key.removesuffix(".tfstate")


def _prepare(cloud: Cloud, unit: Unit, shared: bool = True) -> Path:
    """A working copy of the root and the modules, initialised against the unit's state, `shared` or a file.

    Each unit has its own, so that units run side by side.
    """
    copy = _copy(cloud, unit)
    work = copy / unit.root
    targets = {copy / path.relative_to(TERRAFORM): path for path in files_of(unit.root)}
    for target, path in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != path.read_bytes():
            shutil.copyfile(path, target)
    for stale in {path for path in copy.rglob("*.tf") if ".terraform" not in path.parts} - targets.keys():
        stale.unlink()
    (work / "unit.tfvars.json").write_text(json.dumps(unit.variables, indent=2, sort_keys=True))

    backend = {
        "bucket": state_bucket.name(cloud, unit.account),
        "key": unit.key,
        "region": cloud.region,
        "encrypt": "true",
        "use_lockfile": "true",
        "use_path_style": "true" if cloud.endpoint_url else "false",
    }
    stamp = work / ".initialised"
    provider = terraform_cli.installing(cloud.name == "local")
    signature = json.dumps([backend, sources_digest(unit.root), provider], sort_keys=True)
    if not stamp.exists() or stamp.read_text() != signature:
        with _INITIALISING:
            options = [f"-backend-config={key}={value}" for key, value in backend.items() if shared]
            terraform_command.run(
                cloud, unit, work, ["init", "-json", "-input=false", "-reconfigure", *options]
            )
        stamp.write_text(signature)
    return work

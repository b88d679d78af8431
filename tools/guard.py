"""Nothing destructive by accident: a plan that loses stored data, or an output that is still read, stops.

Plan and deploy ask the same question of every unit in every stage. What holds data and how it is lost is
in tools/data_rules.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tools import emptiness, losses, plan_details, readers, state_bucket
from tools.data_rules import HOLDERS, LOSSES, MAY_GO_EMPTY, holds_data
from tools.errors import ToolError
from tools.layers import Layers
from tools.permission import entry
from tools.plan_details import Detail, Details
from tools.terraform import Change, Plan
from tools.terraform_unit import Unit

_LOSING_KINDS = frozenset(loss.kind for loss in LOSSES)


@dataclass(frozen=True)
class Refusal:
    """What would be lost and how, the way around it, and the entry of ALLOW_DESTROY that lets it through."""

    subject: str
    what: str
    instead: str
    entry: str


def half_made(planned: Plan) -> list[Change]:
    """What holds data and would be made anew because an earlier deploy was interrupted while making it."""
    return [change for change in planned.changes if change.half_made and holds_data(change.kind, True)]


def check(layers: Layers, unit: Unit, planned: Plan) -> None:
    """Raise ToolError that names each thing in danger, what forces it, and what to do instead."""
    refused = refusals(layers, unit, planned)
    if refused:
        raise ToolError(
            "\n".join([f"{unit}: nothing was changed, because this would be lost:", *told(refused)]),
            let_through(layers, refused),
        )


def told(refused: Iterable[Refusal]) -> Iterator[str]:
    """Two lines for each."""
    for refusal in refused:
        yield f"  {refusal.subject} {refusal.what}."
        yield f"    Instead: {refusal.instead}."


def let_through(layers: Layers, refused: Iterable[Refusal]) -> str:
    """How a user lets exactly these happen."""
    entries = ",".join(dict.fromkeys(refusal.entry for refusal in refused))
    confirm = f" CONFIRM={layers.stage.name}" if layers.stage.settings.protected else ""
    return f"If it must be: ALLOW_DESTROY='{entries}'{confirm}"


def refusals(layers: Layers, unit: Unit, planned: Plan, details: Details | None = None) -> list[Refusal]:
    """What the plan would lose without permission. `details` are read from the saved plan if need be."""
    protected = layers.stage.settings.protected
    endangered = [
        change
        for change in planned.changes
        if change.destroys and not change.half_made and holds_data(change.kind, protected)
    ]
    risky = [change for change in planned.changes if _may_lose(change)]
    read = _read_outputs(layers, unit, planned)
    if details is None and (endangered or read or _stands(layers, unit, risky)):
        details = plan_details.read(layers.cloud, unit, planned)
    details = details or Details()
    found = [
        *_destroyed(layers, unit, endangered, details),
        *_lost_in_place(layers, unit, risky, details),
        *_removed_outputs(layers, unit, read, planned, details),
    ]
    return [refusal for refusal in found if not layers.permission.covers(refusal.entry, layers.stage)]


def _stands(layers: Layers, unit: Unit, risky: list[Change]) -> bool:
    """Whether there is something that risky changes could lose.

    Not where the unit has no state: then all is made for the first time, or taken over half made.
    """
    return bool(risky) and state_bucket.outputs(layers.cloud, unit.account, unit.key) is not None


def _may_lose(change: Change) -> bool:
    """Whether a change has to be looked into, although it leaves what it changes in place."""
    if change.half_made or change.kind not in _LOSING_KINDS or change.action in ("move", "remove", "import"):
        return False
    return change.action != "create" or change.kind in HOLDERS


def _destroyed(layers: Layers, unit: Unit, endangered: list[Change], details: Details) -> Iterator[Refusal]:
    protected = layers.stage.settings.protected
    for change in endangered:
        detail = details.changes.get(change.address)
        if _goes_with_its_holder(change, details) or _goes_empty(layers, unit, change, detail):
            continue
        words, instead = holds_data(change.kind, protected) or ("", "")
        verb = "replaced" if change.action == "replace" else "destroyed"
        forced = ", ".join(plan_details.forced(detail)) if detail and change.action == "replace" else ""
        because = f"of {forced}" if forced else _REASONS.get(change.reason, "")
        yield Refusal(
            change.address,
            f"({words}) would be {verb}{f', because {because}' if because else ''}",
            instead,
            entry(unit, change.address),
        )


_REASONS = {
    "delete_because_no_resource_config": "it is no longer in the configuration",
    "delete_because_no_module": "its module is no longer in the configuration",
    "delete_because_count_index": "of its count",
    "delete_because_each_key": "of its for_each",
    "delete_because_wrong_repetition": "of its count or for_each",
    "requested": "of -replace",
    "replace_by_triggers": "of replace_triggered_by",
}


def _lost_in_place(layers: Layers, unit: Unit, risky: list[Change], details: Details) -> Iterator[Refusal]:
    protected = layers.stage.settings.protected
    for change in risky:
        detail = details.changes.get(change.address)
        if detail is None or _goes_with_its_holder(change, details):
            continue
        if change.action == "create" and _is_about_nothing(layers, unit, detail):
            continue
        if change.destroys and holds_data(change.kind, protected):
            continue  # refused as a whole
        differences = {found.attribute: str(found) for found in plan_details.differences(detail)}
        for loss in losses.found_in(detail, protected):
            how = differences.get(loss.attribute, loss.attribute)
            yield Refusal(
                change.address,
                f"would be changed in place so that {loss.lost} ({how})",
                loss.instead,
                entry(unit, change.address),
            )


def _goes_with_its_holder(change: Change, details: Details) -> bool:
    """Whether the thing that this one's data lies in is made or destroyed too, and is what to speak of."""
    if change.kind not in HOLDERS or change.address not in details.changes:
        return False
    kind, attribute = HOLDERS[change.kind]
    own = details.changes[change.address]
    names = {str((values or {}).get(attribute)) for values in (own.before, own.after)} - {"None"}
    holders = [detail for detail in details.changes.values() if detail.kind == kind]
    held = {
        str(values.get(name))
        for holder in holders
        if holder.before is None or holder.after is None or holder.forced_by
        for values in (holder.before, holder.after)
        if values
        for name in ("id", "bucket")
    }
    unknown = own.before is None and not names  # the holder's id is not known yet: it is new
    return unknown or bool(names & held)


def _goes_empty(layers: Layers, unit: Unit, change: Change, detail: Detail | None) -> bool:
    """Whether something that may go once it is empty is, and what uses it goes with it."""
    attribute = MAY_GO_EMPTY.get(change.kind)
    if attribute is None or change.action != "delete" or detail is None or not detail.before:
        return False
    name = detail.before.get(attribute)
    return bool(name) and emptiness.is_empty(layers.cloud, unit.account, change.kind, str(name))


def _is_about_nothing(layers: Layers, unit: Unit, detail: Detail) -> bool:
    """Whether what it is about holds nothing: an interrupted deploy made the holder and came no further."""
    kind, attribute = HOLDERS[detail.kind]
    name = (detail.after or {}).get(attribute)
    return bool(name) and emptiness.is_empty(layers.cloud, unit.account, kind, str(name))


def _read_outputs(layers: Layers, unit: Unit, planned: Plan) -> dict[str, list[str]]:
    """By name the outputs that change, and are read by something deployed. A new one is nobody's yet."""
    changed = [name for name, action in planned.outputs.items() if action in ("update", "delete")]
    if not changed:
        return {}
    found = readers.of_outputs(layers, unit, changed)
    return {name: found.of(name) for name in changed if found.of(name)}


def _removed_outputs(
    layers: Layers, unit: Unit, read: dict[str, list[str]], planned: Plan, details: Details
) -> Iterator[Refusal]:
    for name, by in read.items():
        if planned.outputs[name] != "delete" and name not in details.emptied:
            continue
        new = details.renamed.get(name)
        change = f"renamed to {new}" if new else "removed"
        stages = sorted({reader.split("/")[0] for reader in by if "/" in reader})
        deploys = "; ".join(layers.command("deploy", stage) for stage in stages) or layers.command("account")
        kept = f"keep {name} beside {new}" if new else f"keep {name}, and add what replaces it"
        yield Refusal(
            f"output.{name}",
            f"would be {change}, and these still read it: {', '.join(by)}",
            f"{kept}; then deploy what reads it: {deploys}; and remove {name} in a later deploy",
            entry(unit, f"output.{name}"),
        )

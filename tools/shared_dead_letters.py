"""The dead-letter queue that all subscribers of a stage shared, before each had its own.

A deploy brings the stage layer up before the services. So the old queue stays in it until a later deploy
finds that no deployed service sends to it any more and that nothing lies in it: only then does it go.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tools import emptiness, readers, state_bucket
from tools.errors import ToolError
from tools.layers import Layers
from tools.permission import entry
from tools.terraform_unit import Unit

VARIABLE = "shared_dead_letters"  # of terraform/stage
_ADDRESS = "module.notify_dead_letters[0].aws_sqs_queue.this"
_READ = "notify_dead_letter_queue_arn"  # the output by which services find it


@dataclass(frozen=True)
class Shared:
    """The old queue of a stage: the deployed services that may still send to it, and its messages."""

    senders: list[str]
    messages: int


def url(layers: Layers) -> str:
    """Where the old queue is; empty where the stage has none any more."""
    outputs = state_bucket.outputs(layers.cloud, layers.stage.account, layers.stage_key)
    return str(dict(outputs or {}).get("notify_dead_letter_queue_url") or "")


def find(layers: Layers) -> Shared | None:
    """The old queue, if the stage has it still."""
    where = url(layers)
    if not where:
        return None
    senders = readers.of_outputs(layers, layers.stage_unit(), [_READ]).of(_READ)
    waiting = emptiness.messages(layers.cloud, layers.stage.account, where)
    return Shared([name.rsplit("/", 1)[-1] for name in senders], waiting)


def stage_unit(layers: Layers) -> Unit:
    """The stage layer to be brought up: with the old queue as long as it is needed."""
    unit, found = layers.stage_unit(), find(layers)
    if found is None or not _is_needed(layers, unit, found):
        return unit
    return replace(unit, variables={**unit.variables, VARIABLE: True})


def _is_needed(layers: Layers, unit: Unit, found: Shared) -> bool:
    if found.senders:
        return True
    return found.messages > 0 and not layers.permission.covers(entry(unit, _ADDRESS), layers.stage)


def check(layers: Layers) -> str:
    """What a deploy, or a plan, says of the old queue; empty where there is none any more.

    Raises ToolError where messages lie in it, so that it cannot go.
    """
    found, name = find(layers), layers.stage.name
    if found is None:
        return ""
    what = f"The dead-letter queue that all services of {name} shared"
    if found.messages:
        are = "1 message is" if found.messages == 1 else f"{found.messages} messages are"
        lost = f"ALLOW_DESTROY='{entry(layers.stage_unit(), _ADDRESS)}'"
        confirm = f" CONFIRM={name}" if layers.stage.settings.protected else ""
        raise ToolError(
            f"{what} cannot be removed: {are} in it. It stays, beside the new queue of each subscriber.",
            f"Send them to their functions: {layers.command('redrive')}\n"
            f"  Then deploy again: {layers.command('deploy')}\n"
            f"  If what no function can process may be lost, deploy with {lost}{confirm}",
        )
    if found.senders:
        return f"{what} stays: {', '.join(found.senders)} may still send to it."
    return f"{what} is no longer used: a deploy removes it."

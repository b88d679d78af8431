"""make redrive"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Collection, Sequence

import click

from tools import inventory, pausing, tables
from tools.context import Context
from tools.errors import ToolError, UsageError
from tools.layers import Layers
from tools.redrive import Found, Outcome, Redrive, matching

_QUEUES = ("QUEUE", "MESSAGES", "DELAYED OR IN FLIGHT")
_MESSAGES = ("QUEUE", "MESSAGE", "AGE", "FAILED WITH")


@click.command("redrive")
@click.option("--dry", envvar="DRY", is_flag=True, help="Show what lies in which queue, and change nothing.")
@click.option("--service", envvar="SERVICE", default="", help="Services whose messages to send, with commas.")
@click.option(
    "--function", envvar="FUNCTION", default="", help="Functions whose messages to send, with commas."
)
@click.option("--yes", envvar="YES", is_flag=True, help="Send what is shown without asking.")
@click.pass_obj
def command(context: Context, dry: bool, service: str, function: str, yes: bool) -> None:
    """Show what lies in a stage's dead-letter queues, and send it to the functions that failed on it.

    Exit status 0: all that was chosen is processed, 1: some of it is not and stays, 2: called wrongly.
    """
    layers = context.layers_as("deployer")
    redrive = Redrive.of(layers)
    services, functions = _listed(service), _listed(function)
    _refuse_unknown(redrive, services, functions)
    found = _show(redrive)
    chosen = matching(found, services, functions)
    if chosen and not dry and not yes:
        chosen = _asked(layers, chosen, narrowed=bool(services or functions))
    if dry or not chosen:
        click.echo("Nothing was changed." if found else "There is nothing to send.")
        return
    functions_of = {one.function.service for one in chosen if one.function}
    pausing.refuse(layers, functions_of, "It would process no message.")
    _report(layers, redrive.send(chosen, click.echo), chosen)


def _listed(words: str) -> list[str]:
    return [word for word in (part.strip() for part in words.split(",")) if word]


def _refuse_unknown(redrive: Redrive, services: Collection[str], functions: Collection[str]) -> None:
    """Raise UsageError for a name that no function with a dead-letter queue has."""
    stage = redrive.layers.stage.name
    for variable, names, known in (
        ("SERVICE", services, {one.service for one in redrive.receivers}),
        ("FUNCTION", functions, {name for one in redrive.receivers for name in one.names}),
    ):
        if unknown := [name for name in names if name not in known]:
            raise UsageError(
                f"{variable}={','.join(unknown)}: stage {stage} has no such function that gets messages.",
                f"These do: {', '.join(map(str, redrive.receivers)) or 'none'}.",
            )


def _show(redrive: Redrive) -> list[Found]:
    """Print how many messages each queue has and what is known of each; never what it says."""
    found = {queue: redrive.look(queue) for queue in redrive.queues}
    rows = [
        (str(queue), str(len(messages)), str(redrive.out_of_sight(queue)))
        for queue, messages in found.items()
    ]
    tables.show(_QUEUES, rows)
    listed = [message for messages in found.values() for message in messages]
    if listed:
        now = datetime.datetime.now(datetime.UTC)
        click.echo()
        tables.show(_MESSAGES, [_row(message, now) for message in listed])
        click.echo()
    return listed


def _row(found: Found, now: datetime.datetime) -> tuple[str, str, str, str]:
    letter = found.letter
    whose = (
        str(found.queue) if found.queue.owner or not found.function else f"{found.queue}, {found.function}"
    )
    why = f"cannot be sent: {found.fault}" if found.fault else letter.why or "unknown"
    return whose, letter.id, inventory.spoken(now - letter.sent_at), why


def _asked(layers: Layers, found: Sequence[Found], narrowed: bool) -> list[Found]:
    """What the user chooses of the messages. Raises UsageError where nobody can be asked."""
    if not sys.stdin.isatty():
        if narrowed:
            return list(found)
        functions = sorted({str(one.function) for one in found if one.function})
        some = [
            f"  Those of one function: {layers.command('redrive', FUNCTION=name)}" for name in functions[:1]
        ]
        raise UsageError(
            "Which messages? Nobody can be asked here, so nothing was changed.",
            "\n".join([f"All of them: {layers.command('redrive', YES='1')}", *some]),
        )
    if narrowed:
        return list(found) if click.confirm(f"Send {_count(len(found))}?") else []
    words = _listed(click.prompt("Send which? all, none, functions or messages", default="none"))
    if words == ["all"]:
        return list(found)
    known = {word for one in found for word in _names(one)}
    if unknown := [word for word in words if word not in known and word != "none"]:
        raise UsageError(f"Nothing called {', '.join(unknown)} is shown, so nothing was changed.")
    return [one for one in found if _names(one) & {*words}]


def _names(found: Found) -> set[str]:
    """What a message may be chosen by."""
    return {found.letter.id} | ({str(found.function)} if found.function else set())


def _report(layers: Layers, outcome: Outcome, chosen: Sequence[Found]) -> None:
    """Say what became of the messages. Raises ToolError where some stay."""
    click.echo(f"{outcome.processed} processed, {len(outcome.failed)} failed again and stay.")
    if not outcome.failed:
        return
    failed = [one.function for one in chosen if one.letter.id in outcome.failed]
    services = sorted({function.service for function in failed if function})
    logs = "; ".join(layers.command("logs", SERVICE=service) for service in services)
    raise ToolError(
        "\n".join(
            [
                f"{_count(len(outcome.failed))} failed again and stay where they are:",
                *(f"  {id_}: {why}" for id_, why in outcome.failed.items()),
            ]
        ),
        f"Mend the cause, then run it again. See why: {logs}" if logs else "",
    )


def _count(messages: int) -> str:
    return "1 message" if messages == 1 else f"{messages} messages"

"""A plan as lines for a terminal or a log: in colours on the one, plain in the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TextIO

from rich.console import Console
from rich.text import Text

from tools import plan_details
from tools.planning import Planned
from tools.terraform import Change

# By Terraform's action: what it is called, what stands before it, and its colour.
CLASSES = {
    "create": ("additive", "+", "green"),
    "update": ("in place", "~", "yellow"),
    "replace": ("replacing", "±", "red"),
    "delete": ("destroying", "-", "red"),
    "move": ("moved", ">", "cyan"),
    "remove": ("forgotten", ".", "cyan"),
    "import": ("adopted", "<", "cyan"),
}
_NEITHER = ("unknown", "?", "red")


def class_of(change: Change) -> str:
    """What kind of change it is: additive, in place, replacing, destroying, moved, forgotten or adopted."""
    return CLASSES.get(change.action, _NEITHER)[0]


def attributes(planned: Planned, change: Change) -> list[str]:
    """What changes of a resource that stays or is replaced; for the latter only what forces it."""
    detail = planned.details.changes.get(change.address)
    if detail is None or change.action not in ("update", "replace"):
        return []
    if change.half_made:
        return ["its creation was interrupted: a deploy completes what holds data, and makes the rest anew"]
    if change.action == "replace":
        return [f"because of {found}" for found in plan_details.forced(detail)]
    return [str(found) for found in plan_details.changed(detail)]


def headline(stage: str, plans: Iterable[Planned]) -> str:
    """One line with the totals."""
    plans = list(plans)
    counts = Counter(change.action for planned in plans if planned.plan for change in planned.plan.changes)
    words = [f"{counts[action]} {name}" for action, (name, _, _) in CLASSES.items() if counts[action]]
    new = sum(planned.plan is None for planned in plans)
    words += [f"{new} not planned yet"] if new else []
    outputs = sum(len(planned.plan.outputs) for planned in plans if planned.plan and not planned.plan.changes)
    words += [f"{outputs} outputs"] if outputs else []
    words += ["what callers get"] if any(planned.callers for planned in plans) else []
    return f"{stage}: {', '.join(words) or 'no changes'}"


def show(stage: str, plans: list[Planned], stream: TextIO | None = None) -> None:
    """Print every layer with its changes, and the totals."""
    console = Console(file=stream, highlight=False, soft_wrap=True)
    for planned in plans:
        console.print(Text(f"{planned.name}: {planned}", style="bold" if planned else "dim"))
        for line in _lines(planned):
            console.print(line)
    console.print(Text(headline(stage, plans), style="bold"))


def _lines(planned: Planned) -> Iterator[Text]:
    for words in planned.callers:
        yield Text.assemble(("  > live       ", "cyan"), words)
    for change in planned.plan.changes if planned.plan else ():
        name, mark, style = CLASSES.get(change.action, _NEITHER)
        yield Text.assemble((f"  {mark} {name:<10} ", style), change.address)
        for line in attributes(planned, change):
            yield Text(f"{'':15}{line}", style="dim")
    for output, action in sorted(planned.plan.outputs.items()) if planned.plan else ():
        name, mark, style = CLASSES.get(action, _NEITHER)
        if action != "update":
            yield Text.assemble((f"  {mark} {name:<10} ", style), f"output.{output}")

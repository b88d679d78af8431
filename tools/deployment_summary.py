"""The last words of a deploy: what was done, what failed and what to do, where the stage answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tools import pausing
from tools.graph import Outcome
from tools.layers import Layers
from tools.pause_records import Pause

UNCHANGED = "unchanged"
_USUAL = (UNCHANGED, "installed", "released")


def of(outcome: Outcome) -> str:
    """What was done, skipped, failed and not tried, a line each, with times."""
    skipped = outcome.skipped
    timed = [name for name in outcome.done if name not in skipped]
    lines = [
        _line("done", (f"{name} {outcome.seconds[name]:.1f} s" for name in timed)),
        _line(UNCHANGED, (name for name, words in skipped.items() if words == UNCHANGED)),
        *(f"  {name}: {words}" for name, words in skipped.items() if words not in _USUAL),
        _line("failed", (f"{name} {outcome.seconds[name]:.1f} s" for name in outcome.failed)),
        _line("not tried", outcome.not_tried),
    ]
    return "\n".join(["Summary:", *filter(None, lines)])


def _line(word: str, names: Iterable[str]) -> str:
    listed = ", ".join(names)
    return f"  {word:<10} {listed}" if listed else ""


def failures(outcome: Outcome, again: str) -> str:
    """Each reason with what it let fail; `again` is the command to repeat."""
    reasons: dict[str, list[str]] = {}
    for name, error in outcome.failed.items():
        reasons.setdefault(str(error), []).append(name)
    lines = [f"{', '.join(names)} failed.\n{reason}" for reason, names in reasons.items()]
    lines.append(f"When that is mended, run it again; it goes on where this stopped: {again}")
    return "\n".join(lines)


def removed(layers: Layers, services: Sequence[str]) -> str:
    """What is still deployed of services that the stage no longer has, and how to remove it."""
    command = layers.command("destroy", SERVICE=",".join(services))
    return f"Deployed still, but {layers.stage.name} has no {', '.join(services)} any more. Remove: {command}"


def paused(layers: Layers, pauses: Mapping[str, Pause]) -> str:
    """Which services nothing calls although they are deployed; empty without any."""
    return "\n".join(_line("paused", [line]) for line in pausing.told(layers, pauses))


def success(layers: Layers, seconds: float) -> str:
    """Where the stage answers and what to try next."""
    stage = layers.read(layers.stage_unit())
    suggestions = {
        layers.command("-s outputs"): "every name and address, as JSON",
        layers.command("smoke"): "a user's journey, once more",
        layers.command("local"): "the APIs on this machine, reloading as you edit",
    }
    width = max(map(len, suggestions))
    return "\n".join(
        [
            f"\n{layers.stage.name} is deployed ({seconds:.0f} s): {stage['api_url']}",
            "Try next:",
            *(f"  {command:<{width}}   {why}" for command, why in suggestions.items()),
        ]
    )

"""The last words of a deploy: what failed and what to do, or where the stage answers and what to try."""

from __future__ import annotations

from tools.graph import Outcome
from tools.layers import Layers


def failures(outcome: Outcome, again: str) -> str:
    """Each failure with its reason, then what was not tried; `again` is the command to repeat."""
    lines = [f"{name} failed.\n{error}" for name, error in outcome.failed.items()]
    if outcome.not_tried:
        lines.append(f"Not tried: {', '.join(outcome.not_tried)}.")
    lines.append(f"When that is mended, run it again; it goes on where this stopped: {again}")
    return "\n".join(lines)


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

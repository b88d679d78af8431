"""The last words of a deploy: what failed and what to do, or where the stage answers and what to try."""

from __future__ import annotations

from tools.graph import Outcome
from tools.layers import Layers


def failures(outcome: Outcome, command: str, stage: str) -> str:
    """Each failure with its reason, then what was not tried because of it."""
    lines = [f"{name} failed.\n{error}" for name, error in outcome.failed.items()]
    if outcome.not_tried:
        lines.append(f"Not tried: {', '.join(outcome.not_tried)}.")
    lines.append(f"When that is mended, run make {command} ENV={stage} again: it goes on where this stopped.")
    return "\n".join(lines)


def success(layers: Layers, seconds: float) -> str:
    """Where the stage answers and what to try next."""
    stage = layers.read(layers.stage_unit())
    name = layers.stage.name
    suffix = "" if layers.cloud.name == "aws" or name == "local" else f" CLOUD={layers.cloud.name}"
    return "\n".join(
        [
            f"\n{name} is deployed ({seconds:.0f} s): {stage['api_url']}",
            "Try next:",
            f"  make -s outputs ENV={name}{suffix}      every name and address, as JSON",
            f"  make smoke ENV={name}{suffix}           a user's journey, once more",
            f"  make local ENV={name}{suffix}           the APIs on this machine, reloading as you edit",
        ]
    )

"""make rollback"""

from __future__ import annotations

import os
import time

import click

from tools import manifests, rollback, stage_lock, verification
from tools.context import Context
from tools.layers import Layers
from tools.progress import Progress


@click.command("rollback")
@click.pass_obj
def command(context: Context) -> None:
    """Give callers the release before, or TO=release, older or newer. Stops a release that is on its way."""
    began = time.monotonic()
    wanted = os.environ.get("TO", "")
    if wanted:
        manifests.check_id(wanted, "TO")
    layers = context.layers_as("deployer")
    with Progress() as progress:
        stopped = rollback.stop(layers, progress.say)
        with stage_lock.held(layers, "rollback", progress.say):
            rollback.close(layers)
            told = "callers get what they got before that release"
            before = ""
            if not stopped or wanted:
                told, before = _rolled_back(layers, wanted, progress)
    click.echo(_told(layers, told, before, began))


def _rolled_back(layers: Layers, wanted: str, progress: Progress) -> tuple[str, str]:
    """Give callers the release `wanted`, or the one before; in words, and the id of what they got before."""
    current, entry = rollback.target(layers, wanted)
    rollback.refuse(layers, entry)
    words = f"release {entry.release.id} ({entry.release.origin})"
    before = current.release.id if current else ""
    if not rollback.give(layers, entry, progress.say):
        return f"callers get {words} already", ""
    return f"callers get {words} instead of {before or 'no release as a whole'}", before


def _told(layers: Layers, words: str, before: str, began: float) -> str:
    current = verification.current(layers)
    forward = f"To undo: {layers.command('rollback', TO=before)}."
    if not before:
        forward = f"Others: {layers.command('rollback', TO='<release>')}, see {layers.command('releases')}."
    live = "" if current else " No release as a whole is live."
    return (
        f"{layers.stage.name}: {words} ({time.monotonic() - began:.1f} s).{live} Data stays as it is.\n"
        f"{forward} A user's journey: {layers.command('smoke')}"
    )

"""What was found of drift, as lines for a terminal or a log, and as Markdown for the summary of a run."""

from __future__ import annotations

from collections.abc import Iterator

from tools.drift import Findings
from tools.plan_markdown import code, text

_HEADING = ("stage", "looked at", "drift")


def lines(findings: Findings) -> Iterator[str]:
    """A table by stage, then each resource that differs."""
    rows = [_HEADING, *_rows(findings)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
    for one in findings.drifted:
        yield f"{_unit(one.key)}: {one.address}: {'; '.join(one.words)}"
    for stage, words in findings.callers.items():
        yield from (f"{stage}: callers do not get the live release: {line}" for line in words)
    for key, pause in sorted(findings.paused.items()):
        yield f"{_unit(key)}: {pause}"


def markdown(findings: Findings) -> str:
    """The same; names come from whoever changed the cloud, so nothing of them acts as Markdown."""
    count = len(findings.drifted)
    parts = [f"### Drift: {count or 'no'} {'resource' if count == 1 else 'resources'} changed by hand\n\n"]
    parts += [f"| {' | '.join(_HEADING)} |\n|{'---|' * len(_HEADING)}\n"]
    parts += [f"| {' | '.join(map(text, row))} |\n" for row in _rows(findings)]
    parts += ["\n"] if findings.drifted else []
    parts += [
        f"- {code(_unit(one.key))} {code(one.address)} {code('; '.join(one.words))}\n"
        for one in findings.drifted
    ]
    parts += [
        f"- {code(stage)} callers do not get the live release: {code(line)}\n"
        for stage, words in findings.callers.items()
        for line in words
    ]
    parts += ["\n"] if findings.paused else []
    parts += [f"- {code(_unit(key))} {text(str(pause))}\n" for key, pause in sorted(findings.paused.items())]
    for account in (*findings.unread, *findings.outcome.failed):
        parts.append(f"\n**{text(account)} could not be looked at, see the log.**\n")
    return "".join(parts)


def _rows(findings: Findings) -> Iterator[tuple[str, str, str]]:
    """By stage: its layers and services that were looked at, and what was found."""
    stages = {key.partition("/")[0] for key in findings.looked_at}
    for stage in sorted(stages | findings.busy.keys()):
        if stage in findings.busy:
            yield stage, "", "not looked at: it is being deployed"
            continue
        looked_at = [
            _unit(key).partition(" ")[2] for key in findings.looked_at if key.startswith(f"{stage}/")
        ]
        found = sum(one.key.startswith(f"{stage}/") for one in findings.drifted)
        told = [f"{found} changed by hand"] * bool(found)
        told += ["callers do not get the live release"] * (stage in findings.callers)
        yield stage, ", ".join(sorted(looked_at)), ", ".join(told) or "none"


def _unit(key: str) -> str:
    """Stage and layer or service of a state."""
    stage, _, part = key.removesuffix(".tfstate").partition("/")
    return f"{stage} {part.removeprefix('services/')}"

"""What a promotion would change: shown on a terminal, and as Markdown for whoever approves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from tools import collisions, deployment_summary, guard, plan_markdown, plan_text, promotion
from tools.errors import ToolError
from tools.graph import Report
from tools.paths import BUILD, REPOSITORY
from tools.plan_markdown import code
from tools.planning import Planned, plan
from tools.promotion import Promotion


@dataclass(frozen=True)
class Preview:
    """The lines that tell of release, services and commits, and the plans of every layer."""

    promotion: Promotion
    plans: list[Planned]

    def show(self) -> None:
        """Print it, and write the Markdown beside it."""
        for line in promotion.preview(self.promotion):
            click.echo(line, err=True)
        plan_text.show(self.promotion.target.stage.name, self.plans)
        file = self._write()
        click.echo(f"For whoever approves it: {file.relative_to(REPOSITORY)}", err=True)

    def _write(self) -> Path:
        source, target = self.promotion.source.stage.name, self.promotion.target.stage.name
        file = BUILD / f"promotion-{source}-{target}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(self._markdown(source, target)))
        return file

    def _markdown(self, source: str, target: str) -> Iterator[str]:
        release, live = self.promotion.release, self.promotion.live
        yield f"### Promote {code(release.id)} from {code(source)} to {code(target)}\n\n"
        yield f"{code(release.origin)}, made by {code(release.made_by)}. "
        yield f"{code(target)} has {code(live.release.id) if live else 'no release yet'}.\n\n"
        yield "| service | |\n|---|---|\n"
        yield from (f"| {code(name)} | {words} |\n" for name, words in promotion.services(self.promotion))
        yield "\n<details><summary>Commits</summary>\n\n"
        yield from (f"- {code(line)}\n" for line in promotion.commits(self.promotion))
        yield "\n</details>\n\n"
        yield plan_markdown.render(target, self.plans, [], [])


def make(found: Promotion, report: Report) -> Preview:
    """Plan it. Raises ToolError where it would not go through: refused, or in need of what is not there."""
    collisions.check(found.target)
    promotion.fetch(found)
    layers = found.layers
    plans, outcome = plan(layers, report, layers.services)
    if outcome.failed:
        raise ToolError(deployment_summary.failures(outcome, found.command("preview")))
    refused = [refusal for planned in plans for refusal in planned.refused]
    if refused:
        told = "\n".join(guard.told(refused))
        raise ToolError(
            f"Release {found.release.id} is refused: this would be lost in {layers.stage.name}.\n{told}",
            guard.let_through(layers, refused),
        )
    return Preview(found, plans)

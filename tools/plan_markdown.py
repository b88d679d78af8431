"""A plan as the Markdown of a comment on a pull request.

Names come from the change under review, so nothing of them may act as Markdown or HTML: they stand in code,
with every character that could mean something as a numeric reference, which no Markdown gives a meaning:
https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tools.guard import Refusal
from tools.plan_text import CLASSES, attributes, class_of, headline
from tools.planning import Planned

# https://github.com/orgs/community/discussions/27190: a comment's body has at most 65,536 characters.
LIMIT = 65_000
_HARMLESS = re.compile(r"[A-Za-z0-9 .,/=()-]")
_ACCOUNT_NUMBER = re.compile(r"\d{12}")
_COLUMNS = tuple(dict.fromkeys(name for name, _, _ in CLASSES.values()))[:4]
_CUT = "\n_The rest is left out, because a comment has no more room. `make plan` prints it all._\n"


def render(
    stage: str, plans: list[Planned], failed: list[str], not_tried: list[str], paused: Sequence[str] = ()
) -> str:
    """The comment: totals, what is refused, `paused`, a table by layer, then each layer's changes folded."""
    refused = [refusal for planned in plans for refusal in planned.refused]
    title = f"### Plan of {code(stage)}: {text(headline('', plans).removeprefix(': '))}"
    title += f", {len(refused)} **refused**" if refused else ""
    title += f", {len(failed)} **failed**" if failed else ""
    parts = [f"{title}\n", *_refused(refused), *_failed(failed, not_tried)]
    parts += [f"\n{text(line)}\n" for line in paused]
    parts += [_table(plans)]
    parts += [part for planned in plans for part in _details(planned)]
    return _limited(parts)


def code(words: str) -> str:
    """Untrusted words as code. In code GitHub makes no mention of @name and no link of #1."""
    return f"<code>{text(words)}</code>"


def text(words: str) -> str:
    """Words of which nothing acts as Markdown or HTML, without account numbers."""
    return "".join(
        character if _HARMLESS.fullmatch(character) else f"&#{ord(character)};"
        for character in _ACCOUNT_NUMBER.sub("(account)", words)
    )


def _refused(refused: list[Refusal]) -> Iterator[str]:
    if refused:
        yield "\n**Refused: a deploy would stop here and change nothing.**\n\n"
    for refusal in refused:
        yield (
            f"- {code(refusal.subject)} {code(refusal.what)}\n"
            f"  Instead: {code(refusal.instead)}\n"
            f"  If it must be: {code(f'ALLOW_DESTROY={refusal.entry}')}\n"
        )


def _failed(failed: list[str], not_tried: list[str]) -> Iterator[str]:
    if failed:
        yield f"\n**Failed, see the log: {', '.join(map(code, failed))}**\n"
    if not_tried:
        yield f"\nNot tried after that: {', '.join(map(code, not_tried))}\n"


def _table(plans: list[Planned]) -> str:
    lines = [f"\n| layer | {' | '.join(_COLUMNS)} | |\n|---|{'--:|' * len(_COLUMNS)}---|\n"]
    for planned in plans:
        counts = Counter(class_of(change) for change in planned.plan.changes) if planned.plan else Counter()
        cells = [str(counts[name] or "") for name in _COLUMNS]
        others = [f"{count} {name}" for name, count in counts.items() if name not in _COLUMNS]
        words = [*others, planned.note, "" if planned else "no changes"]
        words += [f"{len(planned.refused)} refused"] if planned.refused else []
        words += ["callers"] if planned.callers else []
        told = ", ".join(word for word in words if word)
        lines.append(f"| {text(planned.name)} | {' | '.join(cells)} | {text(told)} |\n")
    return "".join(lines)


def _details(planned: Planned) -> Iterator[str]:
    """A folded block; each line a part of its own, so that a long one can be cut."""
    if not planned.plan and not planned.callers:
        return
    yield f"\n<details><summary>{text(planned.name)}: {text(str(planned.plan))}</summary>\n\n"
    for words in planned.callers:
        yield f"- live {code(words)}\n"
    for change in planned.plan.changes if planned.plan else ():
        told = "; ".join(attributes(planned, change))
        yield f"- {class_of(change)} {code(change.address)}{f' {code(told)}' if told else ''}\n"
    for output, action in sorted(planned.plan.outputs.items()) if planned.plan else ():
        yield f"- {CLASSES[action][0]} {code(f'output.{output}')}\n"
    yield "\n</details>\n"


def _limited(parts: list[str]) -> str:
    """The parts as far as there is room, with every opened block closed."""
    room = LIMIT - len(_CUT) - len("\n</details>\n")
    kept: list[str] = []
    for part in parts:
        if len(part) > room:
            open_block = "".join(kept).count("<details>") > "".join(kept).count("</details>")
            return "".join([*kept, "\n</details>\n" if open_block else "", _CUT])
        kept.append(part)
        room -= len(part)
    return "".join(kept)

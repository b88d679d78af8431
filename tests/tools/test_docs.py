"""What the pages say is there: make targets, their variables, files linked to; and their sums are right."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from tests import makefile
from tests.documents import PAGES, README, Block, blocks, commands
from tools.paths import REPOSITORY

LANGUAGES = {"sh", "console", "toml", "ini", "json", "text", "hcl"}
ALL = [README, *PAGES]

_VARIABLES = makefile.FROM_ENVIRONMENT | makefile.FROM_COMMAND_LINE | {"PYTHON"}
# `make -s outputs ENV=local`, in a block as in the middle of a sentence.
_MAKE = re.compile(r"(?<![\w/-])make(?: -s)? ([a-z][a-z-]*)((?: [A-Z_]+=\S*)*)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_NUMBER = r"[\d,]+(?:\.\d+)?"
_PRODUCT = re.compile(rf"({_NUMBER}(?: × {_NUMBER})*) × \$({_NUMBER})(?: ÷ ({_NUMBER}))? = \$({_NUMBER})")
_SUM = re.compile(rf"(\${_NUMBER}(?: [+−] \${_NUMBER})+) = \$({_NUMBER})")


def _named(page: Path) -> list[tuple[str, str]]:
    """Each make target that a page names, with the variables given to it."""
    in_code = [line for block in blocks(page) for line in block.lines]
    in_words = re.findall(r"`([^`\n]+)`", page.read_text())
    return [(found[1], found[2]) for text in in_code + in_words for found in _MAKE.finditer(text)]


def _shown(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


@pytest.mark.parametrize("page", ALL, ids=_shown)
def test_every_command_named_exists_and_takes_the_variables_it_is_given(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile.TEXT, re.MULTILINE))

    named = _named(page)

    assert {target for target, _ in named} <= targets
    assert {name for _, given in named for name in re.findall(r"([A-Z_]+)=", given)} <= _VARIABLES


@pytest.mark.parametrize("page", ALL, ids=_shown)
def test_every_file_linked_to_exists(page: Path) -> None:
    for link in _LINK.findall(page.read_text()):
        path, _, anchor = link.partition("#")
        if "://" in path:
            continue
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in _anchors(target), link


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_shown)
def test_every_block_says_what_it_is(page: Path) -> None:
    """So that the end-to-end tests know which commands to run; README's are for more than make."""
    for block in blocks(page):
        assert block.language in LANGUAGES, _where(block)
        if block.language == "sh":
            assert all(command.text.startswith("make ") for command in commands(block)), _where(block)


def _where(block: Block) -> str:
    return f"{block.page.name}:{block.line}: {block.language or 'no language'}"


def test_the_sums_are_right() -> None:
    checked = 0
    for page in PAGES:
        text = page.read_text()
        for factors, price, per, result in _PRODUCT.findall(text):
            product = _value(price) / _value(per or "1")
            for factor in factors.split(" × "):
                product *= _value(factor)
            assert _rounded(product, result) == _value(result), f"{factors} × ${price} is ${product}"
            checked += 1
        for terms, result in _SUM.findall(text):
            total = sum(
                (_value(number) * (-1 if sign == "−" else 1) for sign, number in _terms(terms)), Decimal(0)
            )
            assert total == _value(result), f"{terms} is ${total}"
            checked += 1
    assert checked == sum(page.read_text().count("= $") for page in PAGES)


def _terms(terms: str) -> list[tuple[str, str]]:
    return re.findall(rf"([+−]?) ?\$({_NUMBER})", terms)


def _value(number: str) -> Decimal:
    return Decimal(number.replace(",", ""))


def _rounded(value: Decimal, like: str) -> Decimal:
    return value.quantize(_value(like) if "." in like else Decimal(1), ROUND_HALF_UP)

"""The part of Stripe's search language that finds PaymentIntents (https://docs.stripe.com/search)."""

from __future__ import annotations

import re
from collections.abc import Callable

from chalicelib.change import Document
from chalicelib.errors import invalid

_STRING = r"""(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")"""
_CLAUSE = re.compile(rf"""\s*(?:metadata\[{_STRING}\]|(status|currency))\s*:\s*{_STRING}\s*""")

Predicate = Callable[[Document], bool]


def matcher(query: str | None) -> Predicate:
    """A test for ``metadata['k']:'v'``, ``status:'v'`` and ``currency:'v'``, joined by AND."""
    if not query:
        raise invalid("Missing required param: query.", code="parameter_missing", param="query")
    tests: list[Predicate] = []
    at = 0
    while True:
        matched = _CLAUSE.match(query, at)
        if not matched:
            raise invalid(
                f"We were unable to parse your search query near: {query[at : at + 40]}", param="query"
            )
        tests.append(_test(*matched.groups()))
        at = matched.end()
        if at == len(query):
            return lambda document: all(test(document) for test in tests)
        conjunction = re.compile(r"AND\s", re.IGNORECASE).match(query, at)
        if not conjunction:
            raise invalid("This mock joins search clauses by AND only.", param="query")
        at = conjunction.end()


def _test(key: str | None, other_key: str | None, field: str | None, *values: str | None) -> Predicate:
    """One clause, from the groups of its expression; exact matches ignore case, as at Stripe."""
    value = _plain(values).casefold()
    if field:
        return lambda document: str(document[field]).casefold() == value
    name = _plain((key, other_key))
    return lambda document: name in document["metadata"] and document["metadata"][name].casefold() == value


def _plain(alternatives: tuple[str | None, ...]) -> str:
    return re.sub(r"\\(.)", r"\1", next(text for text in alternatives if text is not None))

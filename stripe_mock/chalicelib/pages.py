"""Lists and search results (https://docs.stripe.com/api/pagination)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib import forms
from chalicelib.change import Document
from chalicelib.errors import invalid

_MAXIMUM = 100


def limit(params: Mapping[str, Any]) -> int:
    """The page size: 1 to 100, 10 unless told otherwise."""
    size = forms.integer(dict(params), "limit")
    if size is None:
        return 10
    if not 1 <= size <= _MAXIMUM:
        raise invalid(
            "Invalid limit: must be between 1 and 100.", code="parameter_invalid_integer", param="limit"
        )
    return size


def page(documents: Iterable[Document], url: str, size: int, kind: str = "list") -> Document:
    """The first ``size`` documents as Stripe's ``list`` or ``search_result`` object."""
    found = list(itertools.islice(documents, size + 1))
    answer: Document = {"object": kind, "url": url, "has_more": len(found) > size, "data": found[:size]}
    if kind == "search_result":
        answer["next_page"] = found[size - 1]["id"] if len(found) > size else None
    return answer

"""Stripe's form encoding: ``a[b]=c`` nests, ``a[]=c`` and ``a[0]=c`` make lists."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from chalicelib.errors import invalid

Params = dict[str, Any]

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_MAX_FIELDS = 1000


def decode(text: str) -> Params:
    """Nested parameters of a form-encoded body or query string.

    Raises Stripe's 400 for anything that is not a well-formed form.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise invalid(f"Invalid request: the parameters cannot be read ({error}).") from error
    return nest(pairs)


def nest(pairs: list[tuple[str, str]]) -> Params:
    """``[("metadata[order]", "7")]`` as ``{"metadata": {"order": "7"}}``."""
    params: Params = {}
    for name, value in pairs:
        matched = _NAME.fullmatch(name)
        if not matched:
            raise invalid(f"Invalid parameter name: {name}", param=name)
        _put(params, [matched[1], *re.findall(r"\[([^\[\]]*)\]", matched[2])], value, name)
    return {name: _lists(value) for name, value in params.items()}


def _put(into: Params, path: list[str], value: str, name: str) -> None:
    *parents, last = path
    for parent in parents:
        into = into.setdefault(parent or str(len(into)), {})
        if not isinstance(into, dict):
            raise invalid(f"Invalid parameter: {name} is given twice, with different shapes.", param=name)
    into[last or str(len(into))] = value


def _lists(value: Any) -> Any:
    """Maps whose keys are all numbers are lists."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(child) for child in value.values()]
    return {key: _lists(child) for key, child in value.items()}


def boolean(params: Params, name: str, default: bool = False) -> bool:
    """The boolean parameter ``name``: ``true`` or ``false``, as Stripe wants it."""
    value = params.get(name)
    if value is None:
        return default
    if value not in ("true", "false"):
        raise invalid(f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def integer(params: Params, name: str) -> int | None:
    """The integer parameter ``name``, None where it is absent."""
    value = params.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,15}", value):
        raise invalid(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
    return int(value)


def text(params: Params, name: str) -> str | None:
    """The string parameter ``name``, None where it is absent."""
    value = params.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(f"Invalid string: {value}", param=name)
    if value == "":
        raise invalid(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a "
            f"parameter; however '{name}' cannot be unset.",
            code="parameter_invalid_empty",
            param=name,
        )
    return value


def table(params: Params, name: str) -> Params:
    """The hash parameter ``name``, empty where it is absent."""
    value = params.get(name, {})
    if not isinstance(value, dict):
        raise invalid("Invalid object", param=name)
    return value


def only(params: Params, known: set[str]) -> None:
    """Refuses parameters that the call does not have."""
    for name in sorted(set(params) - known):
        raise invalid(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)

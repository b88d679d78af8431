"""Reads what a request carries and holds it against JSON Schemas, naming every fault."""

import base64
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.problems import BadRequest

if TYPE_CHECKING:
    from shared.contract import Parameter

Schema = Mapping[str, Any]
Faults = list[dict[str, str]]

_INTEGER = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")

# Compiling a schema takes milliseconds, so only the operations that are called pay, once each. Keyed by the
# schema's identity; the schema itself is kept beside its validator so that no other can take that identity.
_validators: dict[int, tuple[Schema, Any]] = {}


def refuse(faults: Faults) -> None:
    """Problem 400 if there is any fault."""
    if faults:
        raise BadRequest("The request is not valid; see errors.", errors=faults)


def raw_body(event: Mapping[str, Any]) -> bytes:
    """The body as it was sent; text that is not valid Unicode is a problem 400."""
    body = event.get("body") or b""
    if event.get("isBase64Encoded"):
        return base64.b64decode(body)
    try:
        return body if isinstance(body, bytes) else str(body).encode()
    except UnicodeEncodeError:
        raise BadRequest("The body is not valid UTF-8.") from None


def json_body(raw: bytes, schema: Schema) -> Any:
    """The JSON in `raw`, checked. Stricter than Python's: no NaN, no name twice, no half surrogate pair."""
    if not raw.strip():
        raise BadRequest("The body is empty; a JSON object is expected.")
    try:
        value = json.loads(
            raw.decode(), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite_float
        )
    except UnicodeDecodeError:
        raise BadRequest("The body is not valid UTF-8.") from None
    except json.JSONDecodeError as error:
        raise BadRequest(
            f"The body is not JSON: {error.msg} at line {error.lineno} column {error.colno}."
        ) from None
    except _Refused as error:
        raise BadRequest(f"The body is not JSON that can be accepted: {error}.") from None
    except (ValueError, RecursionError):
        raise BadRequest(
            "The body is not JSON that can be accepted: too deep, or a number too long."
        ) from None
    refuse(
        [
            {"pointer": pointer, "detail": "holds half of a surrogate pair"}
            for pointer in _broken_text(value, "")
        ]
    )
    refuse(list(_body_faults(schema, value)))
    return value


def query(
    parameters: Iterable["Parameter"], given: Mapping[str, Sequence[str]], faults: Faults
) -> dict[str, Any]:
    """The declared query parameters; appends to `faults` what is unknown, repeated, missing or wrong."""
    declared = {p.name: p for p in parameters if p.location == "query"}
    faults += [
        {"parameter": _shown(name), "detail": "is not known"} for name in given if name not in declared
    ]
    return {name: _one(p, given.get(name, ()), "parameter", faults) for name, p in declared.items()}


def headers(parameters: Iterable["Parameter"], event: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
    """The declared headers of the request; appends to `faults` what is repeated, missing or wrong."""
    many = event.get("multiValueHeaders") or {
        name: [value] for name, value in (event.get("headers") or {}).items()
    }
    given: dict[str, list[str]] = {}
    for name, values in many.items():
        given.setdefault(name.lower(), []).extend(values)
    declared = [p for p in parameters if p.location == "header"]
    return {p.name: _one(p, given.get(p.name.lower(), ()), "header", faults) for p in declared}


class _Refused(ValueError):
    """JSON that Python reads but nobody should."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Refused("an object has the same name twice")
    return found


def _no_constant(name: str) -> Any:
    raise _Refused(f"{name} is not a JSON value")


def _finite_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _Refused("a number is too large")
    return number


def _broken_text(value: Any, pointer: str) -> Iterator[str]:
    """JSON pointers of the strings and names that cannot be written as UTF-8."""
    if isinstance(value, str):
        if _SURROGATE.search(value):
            yield pointer
    elif isinstance(value, dict):
        for name, item in value.items():
            if _SURROGATE.search(name):
                yield pointer
            else:
                yield from _broken_text(item, f"{pointer}/{_escaped(name)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _broken_text(item, f"{pointer}/{index}")


def _body_faults(schema: Schema, value: Any) -> Iterator[dict[str, str]]:
    for error in _errors(schema, value):
        pointer = "".join(f"/{_escaped(part)}" for part in error.path[1:])
        if error.rule == "required":
            missing = [name for name in error.rule_definition if name not in error.value]
            yield from ({"pointer": f"{pointer}/{name}", "detail": "is required"} for name in missing)
        elif error.rule == "additionalProperties":
            unknown = [name for name in error.value if name not in error.definition["properties"]]
            yield from (
                {"pointer": f"{pointer}/{_escaped(_shown(name))}", "detail": "is not known"}
                for name in unknown
            )
        else:
            yield {"pointer": pointer, "detail": _detail(error)}


def _one(parameter: "Parameter", values: Sequence[str], kind: str, faults: Faults) -> Any:
    """The one value of a parameter or header, or its default."""
    if not values:
        if parameter.required:
            faults.append({kind: parameter.name, "detail": "is required"})
        return parameter.schema.get("default")
    if len(values) > 1:
        faults.append({kind: parameter.name, "detail": "is given more than once"})
        return None
    value: Any = values[0]
    if parameter.schema["type"] == "integer":
        if not _INTEGER.fullmatch(value):
            faults.append({kind: parameter.name, "detail": "must be a whole number"})
            return None
        value = int(value)
    faults += [{kind: parameter.name, "detail": _detail(error)} for error in _errors(parameter.schema, value)]
    return value


def _errors(schema: Schema, value: Any) -> Sequence[Any]:
    import fastjsonschema

    if id(schema) not in _validators:
        draft_4 = {**schema, "$schema": "http://json-schema.org/draft-04/schema#"}
        _validators[id(schema)] = (
            schema,
            fastjsonschema.compile(draft_4, use_default=False, fast_fail=False),
        )
    try:
        _validators[id(schema)][1](value)
    except fastjsonschema.JsonSchemaValuesException as found:
        return list(found.errors)
    except fastjsonschema.JsonSchemaValueException as error:
        return [error]
    return []


def _detail(error: Any) -> str:
    """fastjsonschema's sentence without the path it starts with: that is what the pointer says."""
    return str(error.message).removeprefix(error.name or "").strip()


def _escaped(name: str) -> str:
    """A reference token of a JSON pointer (https://www.rfc-editor.org/rfc/rfc6901#section-3)."""
    return name.replace("~", "~0").replace("/", "~1")


def _shown(name: str) -> str:
    """A name out of the request, short enough to repeat."""
    return name if len(name) <= 50 else f"{name[:50]}…"

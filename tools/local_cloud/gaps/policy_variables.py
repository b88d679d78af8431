"""IAM policy variables: `${aws:username}`, `${cognito-identity.amazonaws.com:sub}` and their like.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tools.local_cloud.patching import module, patch, require

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*(?P<key>[^,]*?)\s*,\s*'(?P<default>[^']*)'\s*")

# A `*` or `?` that comes out of a variable is itself, not a wildcard. These stand for it until it is matched.
_LITERALS = {"*": "\ue000", "?": "\ue001", "$": "$"}
_MARK_LITERALS = str.maketrans({sign: mark for sign, mark in _LITERALS.items() if sign != "$"})
_RESTORE_LITERALS = str.maketrans({mark: sign for sign, mark in _LITERALS.items() if sign != "$"})

Statement = Any
Context = Any


class _NoValueError(Exception):
    """A variable has no value in this request, so its statement does not match."""


def install() -> None:
    """Let MiniStack's evaluator fill in variables, and tell it an identity-pool session's keys."""
    evaluator = module("core.iam_evaluator")
    sts = module("services.sts")
    require(evaluator, "_action_matches", "_resource_matches", "_conditions_met", "_resolve_condition_key")
    require(sts, "_sessions")

    def first_match(ctx: Context, stmts: list[Statement], effect: str) -> Statement | None:
        for statement in stmts:
            if statement.effect != effect:
                continue
            if not evaluator._action_matches(ctx.action, statement.actions, statement.not_actions):
                continue
            try:
                filled = _fill_statement(statement, lambda key: evaluator._resolve_condition_key(key, ctx))
            except _NoValueError:
                continue
            if evaluator._resource_matches(
                ctx.resource_arn, filled.resources, filled.not_resources
            ) and evaluator._conditions_met(filled.conditions, ctx):
                return statement
        return None

    def session_keys(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        def principal_keys(credential: Any) -> dict[str, Any]:
            return original(credential) | _identity_pool_keys(
                sts._sessions.get(credential.access_key_id) or {}
            )

        return principal_keys

    def literal_marks(original: Callable[..., re.Pattern[str]]) -> Callable[..., re.Pattern[str]]:
        def compile_pattern(pattern: str, ignore_case: bool) -> re.Pattern[str]:
            if not any(mark in pattern for mark in "\ue000\ue001"):
                return original(pattern, ignore_case)
            signs = {"*": ".*", "?": ".", "\ue000": r"\*", "\ue001": r"\?"}
            expression = "".join(signs.get(sign) or re.escape(sign) for sign in pattern)
            return re.compile(f"^{expression}$", re.IGNORECASE if ignore_case else 0)

        return compile_pattern

    patch(evaluator, "_first_match", "ctx stmts effect", lambda _: first_match)
    patch(evaluator, "_principal_keys", "credential", session_keys)
    patch(evaluator, "_fnmatch_compile", "pattern ignore_case", literal_marks)


def _identity_pool_keys(session: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif"""
    if not session.get("_identity_id"):
        return {}
    return {
        "cognito-identity.amazonaws.com:sub": session["_identity_id"],
        "cognito-identity.amazonaws.com:aud": session.get("_identity_pool_id", ""),
        "cognito-identity.amazonaws.com:amr": session.get("_cognito_amr", []),
    }


def _fill_statement(statement: Statement, value_of: Callable[[str], Any]) -> Statement:
    """The statement with its variables filled in; the same object where it has none."""
    texts = [*statement.resources, *statement.not_resources]
    if not any("${" in text for text in texts) and "${" not in str(statement.conditions):
        return statement
    return replace(
        statement,
        resources=[_fill(text, value_of) for text in statement.resources],
        not_resources=[_fill(text, value_of) for text in statement.not_resources],
        conditions={
            operator: _fill_block(operator, block, value_of)
            for operator, block in statement.conditions.items()
        },
    )


def _fill_block(operator: str, block: Any, value_of: Callable[[str], Any]) -> Any:
    if not isinstance(block, dict):
        return block
    operator = operator.lower().removesuffix("ifexists").rpartition(":")[2]
    matches_patterns = operator.endswith("like") or operator.startswith("arn")

    def fill(value: Any) -> Any:
        if isinstance(value, list):
            return [fill(one) for one in value]
        if not isinstance(value, str):
            return value
        filled = _fill(value, value_of)
        return filled if matches_patterns else filled.translate(_RESTORE_LITERALS)

    return {key: fill(value) for key, value in block.items()}


def _fill(text: str, value_of: Callable[[str], Any]) -> str:
    def value(variable: re.Match[str]) -> str:
        name = variable[1]
        if name in _LITERALS:
            return _LITERALS[name]
        with_default = _DEFAULT.fullmatch(name)
        found = value_of(with_default["key"] if with_default else name.strip())
        if isinstance(found, str):
            return found.translate(_MARK_LITERALS)
        if with_default and found is None:
            return with_default["default"].translate(_MARK_LITERALS)
        raise _NoValueError(name)  # absent, or a key with several values, which no variable may name

    return _VARIABLE.sub(value, text)

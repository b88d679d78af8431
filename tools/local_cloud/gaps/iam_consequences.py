"""What AWS checks beside the action itself: roles that are handed on, tags that something is made with.

And keys of conditions that MiniStack does not know: a role's boundary, the function that polls, the tags of
an API's stage and of a function behind its alias, and the role behind a session.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-condition-keys.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-iam-policy.html
https://docs.aws.amazon.com/lambda/latest/dg/attribute-based-access-control.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, unquote

from tools.local_cloud.patching import module, patch, require

# The parameter is the boundary that a role is to have; every other action is about the one that it has.
_SETTING_BOUNDARY = ("iam:CreateRole", "iam:PutRolePermissionsBoundary")

# Making something with tags takes the right to tag it too.
_TAGGING = {
    "appconfig:CreateApplication": "appconfig:TagResource",
    "appconfig:CreateConfigurationProfile": "appconfig:TagResource",
    "appconfig:CreateDeploymentStrategy": "appconfig:TagResource",
    "appconfig:CreateEnvironment": "appconfig:TagResource",
    "cloudwatch:PutMetricAlarm": "cloudwatch:TagResource",
    "dynamodb:CreateTable": "dynamodb:TagResource",
    "events:PutRule": "events:TagResource",
    "iam:CreatePolicy": "iam:TagPolicy",
    "iam:CreateRole": "iam:TagRole",
    "lambda:CreateFunction": "lambda:TagResource",
    "logs:CreateLogGroup": "logs:TagResource",
    "secretsmanager:CreateSecret": "secretsmanager:TagResource",
    "sns:CreateTopic": "sns:TagResource",
    "sqs:CreateQueue": "sqs:TagQueue",
    "states:CreateStateMachine": "states:TagResource",
}

_API_STAGE = re.compile(r"/restapis/([^/]+)/stages/([^/]+)/?")
_FUNCTION = re.compile(r"(arn:aws:lambda:[^:]*:[^:]*:function:[^:]+):[^:]+")
_SESSION = re.compile(r"arn:aws:sts::(\d{12}):assumed-role/(.+)/[^/]+")

Context = dict[str, Any]


def install() -> None:
    """Let MiniStack's evaluator check them."""
    evaluator = module("core.iam_evaluator")
    responses = module("core.responses")
    iam = module("services.iam")
    functions = module("services.lambda_svc")
    apis = module("services.apigateway_v1")
    require(apis, "_stages_v1")
    require(evaluator, "_signed_request")
    require(responses, "get_account_id")
    require(iam, "_roles")
    require(functions, "_esms")

    def boundary(account_id: str, role: str) -> str | None:
        found: str | None = (iam._roles.get_scoped(account_id, None, role) or {}).get("PermissionsBoundary")
        return found

    def mapped_function(path: str) -> str | None:
        found: str | None = (functions._esms.get(path.rstrip("/").rpartition("/")[2]) or {}).get(
            "FunctionArn"
        )
        return found

    def keys(action: str, path: str, body: bytes, region: str) -> Context:
        account_id = responses.get_account_id()
        if action.startswith("iam:") and "Role" in action:
            form = parse_qs(body.decode("utf-8", "replace"))
            role = form.get("RoleName", [""])[0]
            asked = form.get("PermissionsBoundary", [None])[0]
            found = asked if action in _SETTING_BOUNDARY else boundary(account_id, role)
            return {"iam:PermissionsBoundary": found} if found else {}
        if action in ("lambda:UpdateEventSourceMapping", "lambda:DeleteEventSourceMapping"):
            found = mapped_function(path)
            return {"lambda:FunctionArn": found} if found else {}
        if action == "lambda:CreateEventSourceMapping":
            name = str(_document(body).get("FunctionName", ""))
            arn = name if name.startswith("arn:") else f"arn:aws:lambda:{region}:{account_id}:function:{name}"
            return {"lambda:FunctionArn": arn}
        if action.startswith("apigateway:") and (stage := _API_STAGE.fullmatch(path)):
            tags = (apis._stages_v1.get(stage[1]) or {}).get(stage[2], {}).get("tags") or {}
            return {f"aws:resourcetag/{name.lower()}": value for name, value in tags.items()}
        return {}

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def enforce(
            access_key_id: str,
            iam_action: str,
            service: str,
            region: str,
            resource_arn: str = "*",
            service_context: Context | None = None,
        ) -> Any:
            request = evaluator._signed_request.get()
            body, path = (
                (request.body or b"", unquote(request.raw_path)) if request is not None else (b"", "")
            )
            context = {**(service_context or {}), **keys(iam_action, path, body, region)}
            denied = original(access_key_id, iam_action, service, region, resource_arn, context)
            if denied:
                return denied
            if iam_action in _TAGGING and context.get("aws:TagKeys"):
                action = _TAGGING[iam_action]
                if denied := original(access_key_id, action, service, region, resource_arn, context):
                    return denied
            for role, receiver in passed_roles(iam_action, body):
                passing = {"iam:PassedToService": receiver}
                if denied := original(access_key_id, "iam:PassRole", "iam", region, role, passing):
                    return denied
            return None

        return enforce

    patch(
        evaluator,
        "enforce",
        "access_key_id iam_action service region resource_arn service_context",
        make,
    )
    patch(evaluator, "_resolve_condition_key", "key ctx", _knows_the_role_of_a_session)
    patch(module("services.tagging"), "resource_tags", "arn", _knows_the_function_of_an_alias)


def _knows_the_function_of_an_alias(original: Callable[[str], Any]) -> Callable[[str], Any]:
    def tags(arn: str) -> Any:
        qualified = _FUNCTION.fullmatch(arn)
        return original(qualified[1] if qualified else arn)

    return tags


def _knows_the_role_of_a_session(original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    iam = module("services.iam")

    def resolve(key: str, ctx: Any) -> Any:
        found = original(key, ctx)
        session = _SESSION.fullmatch(str(found)) if key.lower() == "aws:principalarn" else None
        if session is None:
            return found
        # With its path, which the session's ARN does not have.
        role = iam._roles.get_scoped(session[1], None, session[2]) or {}
        return role.get("Arn") or f"arn:aws:iam::{session[1]}:role/{session[2]}"

    return resolve


def passed_roles(action: str, body: bytes) -> Iterator[tuple[str, str]]:
    """The roles that a request hands to a service, each with that service."""
    if action in ("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"):
        if role := _document(body).get("Role"):
            yield str(role), "lambda.amazonaws.com"
    elif action in ("states:CreateStateMachine", "states:UpdateStateMachine"):
        if role := _document(body).get("roleArn"):
            yield str(role), "states.amazonaws.com"
    elif action == "cognito-identity:SetIdentityPoolRoles":
        for role in dict(_document(body).get("Roles") or {}).values():
            yield str(role), "cognito-identity.amazonaws.com"


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

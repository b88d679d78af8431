"""The actions and resources that AWS names in a policy where MiniStack names others, or none.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from tools.local_cloud.patching import module, patch, require

# Of operations that are called otherwise in a policy.
_LAMBDA_ACTIONS = {"Invoke": "InvokeFunction", "InvokeAsync": "InvokeFunction"}
_SINGLE = re.compile(r"arn:aws:events:([^:]*):([^:]*):rule/default/(.+)")


def install() -> None:
    """Let MiniStack name what AWS does."""
    actions, iam = module("core.iam_actions"), module("services.iam")
    require(iam, "_roles")
    require(actions, "_match_rest_action", "_BOTOCORE_SERVICE_MAP")
    actions._BOTOCORE_SERVICE_MAP["lambda"] = ["lambda"]
    actions._BOTOCORE_SERVICE_MAP["states"] = ["stepfunctions"]

    def lambda_actions(original: Callable[[str, str], str | None]) -> Callable[[str, str], str | None]:
        # MiniStack's own table takes an alias's update for ListAliases and checks no change of a polling.
        def named(method: str, path: str) -> str | None:
            operation = actions._match_rest_action("lambda", method, path, {})
            return _LAMBDA_ACTIONS.get(operation, operation) if operation else original(method, path)

        return named

    def resources(original: Callable[..., str]) -> Callable[..., str]:
        def named(
            service: str,
            method: str,
            path: str,
            headers: dict[str, str],
            body: bytes,
            query_params: dict[str, Any],
            region: str,
            account_id: str,
        ) -> str:
            found = original(service, method, path, headers, body, query_params, region, account_id)
            if service == "iam" and (role := _parameters(body, query_params).get("RoleName")):
                stored = iam._roles.get_scoped(account_id, None, role) or {}
                place = stored.get("Path") or _parameters(body, query_params).get("Path") or "/"
                return f"arn:aws:iam::{account_id}:role{place}{role}"
            if service == "events" and (rule := _SINGLE.fullmatch(found)):
                return f"arn:aws:events:{rule[1]}:{rule[2]}:rule/{rule[3]}"
            # A target's rule is called Rule, which MiniStack overlooks: it takes the bus.
            if found != "*" and not (service == "events" and ":event-bus/" in found):
                return found
            return resource(service, path, _parameters(body, query_params), region, account_id) or found

        return named

    patch(actions, "_lambda_action", "method path", lambda_actions)
    patch(
        actions,
        "extract_resource_arn",
        "service method path headers body query_params region account_id",
        resources,
    )


def resource(
    service: str, path: str, parameters: Mapping[str, Any], region: str, account_id: str
) -> str | None:
    """The resource of a request for which MiniStack knows none; None where AWS knows none either."""

    def text(*names: str) -> str:
        return next((str(parameters[name]) for name in names if isinstance(parameters.get(name), str)), "")

    here = f"{region}:{account_id}"
    alarm = text("AlarmNames.member.1") or next(iter(parameters.get("AlarmNames") or []), "")
    function = text("FunctionName") if path.rstrip("/").endswith("/functions") else ""
    rule, bus = text("Rule"), text("EventBusName") or "default"
    change = re.search(r"/change/([^/]+)$", unquote(path))
    # Each of AWS's resources with what has to be known of it.
    known = [
        ("lambda", function, f"arn:aws:lambda:{here}:function:{function}"),
        ("events", rule, f"arn:aws:events:{here}:rule/{'' if bus == 'default' else f'{bus}/'}{rule}"),
        ("monitoring", alarm, f"arn:aws:cloudwatch:{here}:alarm:{alarm}"),
        ("iam", text("PolicyName"), f"arn:aws:iam::{account_id}:policy/{text('PolicyName')}"),
        ("iam", text("OpenIDConnectProviderArn"), text("OpenIDConnectProviderArn")),
        ("route53", change, f"arn:aws:route53:::change/{change[1] if change else ''}"),
    ]
    tagged = text("ResourceArn", "ResourceARN", "resourceArn")
    return tagged or next((arn for name, has, arn in known if name == service and has), None)


def _parameters(body: bytes, query_params: Mapping[str, Any]) -> dict[str, Any]:
    """What a request asks for, whether it came as JSON or as a form."""
    form = {name: value[0] if isinstance(value, list) else value for name, value in query_params.items()}
    try:
        document = json.loads(body) if body[:1] == b"{" else {}
    except ValueError:
        document = {}
    return {**form, **(document if isinstance(document, dict) else {})}

"""The resources that AWS names in a policy for AppConfig, where MiniStack names none or another.

Reading a configuration is a right on that configuration, and a deployment needs rights on all that it uses.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html
"""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from tools.local_cloud.patching import module, patch, require

# Both planes sign as appconfig, so the action of a request is looked for in both.
_SERVICES = ("appconfig", "appconfigdata")
_DATA_PATHS = ("/configurationsessions", "/configuration")
_PARAMETERS = "service method path headers body query_params region account_id"
_BELOW = re.compile(
    r"/applications/(?P<application>[^/]+)/"
    r"(?:configurationprofiles/(?P<profile>[^/]+)/hostedconfigurationversions/(?P<version>[^/]+)"
    r"|environments/(?P<environment>[^/]+)/deployments/(?P<deployment>[^/]+))"
)
_STRATEGY = re.compile(r"/deploye?mentstrategies/([^/]+)")


def install() -> None:
    """Patch the naming of resources, and the check of a deployment."""
    actions, evaluator, service = (
        module("core.iam_actions"),
        module("core.iam_evaluator"),
        module("services.appconfig"),
    )
    require(service, "_sessions", "_resolve_application_id", "_resolve_environment_id")
    require(service, "_resolve_configuration_profile_id")
    require(evaluator, "_signed_request")
    require(actions, "_BOTOCORE_SERVICE_MAP")
    actions._BOTOCORE_SERVICE_MAP["appconfig"] = [*_SERVICES]

    def names(original: Callable[..., str]) -> Callable[..., str]:
        def resource(
            service: str,
            method: str,
            path: str,
            headers: dict[str, str],
            body: bytes,
            query_params: dict[str, Any],
            region: str,
            account_id: str,
        ) -> str:
            found = None
            if service in _SERVICES and path in _DATA_PATHS:
                found = _configuration(path, body, query_params)
            elif service in _SERVICES:
                found = _controlled(unquote(path))
            if found is None:
                return original(service, method, path, headers, body, query_params, region, account_id)
            return found if found.startswith("arn:") else f"arn:aws:appconfig:{region}:{account_id}:{found}"

        return resource

    def deploys(original: Callable[..., Any]) -> Callable[..., Any]:
        def enforce(
            access_key_id: str,
            iam_action: str,
            service: str,
            region: str,
            resource_arn: str = "*",
            service_context: dict[str, Any] | None = None,
        ) -> Any:
            resources = [resource_arn]
            request = evaluator._signed_request.get()
            if iam_action == "appconfig:StartDeployment" and request is not None:
                resources += _deployed(resource_arn, json.loads(request.body or b"{}"))
            for each in resources:
                denied = original(access_key_id, iam_action, service, region, each, service_context)
                if denied:
                    return denied
            return None

        return enforce

    patch(actions, "extract_resource_arn", _PARAMETERS, names)
    patch(
        evaluator,
        "enforce",
        "access_key_id iam_action service region resource_arn service_context",
        deploys,
    )


def _controlled(path: str) -> str | None:
    """A resource of the control plane that MiniStack does not name; None for those that it does."""
    if path.startswith("/tags/"):
        return path.removeprefix("/tags/")
    if strategy := _STRATEGY.fullmatch(path):
        return f"deploymentstrategy/{strategy[1]}"
    found = _BELOW.fullmatch(path)
    if found is None:
        return None
    if found["version"]:
        below = f"configurationprofile/{found['profile']}/hostedconfigurationversion/{found['version']}"
    else:
        below = f"environment/{found['environment']}/deployment/{found['deployment']}"
    return f"application/{found['application']}/{below}"


def _configuration(path: str, body: bytes, query: dict[str, Any]) -> str:
    """The configuration that a session is asked for, or that its token is good for."""
    service = module("services.appconfig")
    if path == "/configuration":
        token = query.get("configuration_token", "")
        asked = service._sessions.get(token[0] if isinstance(token, list) else token) or {}
    else:
        asked = json.loads(body or b"{}")
    given = [
        str(asked.get(f"{name}Identifier", ""))
        for name in ("Application", "Environment", "ConfigurationProfile")
    ]
    application = service._resolve_application_id(given[0]) or given[0]
    environment = service._resolve_environment_id(application, given[1]) or given[1]
    profile = service._resolve_configuration_profile_id(application, given[2]) or given[2]
    return f"application/{application}/environment/{environment}/configuration/{profile}"


def _deployed(environment_arn: str, asked: dict[str, Any]) -> list[str]:
    """What StartDeployment needs rights on beside the environment."""
    application_arn = environment_arn.partition("/environment/")[0]
    account_arn = application_arn.partition(":application/")[0]
    return [
        application_arn,
        f"{application_arn}/configurationprofile/{asked.get('ConfigurationProfileId')}",
        f"{account_arn}:deploymentstrategy/{asked.get('DeploymentStrategyId')}",
    ]

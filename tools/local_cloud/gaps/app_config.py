"""AppConfig's rules that MiniStack leaves out: whose version is the newest, what is valid, how often to ask.

https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_Operations_AWS_AppConfig.html
https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-configuration-profile-validators.html
"""

import json
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tools.local_cloud.patching import module, patch, require

Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[..., Awaitable[Answer]]

_VERSIONS = re.compile(r"/applications/([^/]+)/configurationprofiles/([^/]+)/hostedconfigurationversions")
_PROFILE = re.compile(r"/applications/([^/]+)/configurationprofiles/([^/]+)")
_DEPLOYMENTS = re.compile(r"/applications/([^/]+)/environments/([^/]+)/deployments")
_MOST_ITEMS = 50


def install() -> None:
    """Patch what happens before and after MiniStack's own handling of a request."""
    service = module("services.appconfig")
    require(
        service,
        "_hosted_versions",
        "_config_profiles",
        "_latest_hosted_version_number",
        "_sessions",
        "_error",
        "_json",
    )
    patch(service, "handle_request", "method path headers body_bytes query_params", _ruled)
    patch(service, "_start_configuration_session", "body", _constrained)
    patch(service, "_get_latest_configuration", "token", _paced)


def _ruled(original: Handler) -> Handler:
    async def handle(
        method: str, path: str, headers: dict[str, str], body_bytes: bytes, query_params: dict[str, Any]
    ) -> Answer:
        refused = None
        if method == "POST" and (found := _VERSIONS.fullmatch(path)):
            refused = _other_version(found[1], found[2], headers.get("latest-version-number"))
        elif method == "DELETE" and (found := _PROFILE.fullmatch(path)):
            refused = _versions_left(found[1], found[2])
        elif method == "POST" and (found := _DEPLOYMENTS.fullmatch(path)):
            refused = _invalid(found[1], json.loads(body_bytes or b"{}"))
        if refused:
            return refused
        listing = method == "GET" and (_VERSIONS.fullmatch(path) or _DEPLOYMENTS.fullmatch(path))
        if not listing:
            return await original(method, path, headers, body_bytes, query_params)
        everything = await original(method, path, headers, body_bytes, {"max_results": ["1000000000"]})
        return _page(everything, query_params) if everything[0] == 200 else everything

    return handle


def _other_version(application: str, profile: str, expected: str | None) -> Answer | None:
    """The locking token of CreateHostedConfigurationVersion."""
    service = module("services.appconfig")
    latest = service._latest_hosted_version_number(application, profile)
    if expected is None or int(expected) == latest:
        return None
    return _error(409, "ConflictException", f"The latest version is {latest}, not {expected}.")


def _versions_left(application: str, profile: str) -> Answer | None:
    """As AWS words it: https://github.com/hashicorp/terraform-provider-aws/issues/31585"""
    service = module("services.appconfig")
    if not service._latest_hosted_version_number(application, profile):
        return None
    words = (
        f"Cannot delete configuration profile {profile} because there are still hosted configuration "
        "versions existing under it."
    )
    return _error(400, "BadRequestException", words)


def _invalid(application: str, asked: dict[str, Any]) -> Answer | None:
    """A version that the profile's JSON Schema refuses, or that is not there, is not deployed."""
    import fastjsonschema

    service = module("services.appconfig")
    profile, number = asked.get("ConfigurationProfileId"), asked.get("ConfigurationVersion")
    kept = service._config_profiles.get(f"{application}/{profile}")
    if kept is None or kept["LocationUri"] != "hosted":
        return None
    version = service._hosted_versions.get(f"{application}/{profile}/{number}")
    if version is None:
        return _error(404, "ResourceNotFoundException", f"There is no version {number}.")
    for validator in kept["Validators"]:
        if validator["Type"] != "JSON_SCHEMA":
            continue
        try:
            fastjsonschema.validate(json.loads(validator["Content"]), json.loads(version["Content"]))
        except ValueError as error:
            return _error(400, "BadRequestException", f"Error invoking validator: {error}")
    return None


def _page(everything: Answer, query: dict[str, Any]) -> Answer:
    """The newest first, at most as many as asked for, and where to go on."""

    def given(name: str, otherwise: int) -> int:
        value = query.get(name, otherwise)
        return int(value[0] if isinstance(value, list) else value)

    def number(item: dict[str, Any]) -> int:
        found: int = item.get("DeploymentNumber") or item["VersionNumber"]
        return found

    items = sorted(json.loads(everything[2])["Items"], key=number, reverse=True)
    begin, most = given("next_token", 0), given("max_results", _MOST_ITEMS)
    page: dict[str, Any] = {"Items": items[begin : begin + most]}
    if begin + most < len(items):
        page["NextToken"] = str(begin + most)
    answer: Answer = module("services.appconfig")._json(200, page)
    return answer


def _constrained(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """A session remembers the interval that its client asked for."""

    def start(body: dict[str, Any]) -> Answer:
        answer = original(body)
        if answer[0] == 201:
            token = json.loads(answer[2])["InitialConfigurationToken"]
            service = module("services.appconfig")
            service._sessions[token]["NotSooner"] = body.get("RequiredMinimumPollIntervalInSeconds") or 0
        return answer

    return start


def _paced(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """Whoever polls before the interval is over is refused."""

    def latest(token: str) -> Answer:
        service = module("services.appconfig")
        session = service._sessions.get(token) or {}
        now = time.monotonic()
        if now < session.get("AskedAt", now) + session.get("NotSooner", 0) and "AskedAt" in session:
            return _error(400, "BadRequestException", "Request too early")
        answer = original(token)
        if after := answer[1].get("Next-Poll-Configuration-Token"):
            service._sessions[after]["AskedAt"] = now
        return answer

    return latest


def _error(status: int, code: str, message: str) -> Answer:
    answer: Answer = module("services.appconfig")._error(status, code, message)
    return answer

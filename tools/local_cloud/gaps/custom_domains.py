"""Custom domain names under a path of the local cloud's own address: `/_api/<domain>/<base path>/...`.

MiniStack looks for a domain or an API in the caller's account only; here the owner's account is found first.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from tools.local_cloud.patching import module, patch, require

PREFIX = "/_api/"

# The domain that the current request names and the path below it, for the event's `path` and `domainName`.
_called: ContextVar[tuple[str, str] | None] = ContextVar("local_cloud_called_domain", default=None)


def is_served(path: str) -> bool:
    """Whether the domain and base path in `/_api/<domain>/<base path>...` lead to an API of some account."""
    responses = module("core.responses")
    account, region = responses.get_account_id(), responses.get_region()
    try:
        return _resolve(*_split(path)) is not None
    finally:
        responses.set_request_account_id(account)
        responses.set_request_region(region)


def install() -> None:
    """Patch MiniStack's resolution of domains and API ids, and the event that a function gets."""
    app, apis = module("app"), module("services.apigateway_v1")
    require(apis, "_domain_names", "_rest_apis", "resolve_base_path_mapping", "find_domain_scope")
    patch(app, "_resolve_custom_domain_request", "host path", _resolves_domains)
    patch(app, "_parse_execute_api_url", "host path", _finds_the_owner)
    patch(
        apis,
        "_build_lambda_event_v1",
        "api_id stage_name stage resource request_path method headers body query_params path_params "
        "binary_media_types authorizer_context caller_identity",
        _names_the_domain,
    )


def _resolves_domains(original: Callable[..., Any]) -> Callable[..., Any]:
    def resolve(host: str, path: str) -> Any:
        if path.startswith(PREFIX):
            return _resolve(*_split(path))
        return _resolve(host.partition(":")[0], path) or original(host, path)

    return resolve


def _split(path: str) -> tuple[str, str]:
    domain, _, rest = path.removeprefix(PREFIX).partition("/")
    return domain, "/" + rest


def _resolve(domain: str, path: str) -> tuple[str, str, str] | None:
    """API id, stage and path below the base path; the request goes on in the owner's account and region."""
    apis = module("services.apigateway_v1")
    for (account, region, name), _ in apis._domain_names.all_items():
        if name.lower() == domain.lower():
            _enter(account, region)
            _called.set((name, path))
            found: tuple[str, str, str] | None = apis.resolve_base_path_mapping(name, path)
            return found
    return None


def _finds_the_owner(original: Callable[..., Any]) -> Callable[..., Any]:
    def parse(host: str, path: str) -> Any:
        parsed = original(host, path)
        if parsed:
            for (account, region, api_id), _ in module("services.apigateway_v1")._rest_apis.all_items():
                if api_id == parsed[0]:
                    _enter(account, region)
        return parsed

    return parse


def _enter(account: str, region: str) -> None:
    responses = module("core.responses")
    responses.set_request_account_id(account)
    responses.set_request_region(region)


def _names_the_domain(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def build(*arguments: Any, **named: Any) -> dict[str, Any]:
        event = original(*arguments, **named)
        called = _called.get()
        if called:
            domain, path = called
            event["path"] = path
            event["requestContext"] |= {
                "path": path,
                "domainName": domain,
                "domainPrefix": domain.split(".")[0],
            }
        return event

    return build

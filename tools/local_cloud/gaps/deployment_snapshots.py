"""A stage answers by what its deployment was made of, whatever became of the API since.

MiniStack answers by the API's current definition, so a stage could not be moved back.
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html
https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteDeployment.html
"""

import copy
import functools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from tools.local_cloud.patching import module, patch, require

Snapshot = dict[str, Any]

# What a deployment keeps. The API's own record too: its binary media types take effect with a deployment.
_STORES = ("_rest_apis", "_resources", "_models", "_request_validators", "_authorizers_v1")
_SAVED_AS = "deployment_snapshots"

# The API that the current request calls, and its snapshot: only then is an API what was deployed.
_serving: ContextVar[tuple[str, Snapshot] | None] = ContextVar("local_cloud_serving", default=None)


@contextmanager
def serving(api_id: str, stage_name: str) -> Iterator[None]:
    """Take an API for what its stage was deployed as; for what it is now before there were snapshots."""
    apis, found = module("services.apigateway_v1"), None
    owner, stage = apis.find_api_scope(api_id), apis.stages_for_api(api_id).get(stage_name)
    if owner is not None and stage is not None:
        found = (_snapshots().get_scoped(*owner, api_id) or {}).get(stage.get("deploymentId"))
    token = _serving.set((api_id, found) if found else None)
    try:
        yield
    finally:
        _serving.reset(token)


def install() -> None:
    """Keep a snapshot with each deployment, and serve by it."""
    apis = module("services.apigateway_v1")
    require(apis, *_STORES, "_deployments_v1", "_stages_v1", "_v1_error", "stages_for_api", "find_api_scope")
    snapshots = _snapshots()
    for name in _STORES:
        _show_what_is_served(getattr(apis, name), name)
    _save(snapshots)

    def creates(original: Callable[..., Any]) -> Callable[..., Any]:
        def create(api_id: str, data: dict[str, Any]) -> Any:
            before = set(apis._deployments_v1.get(api_id) or {})
            answer = original(api_id, data)
            for made in set(apis._deployments_v1.get(api_id) or {}) - before:
                kept = {name: copy.deepcopy(getattr(apis, name).get(api_id)) for name in _STORES}
                snapshots.setdefault(api_id, {})[made] = kept
            return answer

        return create

    def deletes(original: Callable[..., Any]) -> Callable[..., Any]:
        def delete(api_id: str, deployment_id: str) -> Any:
            stages = apis._stages_v1.get(api_id) or {}
            if any(stage.get("deploymentId") == deployment_id for stage in stages.values()):
                message = "Active stages pointing to this deployment must be moved or deleted"
                return apis._v1_error("BadRequestException", message, 400)
            (snapshots.get(api_id) or {}).pop(deployment_id, None)
            return original(api_id, deployment_id)

        return delete

    def forgets(original: Callable[..., Any]) -> Callable[..., Any]:
        def delete(api_id: str) -> Any:
            snapshots.pop(api_id, None)
            return original(api_id)

        return delete

    def moves(original: Callable[..., Any]) -> Callable[..., Any]:
        def update(api_id: str, stage_name: str, data: dict[str, Any]) -> Any:
            for operation in data.get("patchOperations") or []:
                known = apis._deployments_v1.get(api_id) or {}
                if operation.get("path") == "/deploymentId" and operation.get("value") not in known:
                    return apis._v1_error("BadRequestException", "Deployment id does not exist", 400)
            return original(api_id, stage_name, data)

        return update

    def serves(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(original)
        async def execute(api_id: str, stage_name: str, *request: Any) -> Any:
            with serving(api_id, stage_name):
                return await original(api_id, stage_name, *request)

        return execute

    def authorises(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def authorization_type(api_id: str, stage_name: str, *request: Any) -> Any:
            with serving(api_id, stage_name):
                return original(api_id, stage_name, *request)

        return authorization_type

    patch(apis, "_create_deployment", "api_id data", creates)
    patch(apis, "_delete_deployment", "api_id deployment_id", deletes)
    patch(apis, "_delete_rest_api", "api_id", forgets)
    patch(apis, "_update_stage", "api_id stage_name data", moves)
    patch(apis, "handle_execute", "api_id stage_name method path headers body query_params", serves)
    patch(apis, "method_authorization_type", "api_id stage_name method path", authorises)


@functools.cache
def _snapshots() -> Any:
    """By API and deployment."""
    return module("core.responses").AccountRegionScopedDict()


def _show_what_is_served(store: Any, name: str) -> None:
    """Let `store` answer for the API that is being called as it was deployed."""
    plain = type(store)

    def get(self: Any, key: str, default: Any = None) -> Any:
        serving = _serving.get()
        if serving is not None and serving[0] == key:
            found = serving[1][name]
            return default if found is None else found
        return plain.get(self, key, default)

    store.__class__ = type("Deployed", (plain,), {"__slots__": (), "get": get})


def _save(snapshots: Any) -> None:
    apis = module("services.apigateway_v1")

    def saves(original: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
        return lambda: original() | {_SAVED_AS: copy.deepcopy(snapshots)}

    def loads(original: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
        def load(data: dict[str, Any]) -> None:
            original(data)
            snapshots.update(data.get(_SAVED_AS, {}))

        return load

    patch(apis, "get_state", "", saves)
    patch(apis, "load_persisted_state", "data", loads)

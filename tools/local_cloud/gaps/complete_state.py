"""What MiniStack leaves out when it saves its state."""

import copy
from collections.abc import Callable
from typing import Any

from tools.local_cloud.patching import module, patch, require

_ZONE_TAGS = "tags_of_all_accounts"


def install() -> None:
    """Patch what is saved and loaded."""
    _keep_sessions()
    _keep_zone_tags()


def _keep_sessions() -> None:
    """Temporary credentials stay valid over a restart, as AWS's would."""
    sts = module("services.sts")
    require(sts, "_sessions")

    def load(data: dict[str, Any]) -> None:
        sts._sessions.update(data.get("sessions", {}))

    patch(sts, "get_state", "", lambda _: lambda: {"sessions": dict(sts._sessions)})
    patch(sts, "load_persisted_state", "data", lambda _: load)


def _keep_zone_tags() -> None:
    """MiniStack saves the tags of Route 53 zones of one account only."""
    route53 = module("services.route53")
    require(route53, "_tags")

    def saves(original: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
        return lambda: original() | {_ZONE_TAGS: copy.deepcopy(route53._tags)}

    def loads(original: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
        def load(data: dict[str, Any]) -> None:
            original(data)
            route53._tags.update(data.get(_ZONE_TAGS, {}))

        return load

    patch(route53, "get_state", "", saves)
    patch(route53, "load_persisted_state", "data", loads)

"""A session of `make local`: start everything, restart what changes, end everything."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools import references, render
from tools.errors import ToolError
from tools.layers import Layers
from tools.local_api import watch
from tools.local_api.proxy import Proxy
from tools.local_api.service import LocalService, environment
from tools.paths import REPOSITORY

_LOOK_SECONDS = 0.3
_SHARED = REPOSITORY / "shared"


def serve(layers: Layers, port: int, identity: str, say: Callable[[str], None]) -> None:
    """Serve the stage's REST services on 127.0.0.1:`port` until interrupted.

    Raises ToolError when the stage is not deployed or the port is taken.
    """
    variables = environment(layers.cloud.environment(layers.stage.account), identity)
    services = [
        LocalService(folder, base_path, layers.stage.name, variables, _renderer(layers, folder), say)
        for folder, base_path in _rest_services(layers)
    ]
    if not services:
        raise ToolError(f"Stage {layers.stage.name} has no service with an API.")
    for service in services:
        layers.names(service.folder)  # a stage that is not deployed ends here
    with _proxy(port, services, layers) as proxy:
        serving = threading.Thread(target=proxy.serve_forever, daemon=True)
        try:
            seen = [watch.snapshot(service.folder, _SHARED) for service in services]
            _restart(services)
            serving.start()
            say(_greeting(port, services, identity))
            while True:
                time.sleep(_LOOK_SECONDS)
                seen = _look(services, seen, say)
        finally:
            if serving.is_alive():
                proxy.shutdown()
            for service in services:
                service.stop()


def _rest_services(layers: Layers) -> list[tuple[Path, str]]:
    """The stage's services that have an API, without the mocks: what they play stays where it is deployed."""
    own = [folder for folder in layers.services if folder.name not in layers.organisation.mocks]
    found = [(folder, references.loose(folder).get("base_path")) for folder in own]
    return [(folder, base_path) for folder, base_path in found if base_path is not None]


def _renderer(layers: Layers, folder: Path) -> Callable[[], None]:
    def write() -> None:
        rendered = render.render(folder, layers.names(folder))
        render.write(folder / ".chalice", layers.stage.name, rendered)

    return write


def _proxy(port: int, services: Sequence[LocalService], layers: Layers) -> Proxy:
    try:
        return Proxy(port, services, layers.stage.settings.allowed_origins)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise ToolError(
            f"Port {port} is in use by another program. Choose another one with PORT=<port>."
        ) from error


def _restart(services: Sequence[LocalService]) -> None:
    with ThreadPoolExecutor(max(1, len(services))) as pool:
        list(pool.map(LocalService.restart, services))


def _look(
    services: Sequence[LocalService], seen: Sequence[watch.Snapshot], say: Callable[[str], None]
) -> list[watch.Snapshot]:
    """Restart the services whose files differ from `seen`; returns what is there now."""
    now = [watch.snapshot(service.folder, _SHARED) for service in services]
    changed = []
    for service, before, after in zip(services, seen, now, strict=True):
        paths = watch.changes(before, after)
        if paths:
            names = ", ".join(str(path.relative_to(REPOSITORY)) for path in paths)
            say(f"{service.name} is restarted: {names} changed.")
            changed.append(service)
        else:
            service.check()
    _restart(changed)
    return now


def _greeting(port: int, services: Sequence[LocalService], identity: str) -> str:
    address = f"http://127.0.0.1:{port}"
    bases = [service.base_path for service in services]
    lines = [f"  {service.name:<14} {address}/{service.base_path}" for service in services]
    return "\n".join(
        [
            f"Every caller is {identity} (IDENTITY= names another). Ctrl-C ends everything.",
            *lines,
            f"Try: curl -s {address}/{'notes' if 'notes' in bases else bases[0]}",
        ]
    )

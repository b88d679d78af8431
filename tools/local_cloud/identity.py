"""Who answers on a port: asked by `control`, answered by `server`."""

import json
import urllib.request
from pathlib import Path

# A proxy of the user's is for other machines.
_OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
HEALTH_PATH = "/_local/health"
NAME = "notes-local-cloud"


def health(port: int, timeout: float = 2.0) -> dict[str, object] | None:
    """The health document of our server on `port`, or None if none of ours answers there."""
    try:
        with _OPEN(f"http://127.0.0.1:{port}{HEALTH_PATH}", timeout=timeout) as answer:
            document = json.load(answer)
    except (OSError, ValueError):  # refused, timed out, not HTTP, not JSON, an HTTP error
        return None
    return document if isinstance(document, dict) and document.get("name") == NAME else None


def pid_file(state_dir: Path) -> Path:
    """Where the server of `state_dir` keeps its process id."""
    return state_dir / "server.pid"


def log_file(state_dir: Path) -> Path:
    """Where a detached server of `state_dir` writes its log."""
    return state_dir / "server.log"

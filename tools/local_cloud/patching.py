"""How the gaps reach into MiniStack: by name, and never without noticing that a name has changed."""

import importlib
import inspect
from collections.abc import Callable
from typing import Any

from tools.local_cloud.errors import LocalCloudError

MINISTACK_VERSION = "1.5.33"


def module(name: str) -> Any:
    """Import `ministack.<name>`; untyped, since MiniStack ships no types."""
    return importlib.import_module(f"ministack.{name}")


def patch(target: Any, name: str, parameters: str, make: Callable[[Any], Callable[..., Any]]) -> None:
    """Replace the function `target.name` by `make(original)`.

    `parameters` are the original's parameter names, separated by spaces: a release that changed them would
    be patched wrongly, so it stops the start instead.
    """
    original = getattr(target, name, None)
    found = " ".join(inspect.signature(original).parameters) if callable(original) else "nothing"
    if not callable(original) or found != parameters:
        raise LocalCloudError(
            f"The local cloud is written for ministack {MINISTACK_VERSION}: {target.__name__}.{name}"
            f"({parameters}) is expected, ({found}) was found. Install ministack=={MINISTACK_VERSION}."
        )
    setattr(target, name, make(original))


def require(target: Any, *names: str) -> None:
    """Stop the start if one of MiniStack's names that a gap uses is gone."""
    missing = [name for name in names if not hasattr(target, name)]
    if missing:
        raise LocalCloudError(
            f"The local cloud is written for ministack {MINISTACK_VERSION}: {target.__name__} has no "
            f"{', '.join(missing)}. Install ministack=={MINISTACK_VERSION}."
        )

"""Digests of all that decides what a unit builds: the same digest, nothing to do."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tools import gateway, packaging, render, terraform
from tools.paths import REPOSITORY
from tools.render import Rendered

# The modules that turn a service's sources into its package.
_PACKAGERS = (gateway, packaging, render)


def of_unit(root: str, variables: Mapping[str, Any]) -> str:
    """The digest of a Terraform root and its modules, and of what it is applied with."""
    return _digest([terraform.sources_digest(root).encode(), json.dumps(variables, sort_keys=True).encode()])


def of_service(
    service: Path, rendered: Rendered, for_host: bool, root: str, variables: Mapping[str, Any]
) -> str:
    """The digest of a service before it is packaged.

    Its sources and pins, `shared`, its rendered configuration, the Terraform and the tools that build it,
    and the Python that it is packaged with.
    """
    files = [service / "app.py", service / "requirements.txt", *_sources(service / "chalicelib")]
    files += _sources(REPOSITORY / "shared")
    files += [Path(str(module.__file__)) for module in _PACKAGERS]
    parts = [str(path.relative_to(REPOSITORY)).encode() + b"\0" + path.read_bytes() for path in files]
    kind = [platform.python_version(), for_host, dataclasses.asdict(rendered)]
    return _digest([*parts, json.dumps(kind, sort_keys=True).encode(), of_unit(root, variables).encode()])


def _sources(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "tests" not in path.relative_to(folder).parts)


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()

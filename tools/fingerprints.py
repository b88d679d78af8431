"""Digests of all that decides what a unit builds: the same digest, nothing to do."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from tools import gateway, packaging, render, sources, terraform_unit
from tools.render import Rendered

# The modules that turn a service's sources into its package.
_PACKAGERS = (gateway, packaging, render, sources)


def of_unit(root: str, variables: Mapping[str, Any]) -> str:
    """The digest of a Terraform root and its modules, and of what it is applied with."""
    return _digest(
        [terraform_unit.sources_digest(root).encode(), json.dumps(variables, sort_keys=True).encode()]
    )


def of_service(
    service: Path,
    rendered: Rendered,
    origins: Sequence[str],
    for_host: bool,
    root: str,
    variables: Mapping[str, Any],
) -> str:
    """The digest of a service before it is packaged.

    Its sources and pins, what it uses of `shared`, its rendered configuration and the `origins` of its
    browsers, the Terraform and the tools that build it, the Chalice and the Python that it is packaged with.
    """
    files = [service / "requirements.txt", *packaging.own_sources(service)]
    files += packaging.shared_sources(service, rendered.base_path is not None)
    parts = [str(path.relative_to(service.parent)).encode() + b"\0" + path.read_bytes() for path in files]
    parts += [Path(str(module.__file__)).read_bytes() for module in _PACKAGERS]
    kind = [
        sys.version_info[:2],
        metadata.version("chalice"),
        for_host,
        origins,
        dataclasses.asdict(rendered),
    ]
    return _digest([*parts, json.dumps(kind, sort_keys=True).encode(), of_unit(root, variables).encode()])


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()

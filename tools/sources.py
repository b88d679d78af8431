"""Which files make a service: what is shipped is what counts, and nothing else of the checkout does."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

from tools.errors import ToolError

_NOT_SHIPPED = ("tests", "__pycache__")
# Read by people only, or left behind by editors and merges.
_NOT_COUNTED = (".*", "*~", "#*#", "*.pyc", "*.md", "*.swp", "*.tmp", "*.bak", "*.orig", "*.rej")


def of_folder(folder: Path) -> list[Path]:
    """The files of a folder that are shipped: code and data, no tests, no leftovers."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and _counts(path.relative_to(folder)))


def of_shared(service: Path, also: Iterable[str] = ()) -> list[Path]:
    """The files of `shared`, beside the service, that it uses.

    These are the modules that it imports, wherever in its code, with what they import; those that `also`
    names; and all that is no module. Raises ToolError for a file that is no Python.
    """
    shared = service.parent / "shared"
    modules = {_module(path, service.parent): path for path in of_folder(shared) if path.suffix == ".py"}
    found: set[str] = set()
    waiting = [*also]
    for path in [service / "app.py", *of_folder(service / "chalicelib")]:
        waiting += _imported(path, service) if path.suffix == ".py" else []
    while waiting:
        name = waiting.pop()
        if name == "shared":  # by way of the package any of its modules may be reached
            waiting += modules
        name = name if name in modules else f"{name}.__init__"
        if name in modules and name not in found:
            found |= {name, *_packages(name)}
            waiting += _imported(modules[name], service.parent)
    data = [path for path in of_folder(shared) if path.suffix != ".py"]
    return sorted([*(modules[name] for name in found if name in modules), *(data if found else [])])


def _counts(path: Path) -> bool:
    return not set(path.parts) & set(_NOT_SHIPPED) and not any(
        fnmatch(part, pattern) for part in path.parts for pattern in _NOT_COUNTED
    )


def _module(path: Path, root: Path) -> str:
    """The dotted name of a module; that of a package ends in __init__."""
    return ".".join(path.relative_to(root).with_suffix("").parts)


def _packages(name: str) -> Iterator[str]:
    """The packages that a module lies in, as `_module` names them."""
    parts = name.split(".")
    return (".".join([*parts[:end], "__init__"]) for end in range(1, len(parts)))


def _imported(path: Path, root: Path) -> Iterator[str]:
    """The modules of `shared` that a file below the import path `root` names, and what may be modules."""
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except SyntaxError as error:
        raise ToolError(f"{path.parent.name}/{path.name}:{error.lineno}: {error.msg}.") from error
    package = path.relative_to(root).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "shared")
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) + 1 - node.level]] if node.level else []
            module = ".".join([*base, *((node.module or "").split(".") if node.module else [])])
            names = [alias.name for alias in node.names]
            if module.split(".")[0] == "shared":
                yield f"{module}.__init__" if module == "shared" and "*" not in names else module
                yield from (f"{module}.{name}" for name in names)

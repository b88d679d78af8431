"""Which modules of `shared` a service uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import sources
from tools.errors import ToolError

SHARED = {
    "__init__.py": "",
    "logs.py": "from shared import tracing",
    "tracing.py": "",
    "problems.py": "",
    "events.py": "def f():\n    from shared.problems import BadRequest",
    "deep/__init__.py": "from .inner import x",
    "deep/inner.py": "from .. import problems",
    "zones.json": "{}",
    "README.md": "",
    "tests/test_logs.py": "",
}


@pytest.fixture
def service(tmp_path: Path) -> Path:
    for name, text in SHARED.items():
        path = tmp_path / "shared" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    folder = tmp_path / "notes_api"
    (folder / "chalicelib").mkdir(parents=True)
    (folder / "app.py").write_text("")
    return folder


def used(service: Path, *also: str) -> set[str]:
    root = service.parent / "shared"
    return {str(path.relative_to(root)) for path in sources.of_shared(service, also)}


PACKAGE = {"__init__.py", "zones.json"}


@pytest.mark.parametrize(
    ("line", "modules"),
    [
        ("from shared import logs", {"logs.py", "tracing.py"}),
        ("import shared.logs as l", {"logs.py", "tracing.py"}),
        ("from shared.logs import logger", {"logs.py", "tracing.py"}),
        ("def f():\n    from shared import events", {"events.py", "problems.py"}),
        ("from shared import CONSTANT", set()),
        ("from shared.deep import y", {"deep/__init__.py", "deep/inner.py", "problems.py"}),
        ("from shared.deep.inner import y", {"deep/__init__.py", "deep/inner.py", "problems.py"}),
    ],
)
def test_what_is_imported_is_used_with_what_it_imports(service: Path, line: str, modules: set[str]) -> None:
    (service / "chalicelib" / "notes.py").write_text(line)
    assert used(service) == PACKAGE | modules


@pytest.mark.parametrize("line", ["import shared", "from shared import *"])
def test_through_the_package_everything_may_be_reached(service: Path, line: str) -> None:
    (service / "app.py").write_text(line)
    assert used(service) == SHARED.keys() - {"README.md", "tests/test_logs.py"}


def test_a_service_that_imports_nothing_of_it_uses_nothing(service: Path) -> None:
    (service / "app.py").write_text("import json, sharedlib\nfrom chalicelib import shared_words")
    assert used(service) == set()
    assert used(service, "shared.problems") == PACKAGE | {"problems.py"}


def test_what_is_no_python_is_named(service: Path) -> None:
    (service / "app.py").write_text("x = 1\ndef (")
    with pytest.raises(ToolError, match=r"notes_api/app.py:2: invalid syntax"):
        sources.of_shared(service)

"""The files that a root is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import terraform_unit


def test_a_digest_covers_the_modules_that_a_root_uses_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform_unit, "TERRAFORM", tmp_path)
    files = {
        "root/main.tf": 'module "a" { source = "../modules/a" }',
        "modules/a/main.tf": 'module "b" {\n  source = "../b"\n}',
        "modules/b/main.tf": "",
        "modules/other/main.tf": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    before = terraform_unit.sources_digest("root")
    (tmp_path / "modules/other/main.tf").write_text("# changed")
    assert terraform_unit.sources_digest("root") == before
    (tmp_path / "modules/b/main.tf").write_text("# changed")
    assert terraform_unit.sources_digest("root") != before

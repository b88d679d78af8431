"""Zips that hold the code, nothing of the machine, and the same bytes each time."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tools import installing, packaging
from tools.errors import ToolError
from tools.installing import InstallError
from tools.packaging import Package
from tools.render import Rendered


def zipped(path: Path, names: dict[str, str], year: int = 2020) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in names.items():
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), text)
    return path


def normalised(folder: Path, names: dict[str, str], year: int = 2020) -> tuple[str, Path]:
    source, target = zipped(folder / "deployment.zip", names, year), folder / "package.zip"
    return packaging._normalise(source, target, "notes_api"), target


def test_order_and_times_of_the_source_do_not_matter(tmp_path: Path) -> None:
    names = {"app.py": "a", "chalicelib/b.py": "b"}
    first, archive = normalised(tmp_path, names)
    bytes_before = archive.read_bytes()
    second, _ = normalised(tmp_path, dict(reversed(names.items())), 2024)
    assert (first, bytes_before) == (second, archive.read_bytes())
    assert first == hashlib.sha256(bytes_before).hexdigest()
    changed, _ = normalised(tmp_path, {**names, "app.py": "c"})
    assert changed != first


def test_the_zip_holds_no_compiled_and_no_installer_files(tmp_path: Path) -> None:
    kept = {"app.py": "", "stripe/__init__.py": "", "stripe-16.1.0.dist-info/METADATA": "", "x/RECORD": ""}
    left = {
        "chalicelib/__pycache__/a.cpython-311.pyc": "",
        "old.pyc": "",
        "bin/tool": "",
        "stripe-16.1.0.dist-info/RECORD": "",
        "stripe-16.1.0.dist-info/INSTALLER": "",
        "stripe-16.1.0.dist-info/direct_url.json": "",
    }
    _, archive = normalised(tmp_path, kept | left)
    with zipfile.ZipFile(archive) as found:
        assert set(found.namelist()) == kept.keys()
        assert {entry.external_attr >> 16 for entry in found.infolist()} == {0o644}
    assert not (tmp_path / "deployment.zip").exists()


@pytest.mark.parametrize("name", sorted(packaging.PROVIDED_BY_LAMBDA))
def test_what_lambda_provides_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ToolError, match=rf"notes_api/requirements\.txt brings {name}"):
        normalised(tmp_path, {f"{name}/__init__.py": ""})


def test_the_digest_is_given_as_lambda_compares_it(tmp_path: Path) -> None:
    package = Package(tmp_path, tmp_path / "package.zip", "00" * 31 + "ff")
    assert package.sha256_base64 == "A" * 41 + "P8="  # 31 zero bytes, then 255


def test_requirements_that_cannot_be_installed_are_pips_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = tmp_path / "example_api"
    service.mkdir()
    (service / "requirements.txt").write_text("absent==1\n")
    monkeypatch.setattr(packaging, "BUILD", tmp_path / "build")

    def fail(_: Sequence[str]) -> None:
        raise InstallError("ERROR: No matching distribution")

    monkeypatch.setattr(installing, "install", fail)
    with pytest.raises(ToolError, match="requirements of example_api cannot be installed:\nERROR: No match"):
        packaging.dependencies(service, for_host=False)
    assert list((tmp_path / "build" / "dependencies").iterdir()) == []


def test_the_same_pins_are_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[Sequence[str]] = []
    monkeypatch.setattr(packaging, "BUILD", tmp_path / "build")
    monkeypatch.setattr(installing, "install", installed.append)
    folders = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "requirements.txt").write_text("stripe==16.1.0\n")
        folders += [packaging.dependencies(tmp_path / name, for_host) for for_host in (False, True)]
    assert len(set(folders)) == len(installed) == 2
    assert "manylinux2014_x86_64" in installed[0]
    assert "manylinux2014_x86_64" not in installed[1]


def test_code_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import nothing_of_that_name\n")
    with pytest.raises(ToolError, match="cannot be packaged") as refused:
        packaging.operations(tmp_path, [tmp_path], {})
    assert "nothing_of_that_name" in str(refused.value)


@pytest.mark.parametrize(
    ("system", "machine", "url", "host"),
    [
        ("linux", "x86_64", "http://127.0.0.1:4566", False),
        ("darwin", "arm64", "http://127.0.0.1:4566", True),
        ("linux", "aarch64", "http://127.0.0.1:4566", True),
        ("darwin", "arm64", None, False),
    ],
)
def test_libraries_are_the_hosts_only_for_a_local_cloud_elsewhere(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, url: str | None, host: bool
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert packaging.needs_host_build(url) is host


def test_what_was_packaged_of_the_same_is_taken_again_while_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def make(_service: Path, stage: str, *others: Any) -> Package:
        work: Path = others[3]
        described = work / "described"
        described.mkdir()
        (described / "package.zip").write_text("zip")
        (described / "chalice.tf.json").write_text(stage)
        made.append(stage)
        return Package(described, described / "package.zip", "ab" * 32, "api")

    def package(digest: str) -> Package:
        rendered = Rendered("notes_api", "2.0", None, {}, {})
        return packaging.package(tmp_path, "dev", rendered, {}, [], tmp_path / "kept", False, digest)

    monkeypatch.setattr(packaging, "_made", make)

    first = package("1")

    assert package("1") == first
    assert len(made) == 1
    assert package("2") == first, "it has the same content, so that it lies at the same place"
    assert len(made) == 2
    shutil.rmtree(first.folder)
    assert package("1").archive.read_text() == "zip"
    assert len(made) == 3


def test_packages_and_notes_of_yesterday_go(tmp_path: Path) -> None:
    yesterday = time.time() - packaging._KEPT_SECONDS - 1
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "package.zip").write_text("zip")
    for name in ("1.json", "2.json"):
        (tmp_path / name).write_text("[]")
    for name in ("package", "1.json"):
        os.utime(tmp_path / name, (yesterday, yesterday))

    packaging._remove_old(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["2.json"]

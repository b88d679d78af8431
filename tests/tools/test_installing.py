"""pip gets packages from where the user says, and works as the tools say."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests import hostile
from tools import environments, installing, packaging
from tools.errors import ToolError
from tools.installing import InstallError

Set = Callable[[Mapping[str, str]], None]

# Settings of both kinds, in the sections that `pip install` reads.
CONFIGURATION = """
[global]
index-url = https://index.example/packages
extra-index-url =
    https://ana:secret@one.example/packages
    https://two.example/packages
target = /nowhere/target
user = true
no-binary = :all:
[install]
index-url = https://better.example/packages
prefix = /nowhere/prefix
[freeze]
cert = /nowhere/cert.pem
"""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Set:
    """Sets variables of a shell in which no others of pip's are, with a home without any configuration."""

    def put(variables: Mapping[str, str]) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    for name in (*environments.PACKAGES, *environments.PROXIES):
        monkeypatch.delenv(name, raising=False)
    put({"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path)})
    return put


def test_of_a_configuration_only_where_from_is_taken(shell: Set, tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text(CONFIGURATION)
    shell({"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "PIP_TRUSTED_HOST": "index.example"} | hostile.PIP)

    composed = installing._environment(installing._settings())

    expected = {
        "PIP_INDEX_URL": ["https://better.example/packages"],
        "PIP_EXTRA_INDEX_URL": ["https://ana:secret@one.example/packages", "https://two.example/packages"],
        "PIP_TRUSTED_HOST": ["index.example"],
        "PIP_CONFIG_FILE": [os.devnull],
    }
    assert {name: composed[name].split() for name in expected} == expected
    assert {name for name in composed if name.startswith("PIP_")} <= {*environments.PACKAGES}
    assert "/nowhere/cert.pem" not in composed.values(), "that is for another command"


def wheel(folder: Path) -> None:
    """A package `tiny`, as an index would have it."""
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny-1-py3-none-any.whl", "w") as made:
        made.writestr("tiny.py", "")
        made.writestr("tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n")
        made.writestr(
            "tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        made.writestr("tiny-1.dist-info/RECORD", "")


def test_a_service_is_installed_where_it_belongs_whatever_the_shell_says(
    shell: Set, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, index = tmp_path / "example_api", tmp_path / "index"
    wheel(index)
    service.mkdir()
    (service / "requirements.txt").write_text("tiny==1\n")
    (tmp_path / "pip.conf").write_text("[install]\nno-binary = :all:\nprefix = /nowhere/prefix\n")
    shell({"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")})
    modules = {"PYTHONPATH": str(hostile.poisoned_modules(tmp_path))}
    shell({**hostile.PIP, **hostile.PYTHON, **modules, "PIP_FIND_LINKS": str(index), "PIP_NO_INDEX": "1"})
    monkeypatch.setattr(packaging, "BUILD", tmp_path / "build")

    folder = packaging.dependencies(service, for_host=False)

    assert (folder / "tiny.py").exists()


def test_what_cannot_be_installed_says_where_packages_come_from(
    shell: Set, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = tmp_path / "example_api"
    service.mkdir()
    (service / "requirements.txt").write_text("absent-of-all==1\n")
    monkeypatch.setattr(packaging, "BUILD", tmp_path / "build")
    shell({"PIP_INDEX_URL": "http://ana:secret@127.0.0.1:9/packages", "PIP_NO_INDEX": "1"})
    with pytest.raises(ToolError) as refused:
        packaging.dependencies(service, for_host=True)
    words = str(refused.value)
    assert "ERROR: No matching distribution found for absent-of-all==1" in words
    assert "PIP_INDEX_URL=http://***@127.0.0.1:9/packages of your environment" in words
    assert "PIP_NO_INDEX=1 of your environment" in words
    assert "secret" not in words


def test_a_configuration_that_cannot_be_read_is_named(shell: Set, tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text("[[[")
    shell({"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")})
    with pytest.raises(InstallError, match=r"PIP_CONFIG_FILE=\S*pip\.conf"):
        installing.install(["tiny"])


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("WARNING: ProxyError('Cannot connect to proxy.')", "HTTPS_PROXY=http://proxy.example"),
        ("WARNING: SSLError(CERTIFICATE_VERIFY_FAILED)", "SSL_CERT_FILE=/x.pem"),
        ("ERROR: No matching distribution", ""),
    ],
)
def test_only_what_may_be_the_cause_is_named(shell: Set, said: str, named: str) -> None:
    shell({"HTTPS_PROXY": "http://proxy.example", "SSL_CERT_FILE": "/x.pem"})
    words = installing._explained(said, [])
    assert ("Set in your environment" in words) is bool(named)
    assert named in words

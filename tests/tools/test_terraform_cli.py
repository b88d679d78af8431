"""Where the AWS provider comes from."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from tools import environments, terraform_cli
from tools.errors import ToolError

PROVIDER = "hashicorp/aws"


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any mirror."""
    monkeypatch.setattr(terraform_cli, "BUILD", tmp_path / "build")
    monkeypatch.setattr(terraform_cli, "_CACHE", tmp_path / "build" / "cache")
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", "XDG_DATA_HOME", environments.TERRAFORM_MIRROR):
        monkeypatch.delenv(name, raising=False)


def mirror(folder: Path) -> Path:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    unpacked = folder / "registry.example" / PROVIDER / "5.100.0" / f"{sys.platform}_{machine}"
    unpacked.mkdir(parents=True)
    return unpacked


def test_without_a_mirror_the_registry_is_asked_once_for_all(tmp_path: Path) -> None:
    variables = terraform_cli.installing()
    assert variables["TF_PLUGIN_CACHE_DIR"] == str(tmp_path / "build" / "cache")
    assert terraform_cli.running(local=True) == variables


@pytest.mark.parametrize(
    ("variable", "below"),
    [
        (environments.TERRAFORM_MIRROR, ""),
        ("XDG_DATA_HOME", "terraform/plugins"),
        ("HOME", ".terraform.d/plugins"),
    ],
)
def test_a_mirror_is_found_and_the_registry_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, below: str
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "x"))
    mirror(tmp_path / "x" / below)
    text = Path(terraform_cli.installing()["TF_CLI_CONFIG_FILE"]).read_text()
    assert f'path    = "{tmp_path / "x" / below}"' in text
    assert f'exclude = ["{PROVIDER}"]' in text


def test_the_projects_own_variable_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environments.TERRAFORM_MIRROR, str(tmp_path / "own"))
    mirror(tmp_path / "home/.terraform.d/plugins")
    first = mirror(tmp_path / "own")
    assert terraform_cli.unpacked() == first


def test_an_unpacked_provider_runs_as_it_lies_for_the_local_cloud_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(environments.TERRAFORM_MIRROR, str(tmp_path / "x"))
    unpacked = mirror(tmp_path / "x")
    text = Path(terraform_cli.running(local=True)["TF_CLI_CONFIG_FILE"]).read_text()
    assert f'"hashicorp/aws" = "{unpacked}"' in text
    assert terraform_cli.running(local=False) == terraform_cli.installing()


def test_for_the_local_cloud_init_gets_an_empty_file_in_place_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(environments.TERRAFORM_MIRROR, str(tmp_path / "x"))
    unpacked = mirror(tmp_path / "x")
    (unpacked / "terraform-provider-aws_v1").write_text("700 MB")
    text = Path(terraform_cli.installing(local=True)["TF_CLI_CONFIG_FILE"]).read_text()
    stand_in = Path(text.split('path    = "')[1].split('"')[0])
    empty = stand_in / unpacked.relative_to(tmp_path / "x") / "terraform-provider-aws_v1"
    assert empty.stat().st_size == 0
    assert str(tmp_path / "x") in Path(terraform_cli.installing()["TF_CLI_CONFIG_FILE"]).read_text()


def test_another_version_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environments.TERRAFORM_MIRROR, str(tmp_path / "x"))
    mirror(tmp_path / "x").parent.rename(tmp_path / "x" / "registry.example" / PROVIDER / "4.0.0")
    assert terraform_cli.unpacked() is None


def test_the_users_own_configuration_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "terraform.rc"
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(own))
    assert terraform_cli.installing() != {}, "a file that does not exist configures nothing"
    own.write_text("")
    assert terraform_cli.installing() == terraform_cli.running(local=True) == {}


def test_no_terraform_on_the_path_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    terraform_cli.executable.cache_clear()
    with pytest.raises(ToolError, match="no terraform on the PATH"):
        terraform_cli.executable()

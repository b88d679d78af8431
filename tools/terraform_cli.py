"""Find the terraform command and the place where it gets the AWS provider from."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from tools import environments, whole_files
from tools.errors import ToolError
from tools.paths import BUILD, TERRAFORM

# The provider's schema is 100 MB of small objects, read anew by each run: collecting them less often saves a
# quarter of the time and costs a tenth of the memory (491 MB instead of 446 for a plan of terraform/stage).
# https://pkg.go.dev/runtime#hdr-Environment_Variables
MEMORY = {"GOGC": "400"}
# The workspace is named, since another one has a state of its own. https://developer.hashicorp.com/terraform/cli/workspaces
UNATTENDED = {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "TF_WORKSPACE": "default"}
_PROVIDER = "hashicorp/aws"
_CACHE = BUILD / "terraform-plugins"


@cache
def executable() -> str:
    """The terraform on the PATH. Raises ToolError when there is none, and for one that is too old."""
    found, least = shutil.which("terraform"), least_version()
    install = f"Install Terraform {least} or newer: developer.hashicorp.com/terraform"
    if found is None:
        raise ToolError("There is no terraform on the PATH.", install)
    asked = subprocess.run(
        [found, "version", "-json"],
        env={**environments.terraform(), "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        version: str = json.loads(asked.stdout)["terraform_version"]
    except (ValueError, KeyError, TypeError) as error:
        words = (asked.stderr or asked.stdout).strip()[-300:]
        raise ToolError(f"{found} does not say which version it is: {words}", install) from error
    if _numbers(version) < _numbers(least):
        raise ToolError(f"{found} is Terraform {version}, which is too old.", install)
    return found


def least_version() -> str:
    """The oldest Terraform that this project works with, as its roots and modules demand it."""
    text = (TERRAFORM / "dns" / "versions.tf").read_text()
    return text.partition('required_version = ">= ')[2].partition('"')[0]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def installing(local: bool = False) -> dict[str, str]:
    """Environment variables that tell `terraform init` where the provider comes from.

    A mirror on this machine is used where there is one (offline machines), the registry otherwise, with
    a cache so that the units of a stage share one download. For the local cloud (`local`) an unpacked
    provider is not installed at all but run where it lies, see `running`.
    """
    if _configured_by_the_user():
        return {}
    folder = unpacked() if local else None
    mirror = _mirror() if folder is None else _stand_in(folder)
    if mirror is not None:
        # Terraform asks every source that may have the provider; the registry must not be one here.
        chosen = f'  filesystem_mirror {{\n    path    = "{mirror}"\n    include = ["{_PROVIDER}"]\n  }}\n'
        chosen += f'  direct {{\n    exclude = ["{_PROVIDER}"]\n  }}\n'
        name = "terraform.rc" if folder is None else "terraform-local-init.rc"
        return {"TF_CLI_CONFIG_FILE": str(_configuration(name, chosen))}
    cache = _cache()
    cache.mkdir(parents=True, exist_ok=True)
    return {
        "TF_CLI_CONFIG_FILE": os.devnull,
        "TF_PLUGIN_CACHE_DIR": str(cache),
        "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1",
    }


def running(local: bool) -> dict[str, str]:
    """Environment variables for every other command.

    For the local cloud (`local`) an unpacked provider is run as it lies there: Terraform would otherwise
    digest its 700 MB at every command.
    """
    folder = in_place(local)
    if folder is None:
        return installing(local)
    override = f'  dev_overrides {{\n    "hashicorp/aws" = "{folder}"\n  }}\n  direct {{}}\n'
    return {"TF_CLI_CONFIG_FILE": str(_configuration("terraform-local.rc", override))}


def in_place(local: bool) -> Path | None:
    """The folder of the unpacked provider that is run where it lies; None where Terraform installs one."""
    return unpacked() if local and not _configured_by_the_user() else None


def _stand_in(folder: Path) -> Path:
    """A mirror with an empty file in place of the unpacked provider, for `terraform init` to install.

    Init wants one though it is overridden, and only digests it: 0.1 s instead of 2.5 s for each unit.
    """
    mirror = BUILD / "terraform-stand-in"
    for binary in folder.iterdir():
        empty = mirror.joinpath(*folder.parts[-5:], binary.name)
        if not empty.exists():
            empty.parent.mkdir(parents=True, exist_ok=True)
            empty.touch(mode=0o755)
    return mirror


def _configured_by_the_user() -> bool:
    configured = os.environ.get("TF_CLI_CONFIG_FILE")
    return configured is not None and Path(configured).is_file()


def _configuration(name: str, installation: str) -> Path:
    path = BUILD / name
    whole_files.write(path, f"provider_installation {{\n{installation}}}\n")
    return path


def unpacked() -> Path | None:
    """The folder with the pinned provider for this machine, where one lies unpacked."""
    pinned = re.search(r'version\s*=\s*"([\d.]+)"', (TERRAFORM / "dns" / "versions.tf").read_text())
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    if pinned is None:
        return None
    folders = [
        provider / pinned[1] / f"{sys.platform}_{machine}"
        for base in (*_implied_mirrors(), _cache())
        for provider in _in_mirror(base)
    ]
    return next((folder for folder in folders if folder.is_dir()), None)


def _cache() -> Path:
    """Where Terraform keeps the providers that it has downloaded: the user's place, else the project's."""
    chosen = os.environ.get("TF_PLUGIN_CACHE_DIR")
    return Path(chosen) if chosen else _CACHE


def _mirror() -> Path | None:
    return next((path for path in _implied_mirrors() if _in_mirror(path)), None)


def _in_mirror(path: Path) -> list[Path]:
    """The provider's folders in a mirror: a host name, then the provider, then versions."""
    hosts = sorted(path.iterdir()) if path.is_dir() else []
    return [host / _PROVIDER for host in hosts if (host / _PROVIDER).is_dir()]


def _implied_mirrors() -> list[Path]:
    """Where a mirror may lie: the project's variable, Terraform's implied directories, add-on directories.

    https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
    """
    data_home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return [
        *([Path(mirror)] if (mirror := os.environ.get(environments.TERRAFORM_MIRROR)) else []),
        Path.home() / ".terraform.d" / "plugins",
        data_home / "terraform" / "plugins",
        Path("/usr/local/share/terraform/plugins"),
        Path("/usr/share/terraform/plugins"),
        *(found.parents[2] for found in sorted(Path("/opt").glob(f"*/*/{_PROVIDER}"))),
    ]

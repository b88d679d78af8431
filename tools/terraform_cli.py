"""Find the terraform command and the place where it gets the AWS provider from."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

from tools.errors import ToolError
from tools.paths import BUILD

MIRROR_VARIABLE = "NOTES_TERRAFORM_MIRROR"
_HOST = "registry.terraform.io"
_PROVIDER = f"{_HOST}/hashicorp/aws"


@cache
def executable() -> str:
    """The terraform on the PATH. Raises ToolError when there is none."""
    found = shutil.which("terraform")
    if found is None:
        raise ToolError(
            "There is no terraform on the PATH.",
            "Install Terraform 1.11 or newer: developer.hashicorp.com/terraform",
        )
    return found


@cache
def provider_environment() -> dict[str, str]:
    """Environment variables that tell Terraform where providers come from.

    A mirror on this machine is used where there is one (offline machines), the registry otherwise,
    with a cache so that the units of a stage share one download.
    """
    configured = os.environ.get("TF_CLI_CONFIG_FILE")
    if configured and Path(configured).is_file():
        return {}
    BUILD.mkdir(parents=True, exist_ok=True)
    mirror = _mirror()
    if mirror is None:
        plugin_cache = BUILD / "terraform-plugins"
        plugin_cache.mkdir(exist_ok=True)
        return {
            "TF_CLI_CONFIG_FILE": os.devnull,
            "TF_PLUGIN_CACHE_DIR": str(plugin_cache),
            "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1",
        }
    config = BUILD / "terraform.rc"
    temporary = config.with_suffix(f".{os.getpid()}")
    temporary.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path    = "{mirror}"\n    include = ["{_PROVIDER}"]\n  }}\n'
        f'  direct {{\n    exclude = ["{_PROVIDER}"]\n  }}\n}}\n'
    )
    temporary.replace(config)
    return {"TF_CLI_CONFIG_FILE": str(config)}


def _mirror() -> Path | None:
    """Terraform's implied mirror directories, the project's own variable, then add-on directories.

    https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
    """
    data_home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    candidates = [
        *([Path(os.environ[MIRROR_VARIABLE])] if MIRROR_VARIABLE in os.environ else []),
        Path.home() / ".terraform.d" / "plugins",
        data_home / "terraform" / "plugins",
        Path("/usr/local/share/terraform/plugins"),
        Path("/usr/share/terraform/plugins"),
        *(found.parent for found in sorted(Path("/opt").glob(f"*/{_HOST}"))),
    ]
    return next((path for path in candidates if (path / _PROVIDER).is_dir()), None)

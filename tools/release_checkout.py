"""A release is deployed by the Terraform and the tools of its own commit: from a checkout of that commit."""

from __future__ import annotations

import os
import subprocess

from tools import checkout, environments
from tools.errors import ToolError
from tools.manifests import Release
from tools.paths import REPOSITORY

_VARIABLE = "RELEASE_CHECKOUT"  # set where a command runs in such a checkout, so that it makes no other


def elsewhere(release: Release, command: str) -> int | None:
    """Run the command in a checkout of the release's commit; its exit status. None where this is that one.

    Raises ToolError where no commit has what the release was made of.
    """
    if checkout.digest() == release.source:
        return None
    if os.environ.get(_VARIABLE):
        raise ToolError(
            f"The files of commit {release.commit[:7]} are not those of release {release.id}.",
            "Was the history rewritten? Deploy the commit anew and promote that release.",
        )
    if not release.commit or release.dirty:
        raise ToolError(
            f"Release {release.id} was made of {release.origin}, and this checkout has other files.",
            "Promote it from the checkout that made it, or commit, deploy and promote that.",
        )
    folder = checkout.of_commit(release.commit)
    variables = {
        _VARIABLE: release.id,
        "LOCAL_HOME": os.environ.get("LOCAL_HOME") or str(REPOSITORY / ".local"),
    }
    environment = environments.tools(**variables)
    given = {name: environment[name] for name in sorted(environments.OWN & environment.keys())}
    arguments = checkout.command_in(folder, command, given)
    return subprocess.run(arguments, cwd=folder, env=environment, check=False).returncode

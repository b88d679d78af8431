"""A Terraform root made for a test, applied to the local cloud by the real AWS provider."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.local_cloud.conftest import ACCOUNT, REGION, Cloud
from tools import terraform_cli
from tools.paths import TERRAFORM


@dataclass(frozen=True)
class Root:
    """The root in `directory`, which has its state beside it."""

    cloud: Cloud
    directory: Path

    def apply(self, modules: dict[str, dict[str, Any]]) -> None:
        """Make exactly `modules`, each with its `source` (a name in terraform/modules) and its variables."""
        tags = {"project": "toy", "stage": "test"}
        document = {
            "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}},
            "provider": {"aws": {"default_tags": {"tags": tags}}},
            "module": {
                name: variables | {"source": f"./modules/{variables['source']}"}
                for name, variables in modules.items()
            },
        }
        new = not self.directory.exists()
        if new:
            self.directory.mkdir()
            (self.directory / "modules").symlink_to(TERRAFORM / "modules")  # their sources are relative
        (self.directory / "main.tf.json").write_text(json.dumps(document))
        if new:
            self._done("init", "-backend=false", installing=True)
        self._done("apply", "-auto-approve")

    def changes(self) -> str:
        """What a plan would change now; nothing when all is as it should be."""
        planned = self._terraform("plan", "-detailed-exitcode", "-lock=false")
        return "" if planned.returncode == 0 else planned.stdout + planned.stderr

    def _done(self, *arguments: str, installing: bool = False) -> None:
        finished = self._terraform(*arguments, installing=installing)
        assert finished.returncode == 0, finished.stdout + finished.stderr

    def _terraform(self, *arguments: str, installing: bool = False) -> subprocess.CompletedProcess[str]:
        configured = terraform_cli.installing(local=True) if installing else terraform_cli.running(local=True)
        environment = (
            os.environ
            | configured
            | {
                "AWS_ACCESS_KEY_ID": ACCOUNT,
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_REGION": REGION,
                "AWS_ENDPOINT_URL": self.cloud.url,
                "CHECKPOINT_DISABLE": "1",
            }
        )
        command = [
            terraform_cli.executable(),
            f"-chdir={self.directory}",
            *arguments,
            "-no-color",
            "-input=false",
        ]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

"""Functions run in an interpreter that has what Lambda provides, and nothing of the server's libraries.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-sdk-included
"""

import importlib.metadata
import shutil
import sys
import venv
from pathlib import Path

from tools.local_cloud.errors import LocalCloudError
from tools.local_cloud.patching import module, patch

# boto3 and its dependencies: the module or package that each distribution installs.
_PROVIDED = {
    "boto3": "boto3",
    "botocore": "botocore",
    "s3transfer": "s3transfer",
    "jmespath": "jmespath",
    "python-dateutil": "dateutil",
    "six": "six.py",
    "urllib3": "urllib3",
}


def install(directory: Path) -> None:
    """Make the interpreter in `directory` unless it is there already, and let Python functions run in it."""
    python = _interpreter(directory)

    def make(original: object) -> object:
        def binary_and_worker(runtime: str) -> tuple[str, str]:
            binary, worker = original(runtime)  # type: ignore[operator]
            return (str(python) if runtime.startswith("python") else binary), worker

        return binary_and_worker

    patch(module("core.lambda_runtime"), "_detect_runtime_binary", "runtime", make)  # type: ignore[arg-type]


def _interpreter(directory: Path) -> Path:
    python = directory / "bin" / "python"
    stamp = directory / "contents.txt"
    contents = "\n".join([sys.version, sys.prefix, *(f"{name} {_version(name)}" for name in _PROVIDED)])
    if stamp.exists() and stamp.read_text() == contents and python.exists():
        return python
    shutil.rmtree(directory, ignore_errors=True)
    venv.create(directory, symlinks=True, with_pip=False)
    [site_packages] = directory.glob("lib/python*/site-packages")
    for distribution, name in _PROVIDED.items():
        found = Path(str(importlib.metadata.distribution(distribution).locate_file(name)))
        if not found.exists():
            raise LocalCloudError(f"{distribution} has no {name} beside its metadata: reinstall it.")
        (site_packages / name).symlink_to(found.resolve())
    stamp.write_text(contents)
    return python


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        raise LocalCloudError(
            f"{distribution} is not installed beside the local cloud, but every function may import it."
        ) from None

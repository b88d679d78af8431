"""Package a service with Chalice: one zip for every stage, one description for each."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import gateway, installing, render, sources, whole_files
from tools.errors import ToolError
from tools.installing import InstallError
from tools.paths import BUILD
from tools.render import Rendered

# https://docs.aws.amazon.com/lambda/latest/dg/python-package.html: the runtime brings these.
PROVIDED_BY_LAMBDA = frozenset({"boto3", "botocore", "s3transfer"})

_DESCRIBE = "import json, app; from shared.contract import describe; print(json.dumps(describe(app.app)))"
_NOT_SHIPPED = ("__pycache__", "bin")
_ARCHIVE = "package.zip"
_KEPT_SECONDS = 24 * 3600.0
_INSTALLER_FILES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


@dataclass(frozen=True)
class Package:
    """What Chalice made of a service: the folder with chalice.tf.json, and the zip with its digest.

    `api` is a digest of what its API takes and answers, the same in every stage; empty without an API.
    """

    folder: Path
    archive: Path
    sha256: str
    api: str = ""

    @property
    def sha256_base64(self) -> str:
        """The digest in the form that Lambda and Terraform compare."""
        return base64.b64encode(bytes.fromhex(self.sha256)).decode()

    @property
    def description(self) -> Path:
        """Chalice's description of functions, events and the API."""
        return self.folder / "chalice.tf.json"


def dependencies(service: Path, for_host: bool) -> Path:
    """Install the service's pinned requirements once and return the folder they are in.

    `for_host` takes what runs on this machine (the local cloud runs functions in its Python),
    otherwise what runs on Lambda. Raises ToolError with pip's own words.
    """
    requirements = service / "requirements.txt"
    kind = "host" if for_host else "lambda"
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(f"{kind} {python} {requirements.read_text()}".encode()).hexdigest()[:16]
    folder = BUILD / "dependencies" / digest
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Two services with the same pins may come here at once.
    target = Path(tempfile.mkdtemp(prefix=f"{digest}.", dir=folder.parent))
    wheels = ["--platform", "manylinux2014_x86_64", "--implementation", "cp", "--python-version", python]
    pins = ["--no-deps", "--only-binary=:all:", "--target", str(target), "-r", str(requirements)]
    try:
        installing.install([*pins, *([] if for_host else wheels)])
    except InstallError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise ToolError(f"The requirements of {service.name} cannot be installed:\n{error}") from error
    try:
        target.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        # Somebody else was faster; theirs is the same.
        shutil.rmtree(target)
    return folder


def own_sources(service: Path) -> list[Path]:
    """What of the service's own folder goes into its package."""
    return [service / "app.py", *sources.of_folder(service / "chalicelib")]


def shared_sources(service: Path, api: bool) -> list[Path]:
    """What of `shared` goes into its package; an `api` is described with shared.contract (`operations`)."""
    return sources.of_shared(service, ["shared.contract"] if api else [])


def needs_host_build(endpoint_url: str | None) -> bool:
    """Whether compiled libraries must be this machine's: on a local cloud away from Lambda's platform."""
    return endpoint_url is not None and (sys.platform != "linux" or platform.machine() != "x86_64")


def package(
    service: Path,
    stage: str,
    rendered: Rendered,
    environment: dict[str, str],
    allowed_origins: Sequence[str],
    folder: Path,
    for_host: bool,
    digest: str,
    released: Path | None = None,
) -> Package:
    """Package `service` for `stage` into `folder`.

    `digest` is of all that decides what comes out (tools/fingerprints.py): a package that was made of the
    same lately is taken again. The zip holds nothing of the stage: where one was `released`, it is described
    for this stage and stays as it is. Raises ToolError with Chalice's own words.
    """
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / f"{digest}.json"
    if kept := _kept_before(folder, note):
        return kept
    work = Path(tempfile.mkdtemp(prefix="new.", dir=folder))
    try:
        made = _made(service, stage, rendered, environment, allowed_origins, work, for_host, released)
        kept = _kept(made, folder)
        whole_files.write(note, json.dumps([kept.folder.name, kept.sha256, kept.api]))
        return kept
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _made(
    service: Path,
    stage: str,
    rendered: Rendered,
    environment: dict[str, str],
    allowed_origins: Sequence[str],
    work: Path,
    for_host: bool,
    released: Path | None,
) -> Package:
    project, described = work / "project", work / "described"
    if released is None:
        _lay_out(service, project, dependencies(service, for_host), rendered.base_path is not None)
    else:
        _unpack(released, project)
    render.write(project / ".chalice", stage, rendered)
    _run(
        service,
        [
            *(sys.executable, "-c", "import sys; from chalice.cli import main; sys.exit(main())"),
            *("package", "--pkg-format", "terraform", "--stage", stage, str(described)),
        ],
        project,
        environment,
    )
    archive = described / _ARCHIVE
    digest, api = _normalise(described / "deployment.zip", archive, service.name), ""
    if released is not None:
        archive.unlink()
        shutil.copyfile(released, archive)
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    document = json.loads((described / "chalice.tf.json").read_text())
    if "chalice_api_swagger" in document.get("locals", {}):
        variables = environment | rendered.stage.get("environment_variables", {})
        swagger = json.loads(document["locals"]["chalice_api_swagger"])
        declared = operations(project, [project, project / "vendor"], variables)
        api = _api_digest(swagger, declared)
        gateway.complete(swagger, declared, allowed_origins)
        document["locals"]["chalice_api_swagger"] = json.dumps(swagger, sort_keys=True)
    # Where it was made is nothing that counts.
    text = json.dumps(document, indent=1, sort_keys=True).replace(str(work), "")
    (described / "chalice.tf.json").write_text(text)
    return Package(described, archive, digest, api)


def _kept_before(folder: Path, note: Path) -> Package | None:
    """The package that `note` tells of, if it has not gone."""
    try:
        name, sha256, api = json.loads(note.read_text())
        os.utime(folder / name)
    except FileNotFoundError:
        return None
    return Package(folder / name, folder / name / _ARCHIVE, sha256, api)


def _kept(made: Package, folder: Path) -> Package:
    """Move a package under the digest of what it is: a command beside this one may read the same there."""
    content = made.sha256.encode() + made.description.read_bytes()
    place = folder / hashlib.sha256(content).hexdigest()[:16]
    try:
        made.folder.rename(place)
    except OSError:
        if not place.exists():
            raise
        os.utime(place)  # it is there already
    _remove_old(folder)
    return Package(place, place / _ARCHIVE, made.sha256, made.api)


def _remove_old(folder: Path) -> None:
    """Remove what no command reads any more; one beside this may remove it first."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime <= _KEPT_SECONDS:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def operations(service: Path, path: Sequence[Path], environment: dict[str, str]) -> list[dict[str, Any]]:
    """What the code in the folder `service` declares of its operations; see shared.contract.describe.

    `path` is where its modules are found; `environment` holds the variables that app.py reads while imported.
    """
    variables = environment | {"PYTHONPATH": os.pathsep.join(map(str, path))}
    described: list[dict[str, Any]] = json.loads(
        _run(service, [sys.executable, "-c", _DESCRIBE], service, variables)
    )
    return described


def _lay_out(service: Path, project: Path, installed: Path, api: bool) -> None:
    project.mkdir(parents=True)
    shutil.copytree(installed, project / "vendor", ignore=shutil.ignore_patterns("bin", "__pycache__"))
    for path in own_sources(service):
        _copy(path, project / path.relative_to(service))
    for path in shared_sources(service, api):
        _copy(path, project / "vendor" / path.relative_to(service.parent))
    # Everything is in vendor/ already; Chalice would resolve the list anew each time.
    (project / "requirements.txt").write_text("")


def _unpack(archive: Path, project: Path) -> None:
    """Lay a zip out as the project that it was made of. Chalice adds its own runtime once more."""
    project.mkdir(parents=True)
    with zipfile.ZipFile(archive) as packed:
        for name in packed.namelist():
            if name.startswith("chalice/"):
                continue
            own = name == "app.py" or name.startswith("chalicelib/")
            packed.extract(name, project if own else project / "vendor")
    (project / "requirements.txt").write_text("")


def _api_digest(swagger: dict[str, Any], declared: list[dict[str, Any]]) -> str:
    """Of routes and operations alone: stages add their origins, names and ids to a description."""
    routes = {path: sorted(methods) for path, methods in swagger["paths"].items()}
    return hashlib.sha256(json.dumps([routes, declared], sort_keys=True).encode()).hexdigest()


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _run(service: Path, command: list[str], directory: Path, environment: dict[str, str]) -> str:
    finished = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    if finished.returncode != 0:
        words = (finished.stderr or finished.stdout).strip().splitlines()
        raise ToolError(f"{service.name} cannot be packaged:\n  " + "\n  ".join(words[-12:]))
    return finished.stdout


def _normalise(source: Path, target: Path, service: str) -> str:
    """Rewrite a zip so that the same contents give the same bytes; returns its SHA-256 in hex."""
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(target, "w") as after:
        for name in sorted(before.namelist()):
            parts = name.split("/")
            if set(parts) & set(_NOT_SHIPPED) or name.endswith(("/", ".pyc")):
                continue
            if parts[0] in PROVIDED_BY_LAMBDA:
                raise ToolError(
                    f"{service}/requirements.txt brings {parts[0]}, which Lambda provides.",
                    "Take it out of the pins.",
                )
            if parts[0].endswith(".dist-info") and parts[-1] in _INSTALLER_FILES:
                continue
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            after.writestr(entry, before.read(name), zipfile.ZIP_DEFLATED, compresslevel=6)
    source.unlink()
    return hashlib.sha256(target.read_bytes()).hexdigest()

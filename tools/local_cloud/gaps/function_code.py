"""A function's code is unpacked once, however many of its environments start, and compiled once by Python.

MiniStack unpacks it for each of them, which was a quarter of the server's work. On AWS the code's folder is
read-only, so that environments do not notice whether they share it:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import hashlib
import shutil
import tempfile
import threading
import types
import zipfile
from pathlib import Path
from typing import Any

from tools.local_cloud.patching import module, require

_KEPT = 24  # packages that nothing runs any more, for environments that start again


def install() -> None:
    """Let the runtime's workers share what they unpack, in a folder beside theirs."""
    runtime = module("core.lambda_runtime")
    require(runtime, "zipfile")
    unpacked = Unpacked(Path(tempfile.gettempdir(), "code"))

    class Shared(zipfile.ZipFile):
        def extractall(self, path: Any = None, *_: Any, **__: Any) -> None:
            unpacked.link(self, Path(path))

    runtime.zipfile = types.SimpleNamespace(**{**vars(zipfile), "ZipFile": Shared})


class Unpacked:
    """Packages by the digest of their bytes, unpacked in `folder`, which is emptied first."""

    def __init__(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder = folder
        self._links: list[Path] = []
        self._lock = threading.Lock()

    def link(self, archive: zipfile.ZipFile, place: Path) -> None:
        """Put what `archive`, a file, has in the place of the empty folder `place`."""
        with Path(str(archive.filename)).open("rb") as file:
            code = self._folder / hashlib.file_digest(file, "sha256").hexdigest()
        with self._lock:
            if not code.exists():
                self._make_room()
                partial = self._folder / "partial"
                shutil.rmtree(partial, ignore_errors=True)  # of one that could not be unpacked
                zipfile.ZipFile.extractall(archive, partial)
                partial.rename(code)
            place.rmdir()
            place.symlink_to(code)
            self._links.append(place)

    def _make_room(self) -> None:
        self._links = [link for link in self._links if link.is_symlink()]
        used = {link.readlink() for link in self._links}
        unused = sorted(set(self._folder.iterdir()) - used, key=lambda code: code.stat().st_mtime)
        for code in unused[:-_KEPT]:
            shutil.rmtree(code)

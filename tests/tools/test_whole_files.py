"""Files that several threads write at the same moment, as the units of a first plan do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tools import whole_files

WRITERS = 8
TEXT = "provider_installation {}\n" * 100


def test_writers_at_the_same_moment_all_find_the_whole_file(tmp_path: Path) -> None:
    together = Barrier(WRITERS)

    def write_and_read(path: Path) -> str:
        together.wait()
        whole_files.write(path, TEXT)
        return path.read_text()

    for attempt in range(20):
        folder = tmp_path / str(attempt)
        with ThreadPoolExecutor(WRITERS) as pool:
            read = list(pool.map(write_and_read, [folder / "terraform.rc"] * WRITERS))

        assert read == [TEXT] * WRITERS
        assert [path.name for path in folder.iterdir()] == ["terraform.rc"]


def test_a_file_that_has_the_text_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    whole_files.write(path, TEXT)
    before = path.stat()

    whole_files.write(path, TEXT)

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_after_an_error_the_file_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "package.zip"
    path.write_text("released")

    def fail_half_way() -> None:
        with whole_files.replacing(path) as new:
            new.write_text("hal")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail_half_way()

    assert path.read_text() == "released"
    assert list(tmp_path.iterdir()) == [path]

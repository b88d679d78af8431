"""Sessions share what they read, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.loaders import JSONFileLoader

from tools import aws_sessions

GIVEN = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-west-1"}


def test_a_second_session_reads_nothing_that_the_first_has_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    load_file = JSONFileLoader.load_file

    def note(self: JSONFileLoader, path: str) -> Any:
        found = load_file(self, path)
        read.extend([path] if found is not None else [])
        return found

    monkeypatch.setattr(JSONFileLoader, "load_file", note)
    aws_sessions.new(**GIVEN).client("codecommit")
    assert [path for path in read if "codecommit" in path]
    read.clear()
    aws_sessions.new(**GIVEN).client("codecommit")
    assert read == []


def test_each_has_its_own_credentials_and_region() -> None:
    first, second = aws_sessions.new(**GIVEN), aws_sessions.new(**{**GIVEN, "aws_access_key_id": "c"})
    keys = [session.get_credentials().access_key for session in (first, second)]
    assert keys == ["a", "c"]
    assert first.client("s3").meta.region_name == "eu-west-1"


def test_many_sessions_look_in_no_more_places() -> None:
    aws_sessions.new(**GIVEN)
    places = len(aws_sessions._LOADER.search_paths)
    for _ in range(3):
        aws_sessions.new(**GIVEN)
    assert len(aws_sessions._LOADER.search_paths) == places

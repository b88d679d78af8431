"""Environments of a function share its unpacked code, and those of other code have their own."""

import json
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.local_cloud.conftest import Cloud, make_function, package
from tools.local_cloud.gaps import function_code
from tools.local_cloud.gaps.function_code import Unpacked

SOURCE = """
import os, time
def handler(event, context):
    time.sleep(event)
    return {"code": 1, "place": os.path.realpath(__file__), "process": os.getpid()}
"""


def test_two_environments_run_one_copy_until_the_code_changes(cloud: Cloud) -> None:
    make_function(cloud, "shares", SOURCE)
    functions = cloud.client("lambda")

    def call(seconds: float = 0) -> Any:
        answer = functions.invoke(FunctionName="shares", Payload=json.dumps(seconds))
        return json.load(answer["Payload"])

    with ThreadPoolExecutor() as pool:
        first, second = pool.map(call, (1, 1))
    assert first["process"] != second["process"]
    assert first["place"] == second["place"]

    changed = package(SOURCE.replace('"code": 1', '"code": 2'))
    functions.update_function_code(FunctionName="shares", ZipFile=changed)
    third = call()
    assert third["code"] == 2
    assert third["place"] != first["place"]


def test_code_that_runs_stays_and_some_of_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_code, "_KEPT", 2)
    (tmp_path / "code" / "of-an-earlier-server").mkdir(parents=True)
    unpacked = Unpacked(tmp_path / "code")

    def start(number: int) -> Path:
        place = tmp_path / str(number)
        place.mkdir()
        file = tmp_path / f"{number}.zip"
        file.write_bytes(package(f"# {number}"))
        with zipfile.ZipFile(file) as archive:
            unpacked.link(archive, place)
        os.utime(place, (number, number))
        return place

    places = [start(number) for number in range(5)]
    assert [(place / "index.py").read_text() for place in places] == [f"# {number}" for number in range(5)]
    for place in places[1:]:
        place.unlink()  # these end
    start(5)
    left = {(code / "index.py").read_text() for code in (tmp_path / "code").iterdir()}
    assert left == {"# 0", "# 3", "# 4", "# 5"}

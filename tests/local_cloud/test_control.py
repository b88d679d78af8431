"""Starting and stopping: clear refusals, and clouds that do not disturb one another."""

import os
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.local_cloud.conftest import Cloud, free_port
from tools.local_cloud import control
from tools.local_cloud.errors import LocalCloudError
from tools.local_cloud.identity import health, pid_file


def test_a_port_taken_by_another_program_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LocalCloudError, match=f"Port {port} is in use by another program"):
            control.start(port, tmp_path)


def test_a_port_served_for_another_state_directory_is_refused(cloud: Cloud, tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match=str(cloud.state_dir)):
        control.start(cloud.port, tmp_path)


def test_starting_a_running_cloud_changes_nothing(cloud: Cloud) -> None:
    before = health(cloud.port)
    assert control.ensure_running(cloud.port, cloud.state_dir) is False
    assert health(cloud.port) == before


def test_a_second_cloud_has_its_own_state_and_end(cloud: Cloud, tmp_path: Path) -> None:
    second = Cloud(free_port(), tmp_path)
    control.start(second.port, second.state_dir)
    try:
        second.client("s3").create_bucket(Bucket="only-in-the-second")
        assert [b["Name"] for b in second.client("s3").list_buckets()["Buckets"]] == ["only-in-the-second"]
        assert "only-in-the-second" not in str(cloud.client("s3").list_buckets()["Buckets"])
    finally:
        assert control.stop(second.port, second.state_dir) is True
    assert not control.is_running(second.port)
    assert control.is_running(cloud.port)


def test_stop_never_ends_a_process_that_is_not_the_server(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        pid_file(tmp_path).write_text(str(bystander.pid))
        assert control.stop(free_port(), tmp_path) is False
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_two_starts_at_the_same_moment_make_one_cloud(tmp_path: Path) -> None:
    port = free_port()
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda _: control.start(port, tmp_path), range(3)))
    try:
        found = health(port)
        assert found is not None
        assert pid_file(tmp_path).read_text() == str(found["pid"])
    finally:
        assert control.stop(port, tmp_path) is True


def test_a_hanging_cloud_is_named_and_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "STOP_SECONDS", 0.5)
    port = free_port()
    control.start(port, tmp_path)
    os.kill(int(pid_file(tmp_path).read_text()), signal.SIGSTOP)
    with pytest.raises(LocalCloudError, match="does not answer"):
        control.start(port, tmp_path)
    assert control.stop(port, tmp_path) is True
    control.start(port, tmp_path)
    assert control.stop(port, tmp_path) is True


def test_a_server_that_dies_while_starting_shows_its_log(tmp_path: Path) -> None:
    (tmp_path / "tmp").write_text("a file where the server wants a directory")
    with pytest.raises(LocalCloudError, match=r"ended while starting[\s\S]*File exists"):
        control.start(free_port(), tmp_path)


def test_it_listens_on_loopback_only_and_nowhere_else(cloud: Cloud) -> None:
    found = health(cloud.port)
    assert found is not None
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.1", cloud.port)) == 0
    addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in addresses - {"127.0.0.1"}:
        with socket.socket() as probe:
            probe.settimeout(2)
            assert probe.connect_ex((address, cloud.port)) != 0
    os.kill(int(str(found["pid"])), 0)  # and the process it names exists

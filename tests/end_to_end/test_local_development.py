"""`make local` in a copy of the checkout: the APIs behind one port, on the storage of the stage `local`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.end_to_end.answers import ORIGIN, expect, problem
from tests.end_to_end.checkouts import copied
from tests.end_to_end.conftest import Deployed
from tests.waiting import eventually

IDENTITY = "us-east-1:11111111-2222-4333-8444-555555555555"


@dataclass(frozen=True)
class Development:
    """A running `make local`."""

    checkout: Path
    address: str
    log: Path

    def call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """A request as a browser page sends it; nobody signs here."""
        headers = {"Origin": ORIGIN, **arguments.pop("headers", {})}
        return requests.request(method, f"{self.address}{path}", headers=headers, timeout=60, **arguments)

    @contextmanager
    def edited(self, file: str, old: str, new: str) -> Iterator[None]:
        """With `old` replaced by `new` in a file of the copy; both ways as an editor's save does it."""
        path = self.checkout / file
        text = path.read_text()
        assert old in text
        _save(path, text.replace(old, new))
        try:
            yield
        finally:
            _save(path, text)

    def says_why_down(self, path: str, words: str) -> None:
        """Wait until a request to `path` is told that its service is down because of `words`.

        One that the restart cuts off is told only that.
        """
        eventually(lambda: words in (_why_down(self.call("GET", path)) or ""), what=words)


def _save(path: Path, text: str) -> None:
    temporary = path.with_suffix(".saving")
    temporary.write_text(text)
    temporary.replace(path)


def _why_down(answer: requests.Response) -> str | None:
    return str(problem(answer, 503)["detail"]) if answer.status_code == 503 else None


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what `make local` reads, to edit."""
    return copied(tmp_path_factory.mktemp("checkout"))


def _start(
    deployed: Deployed, checkout: Path, port: int, log: Path, **variables: str
) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "ENV": "local",
        "LOCAL_PORT": str(deployed.port),
        "LOCAL_HOME": str(deployed.home),
        "PORT": str(port),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:9",
        **variables,
    }
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tools", "local"],
            cwd=checkout,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _refused(deployed: Deployed, checkout: Path, **variables: str) -> tuple[int, str]:
    """Exit status and words of a `make local` that ends at once."""
    log = checkout / "refused.log"
    process = _start(deployed, checkout, int(variables.pop("PORT", 0)) or _free_port(), log, **variables)
    try:
        return process.wait(60), log.read_text().strip()
    finally:
        process.kill()


def _workers(checkout: Path) -> list[str]:
    """The processes that run services of this copy, by what they run."""
    listed = subprocess.run(["ps", "-axww", "-o", "pid=,args="], capture_output=True, text=True, check=True)
    found = [line for line in listed.stdout.splitlines() if "tools.local_api.worker" in line]
    return [line for line in found if _directory(line.split()[0]).is_relative_to(checkout)]


def _directory(pid: str) -> Path:
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd"))
    except OSError:
        return Path("/")


@pytest.fixture(scope="module")
def development(deployed: Deployed, checkout: Path) -> Iterator[Development]:
    """`make local` with an identity of its own."""
    port, log = _free_port(), checkout / "local.log"
    process = _start(deployed, checkout, port, log, IDENTITY=IDENTITY)
    try:
        eventually(lambda: process.poll() is not None or "Try: curl" in log.read_text(), 90, "the address")
        assert process.poll() is None, log.read_text()
        yield Development(checkout, f"http://127.0.0.1:{port}", log)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def test_notes_are_written_read_changed_and_deleted(development: Development) -> None:
    created = development.call("POST", "/notes", json={"content": "from my own machine ✓"})
    note = expect(created, 201)
    assert created.headers["ETag"] == '"1"'
    path = f"/notes/{note['note_id']}"
    assert note["note_id"] in [
        n["note_id"] for n in expect(development.call("GET", "/notes?limit=1"), 200)["notes"]
    ]
    changed = development.call("PUT", path, json={"content": "b"}, headers={"If-Match": '"1"'})
    assert expect(changed, 200)["version"] == 2
    problem(development.call("PUT", path, json={"content": "c"}, headers={"If-Match": '"1"'}), 412)
    assert development.call("DELETE", path).status_code == 204
    problem(development.call("GET", path), 404)


def test_storage_is_the_stages_and_the_caller_the_one_named(
    development: Development, deployed: Deployed, stage_outputs: dict[str, Any]
) -> None:
    note = expect(development.call("POST", "/notes/", json={"content": "kept"}), 201)
    key = {"user_id": {"S": IDENTITY}, "note_id": {"S": note["note_id"]}}
    found = deployed.root("dev", "dynamodb").get_item(TableName=stage_outputs["notes_table"], Key=key)
    assert found["Item"]["content"] == {"S": "kept"}


def test_flags_are_those_of_the_stage(development: Development, deployed: Deployed) -> None:
    expect(development.call("POST", "/notes/", json={"content": "to be found"}), 201)
    deployed.command("flag", "local", NAME="search", ON=IDENTITY)
    try:
        eventually(lambda: development.call("GET", "/notes?query=found").ok, what="search")
    finally:
        deployed.command("flag", "local", NAME="search", ON="none")


def test_a_purchase_goes_through_stripes_mock(development: Development) -> None:
    order = {"storage": 10, "payment_method": "pm_card_visa"}
    headers = {"Idempotency-Key": "local-development-1"}
    bought = expect(development.call("POST", "/billing", json=order, headers=headers), 201)
    assert (bought["amount"], bought["status"]) == (4000, "paid")
    assert expect(development.call("POST", "/billing", json=order, headers=headers), 201) == bought
    assert expect(development.call("GET", f"/billing/{bought['purchase_id']}"), 200) == bought


@pytest.mark.parametrize(
    ("method", "path", "arguments", "status"),
    [
        ("POST", "/notes", {"data": '{"content":'}, 400),
        ("POST", "/notes", {"json": {"content": "a", "colour": "red"}}, 400),
        ("GET", "/notes?limit=101", {}, 400),
        ("POST", "/billing", {"json": {"storage": 1, "payment_method": "pm_card_visa"}}, 400),
        ("GET", "/notes/a/b/c", {}, 403),
    ],
)
def test_faults_are_the_problem_documents_of_the_deployed_api(
    development: Development, user: Any, method: str, path: str, arguments: dict[str, Any], status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    here = problem(development.call(method, path, headers=headers, **arguments), status)
    there = problem(
        user.call(method, path, arguments.get("json"), {**headers, "Origin": ORIGIN}, arguments.get("data")),
        status,
    )
    assert {name: here[name] for name in ("type", "title", "status")} == {
        name: there[name] for name in ("type", "title", "status")
    }


def test_an_unknown_service_is_a_problem_that_names_the_services(development: Development) -> None:
    detail = problem(development.call("GET", "/nothing/here"), 404)["detail"]
    assert "/billing" in detail
    assert "/notes" in detail
    problem(development.call("POST", "/stripe/v1/payment_intents"), 404)


def test_a_body_without_a_length_is_a_problem(development: Development) -> None:
    problem(development.call("POST", "/notes", data=iter([b'{"content": "a"}'])), 411)


def test_a_preflight_is_answered_as_deployed(development: Development, stage_outputs: dict[str, Any]) -> None:
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "If-Match"}
    here = development.call("OPTIONS", "/notes/some-note", headers=asked)
    there = requests.options(
        f"{stage_outputs['api_url']}/notes/some-note", headers={**asked, "Origin": ORIGIN}, timeout=30
    )
    assert here.ok
    for name in ("Origin", "Headers", "Methods"):
        header = f"Access-Control-Allow-{name}"
        assert set(here.headers[header].split(",")) == set(there.headers[header].split(","))


def test_an_edit_of_a_service_and_of_shared_is_served(development: Development) -> None:
    notes = "notes_api/chalicelib/notes.py"
    with development.edited(notes, "You have no note with this id.", "EDITED, no such note."):
        eventually(lambda: "EDITED" in development.call("GET", "/notes/none").text, what="the edit of notes")
    with development.edited("shared/validation.py", "The body is empty;", "EDITED, nothing there;"):
        for path in ("/notes", "/billing"):
            eventually(
                lambda path=path: (  # type: ignore[misc]
                    "EDITED"
                    in development.call("POST", path, headers={"Idempotency-Key": "edited-key-1"}).text
                ),
                what=f"the edit of shared in {path}",
            )


def test_an_edit_of_a_template_is_served(development: Development) -> None:
    template = "notes_api/.chalice/config.template.json"
    with development.edited(template, "${settings.allowed_origins}", "http://edited.example"):
        eventually(
            lambda: (
                development.call("GET", "/notes").headers["Access-Control-Allow-Origin"]
                == "http://edited.example"
            ),
            what="the edit of the template",
        )
    with development.edited(template, "${storage.notes_table_name}", "${storage.notes_tabel_name}"):
        development.says_why_down(
            "/notes", "config.template.json:18: ${storage.notes_tabel_name} is answered by no output"
        )
    eventually(lambda: development.call("GET", "/notes").ok, what="the mended template")


def test_a_service_that_cannot_start_shows_why_and_recovers(development: Development) -> None:
    before = development.log.read_text().count("SyntaxError")
    with development.edited("billing_api/app.py", "app = create_app(", "app = = create_app("):
        development.says_why_down("/billing/x", "SyntaxError")
        assert development.log.read_text().count("SyntaxError") > before
        assert development.call("GET", "/notes").ok, "the other service goes on"
    eventually(lambda: development.call("GET", "/billing/x").status_code == 404, what="the mended service")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_everything_it_started(
    deployed: Deployed, tmp_path: Path, ending: signal.Signals
) -> None:
    copy = copied(tmp_path / "checkout")
    log = tmp_path / "local.log"
    process = _start(deployed, copy, port := _free_port(), log)
    try:
        eventually(lambda: process.poll() is not None or "Try: curl" in log.read_text(), 90, "the address")
        assert "us-east-1:00000000-0000-4000-8000-000000000000" in log.read_text()
        assert requests.get(f"http://127.0.0.1:{port}/notes", timeout=30).ok
        assert len(_workers(copy)) == 2
        process.send_signal(ending)
        status = process.wait(30)
    finally:
        process.kill()
    assert status == (0 if ending != signal.SIGKILL else -signal.SIGKILL)
    assert "Traceback" not in log.read_text()
    eventually(lambda: not _workers(copy), 10, "the end of the services")


def test_an_occupied_port_is_one_clear_line(deployed: Deployed, checkout: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        status, words = _refused(deployed, checkout, PORT=port)
    assert (status, words) == (
        1,
        f"Port {port} is in use by another program. Choose another one with PORT=<port>.",
    )


@pytest.mark.parametrize(
    ("variables", "status", "words"),
    [
        ({"ENV": "never-made", "CLOUD": "local"}, 1, "  Run: make deploy ENV="),
        ({"ENV": "local", "PORT": "80"}, 2, "PORT=80 is no port"),
        ({"ENV": "local", "IDENTITY": "me"}, 2, "IDENTITY=me is no identity id."),
    ],
)
def test_what_it_cannot_serve_is_refused(
    deployed: Deployed, checkout: Path, variables: dict[str, str], status: int, words: str
) -> None:
    found, said = _refused(deployed, checkout, **variables)
    assert found == status, said
    assert words in said
    assert "Traceback" not in said

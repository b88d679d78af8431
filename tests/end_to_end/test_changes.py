"""What a change deploys: from another checkout of the stage `local`, which is put back in the end."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.checkouts import Checkout
from tests.end_to_end.conftest import Deployed
from tools import aws_names, collisions, state_bucket
from tools import deployed as in_the_cloud
from tools.paths import REPOSITORY
from tools.services import all_services

SERVICES = [service.name for service in all_services()]
# What cannot matter, each where it could be taken for a source.
MEANINGLESS = (
    "notes_api/README.md",
    "notes_api/tests/test_more.py",
    "notes_api/chalicelib/__pycache__/notes.cpython-311.pyc",
    "notes_api/chalicelib/.notes.py.swp",
    "notes_api/chalicelib/notes.py~",
    "notes_api/.chalice/config.json.orig",
    "shared/tests/test_more.py",
    "terraform/service/tests/more.tftest.hcl",
    "terraform/README.md",
)


@pytest.fixture(scope="module")
def checkout(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """Somebody else's checkout; afterwards the stage is deployed from this one again."""
    yield Checkout.made(tmp_path_factory.mktemp("checkout"), deployed)
    deployed.command("deploy", "local")


def deployed_by(finished: subprocess.CompletedProcess[str]) -> set[str]:
    """The services of `local` that a deploy did not skip; nothing else was done."""
    assert finished.returncode == 0, finished.stderr
    ends = dict(re.findall(r"^✓ (\S.*?)  +[\d.]+ s  (.*)$", finished.stderr, re.MULTILINE))
    done = {name for name, words in ends.items() if words not in ("unchanged", "installed")}
    assert done <= {f"local {service}" for service in SERVICES}, finished.stderr
    return {name.removeprefix("local ") for name in done}


def test_a_line_in_a_service_deploys_that_service_alone_and_everybody_sees_it(
    deployed: Deployed, checkout: Checkout
) -> None:
    for name in MEANINGLESS:
        checkout.append(name, "# meaningless")
    assert deployed_by(checkout.command("deploy", "local")) == set()

    checkout.append("notes_api/app.py", "# changed")
    changed = checkout.command("deploy", "local")
    assert deployed_by(changed) == {"notes_api"}
    assert re.search(r"^  done       local notes_api [\d.]+ s$", changed.stderr, re.MULTILINE)
    assert "billing_api" in re.findall(r"^  unchanged  (.*)$", changed.stderr, re.MULTILINE)[0]

    assert deployed_by(checkout.command("deploy", "local")) == set()
    assert deployed_by(deployed.command("deploy", "local")) == {"notes_api"}


def test_a_dependency_that_is_not_selected_is_said_to_be_stale(checkout: Checkout) -> None:
    checkout.append("stripe_mock/app.py", "# changed")
    finished = checkout.command("deploy", "local", SERVICE="billing_api")

    assert deployed_by(finished) == {"stripe_mock"}
    [line] = [line for line in finished.stderr.splitlines() if line.startswith("✓ local stripe_mock")]
    assert "stale" in line
    assert "make deploy ENV=local" in line
    assert line.endswith("SERVICE=stripe_mock")


def test_a_line_in_shared_deploys_who_uses_it(checkout: Checkout) -> None:
    shutil.copy(REPOSITORY / "notes_api/app.py", checkout.folder / "notes_api/app.py")  # as it is deployed
    checkout.append("shared/secrets.py", "# changed")
    assert deployed_by(checkout.command("deploy", "local", SERVICE="notify_job,notes_api")) == {"notify_job"}


def test_no_service_has_such_a_name(deployed: Deployed) -> None:
    finished = deployed.command("deploy", "local", check=False, SERVICE="notes_api,nonsense")

    assert finished.returncode == 2
    assert "SERVICE=nonsense is no service of stage local" in finished.stderr
    assert ", ".join(SERVICES) in finished.stderr


def test_a_stage_that_would_make_the_names_of_another_is_refused_before_anything_is_made(
    deployed: Deployed, tmp_path: Path
) -> None:
    """Stage local-notes with a service `api` beside the deployed stage local with its `notes_api`."""
    checkout = Checkout.made(tmp_path, deployed)
    shutil.copytree(checkout.folder / "notes_api", checkout.folder / "api")
    template = checkout.folder / "api/.chalice/config.template.json"
    template.write_text(template.read_text().replace('"base_path": "notes"', '"base_path": "api"'))
    for command in ("deploy", "plan"):
        finished = checkout.command(command, "local-notes")

        assert finished.returncode == 1
        assert "notes-local-notes-api (aws_lambda_function)" in finished.stderr
        assert "function api_handler of service api of stage local-notes" in finished.stderr
        assert "function api_handler of service notes_api of stage local\n" in finished.stderr
    assert "local-notes" not in deployed.command("stages", "").stdout


def test_the_names_of_what_is_deployed_were_known_before(deployed: Deployed) -> None:
    """Those that tools/aws_names.py reads from Terraform, but for rules: their names come from Chalice."""
    layers = deployed.layers("local")
    known = {name for name, _ in collisions._own(layers)}
    found = {
        name
        for key in in_the_cloud.states(layers)
        for name in aws_names.in_state(
            state_bucket.read(layers.cloud, layers.stage.account, key) or {}, layers.organisation.project
        )
        if name.kind != "aws_cloudwatch_event_rule"
    }
    assert found
    assert found - known == set()


def test_two_services_with_one_base_path_are_refused_before_anything_is_made(
    deployed: Deployed, tmp_path: Path
) -> None:
    checkout = Checkout.made(tmp_path, deployed)
    shutil.copytree(checkout.folder / "notes_api", checkout.folder / "search_api")
    finished = checkout.command("deploy", "pr-404")

    assert finished.returncode == 1
    assert "notes_api and search_api have the same base path 'notes'" in finished.stderr
    assert "pr-404" not in deployed.command("stages", "").stdout


def test_a_new_reference_in_a_circle_is_shown_and_nothing_is_done(deployed: Deployed, tmp_path: Path) -> None:
    checkout = Checkout.made(tmp_path, deployed)
    template = checkout.folder / "stripe_mock/.chalice/config.template.json"
    text = template.read_text()
    stage = '"STAGE": "${settings.stage}",'
    assert stage in text
    template.write_text(text.replace(stage, f'{stage} "SHOP": "${{services.billing_api.api_url}}",'))

    finished = checkout.command("deploy", "local")

    assert finished.returncode == 1
    assert "in a circle" in finished.stderr
    circle = finished.stderr.split("circle: ")[1].split(".")[0].split(" -> ")
    assert (circle[0], set(circle)) == (circle[-1], {"billing_api", "stripe_mock"})
    assert "✓" not in finished.stderr

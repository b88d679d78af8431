"""Who reads an output, from what deploys recorded."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tools import applied, readers, readings, stages, state_bucket, unfinished
from tools.cloud import AwsCloud, client
from tools.errors import ToolError
from tools.layers import Layers
from tools.readings import Outputs
from tools.stages import Account
from tools.terraform_unit import Unit

STATE = json.dumps({"resources": [1], "outputs": {"a": {"value": "1"}}}).encode()


@pytest.fixture
def layers(aws: AwsCloud, account: Account) -> Layers:
    """The stage `dev` in moto's account, with its state bucket."""
    organisation = stages.load()
    # Not made by ensure: moto takes the policy against plain HTTP for one against everything.
    client(aws, account, "s3").create_bucket(Bucket=state_bucket.name(aws, account))
    return Layers(organisation, aws, replace(organisation.stage("dev"), account=account))


def deployed(layers: Layers, key: str, *reads: str) -> None:
    put(layers, key)
    applied.record(layers.cloud, layers.stage.account, key, "fingerprint", reads)


def put(layers: Layers, key: str, body: bytes = STATE) -> None:
    s3 = client(layers.cloud, layers.stage.account, "s3")
    s3.put_object(Bucket=state_bucket.name(layers.cloud, layers.stage.account), Key=key, Body=body)


def of(layers: Layers, key: str, output: str = "a") -> list[str]:
    root = "storage" if "storage" in key else "account" if key == "account.tfstate" else "stage"
    root = "service" if "services" in key else "roles" if key == "roles.tfstate" else root
    return readers.of_outputs(layers, Unit(root, key, layers.stage.account, {}), [output]).of(output)


def test_readers_are_found_in_every_stage_of_the_account(layers: Layers) -> None:
    deployed(layers, "dev/storage.tfstate")
    deployed(layers, "dev/services/notes_api.tfstate", "dev/storage#a")
    deployed(layers, "pr-1/services/notes_api.tfstate", "dev/storage#a", "pr-1/stage#b")
    deployed(layers, "local/services/notes_api.tfstate", "local/storage#a")
    assert of(layers, "dev/storage.tfstate") == ["dev/services/notes_api", "pr-1/services/notes_api"]
    assert of(layers, "dev/storage.tfstate", "b") == []
    assert of(layers, "pr-1/stage.tfstate", "b") == ["pr-1/services/notes_api"]


def test_nobody_reads_the_roles(layers: Layers) -> None:
    deployed(layers, "roles.tfstate")
    deployed(layers, "dev/stage.tfstate", "account#a")
    assert of(layers, "roles.tfstate") == []


def test_stages_and_services_read_the_account_and_services_each_other(layers: Layers) -> None:
    deployed(layers, "account.tfstate")
    deployed(layers, "dev/stage.tfstate", "account#a")
    deployed(layers, "dev/services/billing_api.tfstate", "dev/services/other#a")
    assert of(layers, "account.tfstate") == ["dev/stage"]
    assert of(layers, "dev/services/other.tfstate") == ["dev/services/billing_api"]


def test_what_nobody_knows_about_counts_as_a_reader(layers: Layers) -> None:
    put(layers, "dev/services/never_recorded.tfstate")
    deployed(layers, "pr-1/services/changed_since.tfstate")
    put(layers, "pr-1/services/changed_since.tfstate", STATE + b" ")
    put(layers, "local/services/on_other_storage.tfstate")
    put(layers, "dev/services/destroyed.tfstate", b'{"resources": [], "outputs": {}}')
    put(layers, "dev/stage.tfstate")
    put(layers, "account.tfstate")
    found = of(layers, "dev/storage.tfstate")
    assert found == ["dev/services/never_recorded", "pr-1/services/changed_since"]
    assert of(layers, "dev/services/other.tfstate") == ["dev/services/never_recorded"], (
        "only what is above it"
    )


def test_a_record_without_readings_is_made_anew(layers: Layers) -> None:
    deployed(layers, "dev/storage.tfstate")
    account = layers.stage.account
    assert applied.is_current(layers.cloud, account, "dev/storage.tfstate", "fingerprint")
    record = applied.read(layers.cloud, account, "dev/storage.tfstate")
    assert record is not None
    del record["reads"]
    put(layers, "applied/dev/storage.json", json.dumps(record).encode())
    assert not applied.is_current(layers.cloud, account, "dev/storage.tfstate", "fingerprint")


def test_what_is_taken_from_outputs_is_noted() -> None:
    found = Outputs("dev/storage.tfstate", {"a": "1", "b": None})
    with readings.noted() as reads:
        assert (found["a"], found.get("b"), found.get("c"), "d" in found) == ("1", None, None, False)
        with readings.noted() as below:
            assert Outputs("account.tfstate", {"z": 1})["z"] == 1
    assert reads == {"dev/storage#a", "dev/storage#b"}
    assert below == {"account#z"}
    assert found["a"] == "1", "and nothing is noted when nobody asks"


def test_an_output_that_is_not_there_is_a_clear_error() -> None:
    with pytest.raises(ToolError, match="dev/storage has no output 'c'"):
        Outputs("dev/storage.tfstate", {})["c"]


def test_what_a_later_deploy_began_and_could_not_finish_is_not_current(layers: Layers) -> None:
    cloud, account, key = layers.cloud, layers.stage.account, "dev/storage.tfstate"
    deployed(layers, key)

    def cut_off() -> None:
        with unfinished.noted(cloud, account, key):
            raise ToolError("The credentials have expired.")

    with pytest.raises(ToolError):
        cut_off()
    assert not applied.is_current(cloud, account, key, "fingerprint")
    with unfinished.noted(cloud, account, key):
        pass
    assert applied.is_current(cloud, account, key, "fingerprint")

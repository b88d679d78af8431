"""SERVICE=a,b: what is worked on, and what that reads from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tools import layers as layers_module
from tools import selection, stages
from tools.cloud import LocalCloud
from tools.errors import UsageError
from tools.layers import Layers

READS: Mapping[str, tuple[str, ...]] = {
    "basket": ("prices",),
    "orders": ("basket", "stripe_mock"),
    "prices": (),
    "stripe_mock": (),
}


@pytest.fixture
def layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layers:
    """The stage `dev` of a repository with four services."""
    for name, others in READS.items():
        folder = tmp_path / name / ".chalice"
        folder.mkdir(parents=True)
        references = {other: f"${{services.{other}.api_url}}" for other in others}
        (folder / "config.template.json").write_text(json.dumps(references))
    monkeypatch.setattr(layers_module, "all_services", lambda: [tmp_path / name for name in READS])
    organisation = stages.load()
    cloud = LocalCloud(organisation.project, organisation.region, 1)
    return Layers(organisation, cloud, organisation.stage("dev"))


def chosen(layers: Layers, names: str) -> tuple[list[str], list[str]]:
    found = selection.of(layers, names)
    return [path.name for path in found.services], [path.name for path in found.dependencies]


def test_nothing_named_is_everything(layers: Layers) -> None:
    assert chosen(layers, "") == (list(READS), [])


def test_what_is_read_from_directly_or_through_others_is_looked_at(layers: Layers) -> None:
    assert chosen(layers, "orders") == (["orders"], ["basket", "prices", "stripe_mock"])
    assert chosen(layers, " orders, basket ,") == (["basket", "orders"], ["prices", "stripe_mock"])
    assert chosen(layers, "prices") == (["prices"], [])


def test_an_unknown_name_is_refused_with_those_that_exist(layers: Layers) -> None:
    with pytest.raises(UsageError, match=r"SERVICE=nope is no service of stage dev") as refused:
        selection.of(layers, "orders,nope")
    assert "basket, orders, prices, stripe_mock" in str(refused.value)


def test_a_stage_without_mocks_has_none_to_select(layers: Layers) -> None:
    prod = Layers(layers.organisation, layers.cloud, layers.organisation.stage("prod"))
    assert chosen(prod, "orders") == (["orders"], ["basket", "prices"])
    with pytest.raises(UsageError, match="SERVICE=stripe_mock is no service of stage prod"):
        selection.of(prod, "stripe_mock")

"""A release of MiniStack that differs from the one written for stops the start, and says so."""

import types
from typing import Any

import pytest

from tools.local_cloud.errors import LocalCloudError
from tools.local_cloud.patching import MINISTACK_VERSION, patch, require


def replace(original: Any) -> Any:
    return lambda: f"not {original()}"


def test_a_function_is_replaced() -> None:
    target = types.SimpleNamespace(__name__="target", name=lambda: "it")
    patch(target, "name", "", replace)
    assert target.name() == "not it"


@pytest.mark.parametrize("name", ["absent", "other_parameters", "constant"])
def test_what_has_changed_is_named(name: str) -> None:
    target = types.SimpleNamespace(__name__="target", other_parameters=lambda new: new, constant=1)
    with pytest.raises(LocalCloudError, match=rf"{MINISTACK_VERSION}: target\.{name}\(\) is expected"):
        patch(target, name, "", replace)


def test_a_missing_name_is_named() -> None:
    with pytest.raises(LocalCloudError, match="has no absent"):
        require(types.SimpleNamespace(__name__="target", there=1), "there", "absent")

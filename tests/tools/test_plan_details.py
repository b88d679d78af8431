"""What a saved plan says, read from the JSON of `terraform show`."""

from __future__ import annotations

from typing import Any

from tools import plan_details
from tools.plan_details import Detail, differences, forced


def shown(**change: Any) -> dict[str, Any]:
    entry = {"actions": ["update"], "before": {}, "after": {}} | change
    return {"resource_changes": [{"address": "a.b.c", "type": "b", "mode": "managed", "change": entry}]}


def only(found: plan_details.Details) -> Detail:
    (detail,) = found.changes.values()
    return detail


def test_what_forces_a_replacement_is_named_with_its_values() -> None:
    detail = only(
        plan_details.parsed(
            shown(
                actions=["delete", "create"],
                before={
                    "hash_key": "a",
                    "username": [{"case_sensitive": False}],
                    "pool": "p-1",
                },
                after={"hash_key": "b", "username": [{"case_sensitive": True}]},
                after_unknown={"pool": True, "id": True},
                replace_paths=[["hash_key"], ["username", 0, "case_sensitive"], ["pool"]],
            )
        )
    )
    assert forced(detail) == [
        "hash_key: a -> b",
        "username.case_sensitive: false -> true",
        "pool: p-1 -> known after apply",
    ]


def test_only_what_differs_is_told_and_what_only_follows_is_not() -> None:
    detail = Detail(
        "a.b.c",
        "b",
        {"size": 1, "same": 2, "tags": {"x": "1"}, "tags_all": {"x": "1"}, "arn": "a"},
        {"size": 3, "same": 2, "tags": {"x": "2"}, "tags_all": {"x": "2"}},
        unknown={"arn": True},
    )
    assert [str(found) for found in plan_details.changed(detail)] == ["size: 1 -> 3", "tags.x: 1 -> 2"]


def test_what_is_sensitive_deep_down_is_named_and_not_shown() -> None:
    detail = Detail(
        "a.b.c",
        "b",
        {"block": [{"plain": "a", "safe": "b"}]},
        {"block": [{"plain": "c", "safe": "d"}]},
        hidden=(False, {"block": [{"safe": True}]}),
    )
    assert [str(found) for found in differences(detail)] == ["block.plain: a -> c", "block.safe"]


def test_long_and_structured_values_are_named_only() -> None:
    before = {"policy": "{}", "rules": [{"a": 1}, {"a": 2}]}
    detail = Detail("a.b.c", "b", before, {"policy": "[]", "rules": []})

    assert [str(found) for found in differences(detail)] == ["policy", "rules"]


def test_a_change_of_nothing_data_sources_and_deposed_objects_are_left_out() -> None:
    still = shown(actions=["no-op"])
    data = shown()
    data["resource_changes"][0]["mode"] = "data"
    deposed = shown()
    deposed["resource_changes"][0]["deposed"] = "abc"
    for found in (still, data, deposed):
        assert not plan_details.parsed(found).changes


def test_outputs_removed_renamed_emptied_and_not_known_yet() -> None:
    outputs = {
        "old": {"actions": ["delete"], "before": "table", "after": None, "after_unknown": False},
        "new": {"actions": ["create"], "before": None, "after": "table", "after_unknown": False},
        "emptied": {"actions": ["update"], "before": "x", "after": None, "after_unknown": False},
        "replaced": {"actions": ["update"], "before": "y", "after_unknown": True},
        "later": {"actions": ["create"], "before": None, "after_unknown": True},
    }
    found = plan_details.parsed({"output_changes": outputs})
    assert found.emptied == {"old", "emptied"}
    assert found.renamed == {"old": "new"}

"""Dashboards hold what Grafana knows: checked by the types of Grafana's Foundation SDK for Python.

What its types do not know is lost on the way through them, so nothing may be missing afterwards.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.boards.write import boards

BOARDS = {board.name: board.json() for board in boards()}
# `definition` is what 9.3's editor shows of a variable; the target of an annotation belongs to its
# datasource, and the SDK has no type for SQL; `id` is null.
NOT_IN_THE_TYPES = ("/id", "/templating/list/definition", "/annotations/list/target/")


def through_the_types(dashboard: dict[str, Any]) -> Any:
    register_default_plugins()
    return json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(dashboard)))


def lost(before: Any, after: Any, path: str = "") -> Iterator[str]:
    if isinstance(before, dict):
        for key, value in before.items():
            if not isinstance(after, dict) or key not in after:
                yield f"{path}/{key}"
            else:
                yield from lost(value, after[key], f"{path}/{key}")
    elif isinstance(before, list):
        assert len(before) == len(after)
        for one, other in zip(before, after, strict=True):
            yield from lost(one, other, path)
    elif before != after:
        yield f"{path} is {before!r}, then {after!r}"


def unknown(dashboard: dict[str, Any]) -> list[str]:
    return [
        path
        for path in lost(dashboard, through_the_types(dashboard))
        if not path.startswith(NOT_IN_THE_TYPES)
    ]


@pytest.mark.parametrize("name", BOARDS)
def test_grafana_knows_all_of_it(name: str) -> None:
    assert unknown(BOARDS[name]) == []


def test_what_grafana_does_not_know_is_found() -> None:
    dashboard = json.loads(json.dumps(BOARDS["references"]))
    panel = next(each for each in dashboard["panels"] if each["type"] == "barchart")
    panel["options"]["xFeild"] = panel["options"].pop("xField")
    dashboard["refrsh"] = "1m"
    assert sorted(unknown(dashboard)) == ["/panels/options/xFeild", "/refrsh"]

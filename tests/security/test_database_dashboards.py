"""Control 12: variables of dashboards reach the database quoted by Grafana, or not at all.

`'$lot'` is no quoting: a viewer puts a quote into the URL. This holds for every file of
grafana/provisioning, and the samples below show that it finds what is wrong.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from db.statements import ROOT
from tests.security.dashboards import careless


def dashboard(sql: str) -> dict[str, Any]:
    return {"panels": [{"type": "row", "panels": [{"targets": [{"rawSql": sql}]}]}]}


def test_no_dashboard_of_ours_lets_a_viewer_write_sql() -> None:
    assert careless(ROOT / "grafana" / "provisioning") == []


@pytest.mark.parametrize(
    "sql",
    [
        "select * from api.lot where number = ${lot:sqlstring}",
        "select * from api.lot where number in (${lot:sqlstring}) and $__timeFilter(started_at)",
        "select $__timeGroup(time, $__interval), ${__from:date:iso} from api.reading",
    ],
)
def test_quoted_variables_pass(tmp_path: Path, sql: str) -> None:
    (tmp_path / "good.json").write_text(json.dumps(dashboard(sql)))
    assert careless(tmp_path) == []


@pytest.mark.parametrize(
    "sql",
    [
        "select * from api.lot where number = '$lot'",
        "select * from api.lot where number = '${lot}'",
        "select * from api.lot where number = ${lot}",
        "select * from api.lot where number in (${lot:csv})",
        "select * from api.lot where number in (${lot:singlequote})",
        "select * from api.lot where number = '${lot:sqlstring}'",
        "select * from api.lot where number = '[[lot]]'",
        "select * from api.lot where number = [[lot:raw]]",
        "select * from api.$table",
        "select * from api.lot order by ${column:raw}",
    ],
)
@pytest.mark.parametrize("place", ["panel", "variable", "annotation"])
def test_careless_ones_are_found(tmp_path: Path, sql: str, place: str) -> None:
    (tmp_path / "folder").mkdir()
    said = {
        "panel": dashboard(sql),
        "variable": {"templating": {"list": [{"query": sql, "type": "query"}]}},
        "annotation": {"annotations": {"list": [{"target": {"rawQuery": sql}}]}},
    }[place]
    (tmp_path / "folder" / "bad.json").write_text(json.dumps(said))
    (found,) = careless(tmp_path)
    assert found.startswith("folder/bad.json: ")

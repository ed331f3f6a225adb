"""Links lead only to a page that shows what they say."""

from pathlib import Path

import pytest

from grafana.boards.variables import link
from grafana.report.dossier_cli import file_name
from grafana.report.links import Made, address, made_before
from grafana.report.page import environment

ROW = {"lot": "DRY-034", "sensor": "a b", "started_at": 1, "finished_at": 2}
PAGES = [
    Made("lots.html", "lotwatt-lots", "Lots", {"machine": ["m1"]}),
    Made("lot.html", "lotwatt-lot", "One lot", {"lot": ["DRY-071"]}),
    Made("DRY 034.html", "lotwatt-lot", "DRY-034", {"lot": ["DRY-034"]}),
]


@pytest.mark.parametrize(
    ("board", "values", "expected"),
    [
        ("lot", {"lot": "${__data.fields.lot}"}, "DRY%20034.html"),
        ("lot", {"lot": "DRY-071"}, "lot.html"),
        ("lot", {"lot": "DRY-001"}, None),
        ("lots", {"machine": "m1"}, "lots.html"),
        ("lots", {"machine": "m2"}, None),
        ("lots", {}, "lots.html"),
        ("anomalies", {"sensor": "${__data.fields.sensor}"}, None),
    ],
)
@pytest.mark.parametrize("time", ["keep", "started_at,finished_at"])
def test_a_link_leads_to_the_page_with_its_values(
    board: str, values: dict[str, str], expected: str | None, time: str
) -> None:
    found = link("Somewhere", board, values, time=time)
    assert address(found, lambda name: ROW[name], PAGES) == expected


def test_a_link_to_elsewhere_is_none() -> None:
    assert address({"url": "https://example.org/d/lotwatt-lots"}, ROW.get, []) is None
    assert address({"url": "javascript:alert(1)"}, ROW.get, PAGES) is None


def test_pages_of_a_folder_are_found_by_what_they_say_of_themselves(tmp_path: Path) -> None:
    made = Made("x.html", "lotwatt-lot", "</script><b>", {"lot": ["</script>\"'"]})
    template = environment().from_string(
        '<script type="application/json" id="lotwatt-report">{{ made.mark() | tojson }}</script>'
    )
    (tmp_path / "x.html").write_text(template.render(made=made))
    (tmp_path / "other.html").write_text("<p>not ours</p>")
    assert made_before(tmp_path) == [made]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("DRY-034", "lot-DRY-034.html"),
        ("L/1 <b>", "lot-L-1--b-.html"),
        ("../../etc/passwd", "lot-..-..-etc-passwd.html"),
    ],
)
def test_a_dossier_is_filed_where_one_is_whatever_its_lot_is_called(
    number: str, expected: str
) -> None:
    assert file_name(number) == expected

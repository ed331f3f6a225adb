"""Pages of plants with nothing, with one reading, over a year, with a short and a long lot.

Each is opened in a browser: no error, and no zero where nothing is known.
"""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grafana.report import dashboard
from lotwatt import main
from tests.browser import Panel, Seen, look, picture, printed_pages
from tests.logins import login_url
from tests.sql.builders import (
    Connection,
    assign,
    at,
    declare,
    declare_site,
    every,
    kw_meter,
    load,
    settle,
    thermometer,
)

DAY = ("--from", "2026-03-02T00:00Z", "--to", "2026-03-03T00:00Z")
YEAR = ("--from", "2025-03-02T00:00Z", "--to", "2026-03-02T00:00Z")
# Words in which a board or a report says that it knows nothing.
NOT_KNOWN = {"not known", "none before", "none", "too few hours to tell"}
# Shares of nothing, and sums of nothing, are not known; only what is counted may be 0.
COUNTED = {
    "Good units", "Lots", "Lots running", "Open anomalies", "Silent sensors", "Sensors",
    "Checks not well", "Out of the band", "In the band", "Without a band", "Silent",
}  # fmt: skip


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def pages(folder: Path, *words: str) -> dict[str, Seen]:
    """All dashboards, as a browser shows them."""
    answer = run("report", "--all", "--out", str(folder / "pages"), *words)
    assert answer.exit_code == 0, answer.output
    written = [Path(line) for line in answer.output.split()]
    assert {path.stem for path in written} == {*dashboard.names("en"), "index"}
    return {path.stem: look(path, folder) for path in written if path.stem != "index"}


def assert_fine(seen: dict[str, Seen]) -> None:
    """No error, every picture drawn, nothing asked of a network."""
    for name, page in seen.items():
        assert page.complaints == [], name
        assert [panel.title for panel in page.panels if panel.error] == [], name
        assert page.drawn == page.charts, name
        for panel in page.panels:
            assert panel.has_data or panel.nothing or panel.figures, f"{name}: {panel.title}"


def panel(page: Seen, title: str) -> Panel:
    return next(each for each in page.panels if each.title == title)


def plant(db: Connection) -> None:
    declare_site(db, "m1", time_zone="Europe/Madrid")
    kw_meter(db, "m1.power", "m1", max_gap="2 hours")
    thermometer(db, "m1.temperature", "m1", max_gap="2 hours")
    declare(db, references=[{"code": "R1", "unit": "piece"}])


def lot(db: Connection, number: str, begin: datetime, end: datetime, step_s: float) -> None:
    assign(db, "m1", number, begin, end)
    load(db, "m1.power", *every(step_s, begin, end, lambda hours: 40 + hours % 7))
    load(db, "m1.temperature", *every(step_s, begin, end, lambda hours: 180 + hours % 5))
    declare(db, lots=[{"number": number, "reference": "R1", "good_quantity": 12}])
    settle(db)


def test_without_any_data_nothing_is_zero_but_what_is_counted(
    db: Connection, tmp_path: Path
) -> None:
    seen = pages(tmp_path)
    assert_fine(seen)
    for page in seen.values():
        for each in page.panels:
            for name, text in each.figures.items():
                assert name in COUNTED or text in NOT_KNOWN, f"{each.title}: {name} is {text}"
    assert panel(seen["summary"], "Energy by machine").nothing == "no energy measured"


def test_one_reading_is_there_to_be_seen(db: Connection, tmp_path: Path) -> None:
    plant(db)
    load(db, "m1.temperature", (at("2026-03-02 10:00"), 181.5))
    load(db, "m1.power", (at("2026-03-02 10:00"), 12.5))
    settle(db)
    seen = pages(tmp_path, *DAY)
    assert_fine(seen)
    assert panel(seen["temperature"], "Temperature").marks >= 1
    # one value of power is no energy yet
    assert panel(seen["energy"], "Energy by machine").nothing == "no energy measured"
    assert panel(seen["summary"], "Products and energy").figures["Energy of lots"] in NOT_KNOWN


def test_a_login_that_may_only_read_is_enough(
    db: Connection, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(db)
    with login_url(db, database_url, "lotwatt_reader") as url:
        monkeypatch.setenv("DATABASE_URL", url)
        out = tmp_path / "summary.html"
        answer = run("report", "--dashboard", "summary", "--out", str(out), "--locale", "es")
    assert answer.exit_code == 0, answer.output
    assert "Resumen" in look(out, tmp_path).text


def test_over_a_year(db: Connection, tmp_path: Path) -> None:
    plant(db)
    for number in range(24):
        begin = at("2025-03-05 00:00") + timedelta(days=15 * number)
        lot(db, f"L{number}", begin, begin + timedelta(days=1), 3600)
    seen = pages(tmp_path, *YEAR)
    assert_fine(seen)
    # 12 months or 53 weeks or 365 days, but not 8760 hours
    bars = panel(seen["summary"], "Energy by machine").marks
    assert 12 <= bars <= 366
    assert panel(seen["temperature"], "Temperature").has_data


@pytest.mark.parametrize(
    ("length", "step_s"), [(timedelta(minutes=3), 30), (timedelta(days=9), 1800)]
)
def test_a_short_lot_and_a_long_one(
    db: Connection, tmp_path: Path, length: timedelta, step_s: float
) -> None:
    plant(db)
    begin = at("2026-03-02 08:00")
    lot(db, "L/1 <b>", begin, begin + length, step_s)
    seen = pages(tmp_path, "--from", "2026-03-01T00:00Z", "--to", "2026-03-12T00:00Z")
    assert_fine(seen)
    page = seen["lot"]
    assert "L/1 <b>" in page.text
    assert panel(page, "Temperature by phase").marks >= 1
    assert panel(page, "Power by phase").marks >= 1
    assert panel(page, "Figures").figures["Duration"] == (
        "3 min" if length.days == 0 else "9 d 0 h"
    )
    assert panel(page, "Expected energy and time").figures["Expected"] == "not known"
    assert "lot.html" in seen["lots"].links


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize(
    ("length", "step_s"), [(timedelta(minutes=3), 30), (timedelta(days=9), 1800)]
)
def test_the_dossier_of_a_lot_is_at_most_two_sheets(
    db: Connection, tmp_path: Path, length: timedelta, step_s: float, locale: str
) -> None:
    plant(db)
    begin = at("2026-03-02 08:00")
    lot(db, "L1", begin, begin + length, step_s)
    out = tmp_path / "dossier.html"
    assert run("lot", "report", "L1", "--out", str(out), "--locale", locale).exit_code == 0
    seen = look(out, tmp_path, 820)
    assert seen.complaints == []
    assert seen.drawn == seen.charts == 2  # no bridge and no other lot with a single one
    assert "0 kWh" not in seen.text.split()
    cost = {"en": "Energy cost no tariff", "es": "Coste de la energía sin tarifa"}
    assert cost[locale] in seen.text
    assert printed_pages(out, tmp_path) <= 2
    assert picture(out, tmp_path / "dossier.png", tmp_path, 820, 1160, "light") > 20_000


def test_the_dossier_of_a_lot_with_much_to_say_is_two_sheets(
    db: Connection, tmp_path: Path
) -> None:
    plant(db)
    begin = at("2026-03-02 08:00")
    lot(db, "L1", begin, begin + timedelta(days=2), 600)
    for part in range(15):  # fifteen runs, and a reason for each
        out_of_it = begin + timedelta(hours=3 * part + 2)
        assign(db, "m1", None, out_of_it, out_of_it + timedelta(minutes=20), "correction")
    settle(db)
    out = tmp_path / "dossier.html"
    assert run("lot", "report", "L1", "--out", str(out)).exit_code == 0
    seen = look(out, tmp_path, 820)
    assert "6 more are not shown." in seen.text
    assert printed_pages(out, tmp_path) == 2


def test_a_lot_that_runs_says_so(db: Connection, tmp_path: Path) -> None:
    plant(db)
    begin = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=2)
    assign(db, "m1", "L1", begin, None)
    load(db, "m1.power", *every(300, begin, begin + timedelta(minutes=115), 40))
    settle(db)
    out = tmp_path / "dossier.html"
    assert run("lot", "report", "L1", "--out", str(out)).exit_code == 0
    text = look(out, tmp_path, 820).text
    assert "under way" in text
    assert "It is not finished: its figures still move." in text


def test_a_lot_that_is_not_there(db: Connection, tmp_path: Path) -> None:
    answer = run("lot", "report", "NOBODY", "--out", str(tmp_path / "x.html"))
    assert answer.exit_code == 1
    assert "lot NOBODY does not exist" in answer.output
    assert not (tmp_path / "x.html").exists()


@pytest.fixture
def boards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the dashboards that a test may change."""
    folder = tmp_path / "dashboards"
    shutil.copytree(dashboard.FOLDER, folder)
    monkeypatch.setattr(dashboard, "FOLDER", folder)
    return folder / "en"


def changed(path: Path, title: str, **settings: object) -> None:
    board = json.loads(path.read_text())
    (found,) = [each for each in board["panels"] if each["title"] == title]
    found.update(settings)
    path.write_text(json.dumps(board))


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("select * from api.nothing", 'relation "api.nothing" does not exist'),
        ("select $__timeAgo(x) from api.lot", 'unknown macro "__timeAgo"'),
        ("select 1; select 2", "cannot insert multiple commands into a prepared statement"),
        ("select * from plant.lot", "permission denied for schema plant"),
        ("create table api.mine (x int)", "syntax error"),
    ],
)
def test_a_panel_that_fails_says_why_and_leaves_the_others_be(
    db: Connection, tmp_path: Path, boards: Path, sql: str, reason: str
) -> None:
    changed(boards / "lots.json", "Beyond what is expected", targets=[{"rawSql": sql}])
    out = tmp_path / "lots.html"
    answer = run("report", "--dashboard", "lots", "--out", str(out))
    assert answer.exit_code == 1
    assert answer.output.splitlines()[-1] == ("Error: 1 of 3 panels failed; their pages say why")
    page = look(out, tmp_path)
    assert reason in panel(page, "Beyond what is expected").error
    assert "1 of 3 panels failed." in page.text
    assert panel(page, "Products and energy").figures["Lots"] == "0"
    assert panel(page, "Lots").nothing == "No data"


def test_what_a_report_does_not_draw_is_said(db: Connection, tmp_path: Path, boards: Path) -> None:
    changed(boards / "lots.json", "Beyond what is expected", type="gauge")
    changed(boards / "lots.json", "Lots", transformations=[{"id": "merge", "options": {}}])
    answer = run("report", "--dashboard", "lots", "--out", str(tmp_path / "lots.html"))
    assert answer.exit_code == 0
    text = look(tmp_path / "lots.html", tmp_path).text
    assert "A report does not draw panels of kind gauge." in text
    assert "This panel transforms its data in Grafana" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--dashboard", "nobody"), "there is no dashboard nobody"),
        (("--dashboard", "lots", "--var", "lot=x"), "has a variable lot"),
        (("--dashboard", "lots", "--var", "lot"), "lot is not name=value"),
        (("--dashboard", "lots", "--from", "now", "--to", "now-1h"), "has no length"),
        ((), "Say either --dashboard NAME or --all."),
        (("--all", "--dashboard", "lots"), "Say either --dashboard NAME or --all."),
    ],
)
def test_what_cannot_be_meant_is_said(
    db: Connection, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    answer = run("report", *words, "--out", str(tmp_path / "x.html"))
    assert answer.exit_code != 0
    assert said in answer.output
    assert not (tmp_path / "x.html").exists()


def test_hostile_values_change_nothing_and_are_shown_as_text(
    db: Connection, tmp_path: Path
) -> None:
    plant(db)
    out = tmp_path / "lot.html"
    for value in ("');drop view api.lot; --", "</script><script>alert(1)</script>", "x" * 10_000):
        answer = run("report", "--dashboard", "lot", "--var", f"lot={value}", "--out", str(out))
        assert answer.exit_code == 0, answer.output
        seen = look(out, tmp_path)
        assert seen.complaints == []
        assert value in seen.text
    assert db.execute("select count(*) from api.lot").fetchone() == (0,)

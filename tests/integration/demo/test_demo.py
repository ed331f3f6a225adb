"""The demo's figures against the files they come from, worked out here with fractions."""

import csv
import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest

from db.embedded import control
from grafana.report.dashboard import names
from scripts.demo import dryer, machine, oven, steel
from scripts.demo.message import Message
from scripts.demo.run import OVEN_AGO
from scripts.demo.show import OUTLIER, PAGES
from tests.browser import look, picture, printed_pages
from tests.integration.demo.conftest import LOTS, Played

# Panels of the pages that hold nothing just after the demo, and should not.
WITHOUT_DATA = {
    "summary": {"Lots under way"},
    "energy": {
        "How good forecasts were",
        "Used and expected by day",
        "Sum of differences since the baseline: falling is saving",
    },
    "lot": {"Why its figures changed"},
}
ALWAYS = ("2000-01-01", "2099-01-01")
MINUTE = Fraction(1, 60)


def trapezoid(values: list[Fraction]) -> Fraction:
    """Sum over the steps between values, each a step long."""
    return sum(((a + b) / 2 for a, b in pairwise(values)), Fraction(0))


def batches() -> dict[str, list[dict[str, str]]]:
    """The rows of the file by lot number, read apart from the demo's own reader."""
    with dryer.FILE.open(newline="") as handle:
        rows = groupby(csv.DictReader(handle), key=lambda row: int(row["batch_id"]))
        return {f"DRY-{number:03}": list(samples) for number, samples in rows}


def by_number(played: Played, columns: str, pattern: str) -> dict[str, tuple[Any, ...]]:
    query = f"select number, {columns} from api.lot where number like %s"  # noqa: S608
    return {row[0]: row[1:] for row in played.connection.execute(query, [pattern])}


def test_everything_published_was_stored(first: Played) -> None:
    ledger = first.demo.ledger
    assert ledger is not None
    assert ledger.received == ledger.stored == 9_220 * 7 + 142 + 4_000 * 3 + 22_695 + 26_049
    assert first.demo.messages < 70_000


def test_energy_of_each_dryer_lot_is_the_trapezoid_over_its_own_samples(first: Played) -> None:
    lots = by_number(first, "energy_kwh, energy_coverage, energy_is_lower_bound", "DRY-%")
    assert len(lots) == 71
    for number, samples in batches().items():
        energy, coverage, is_lower_bound = lots[number]
        expected = trapezoid([Fraction(row["AgitatorPower"]) for row in samples]) * MINUTE
        assert abs(Fraction(energy) - expected) < Fraction(1, 10**6), number
        assert coverage == pytest.approx(1.0, abs=1e-9)
        assert not is_lower_bound


def test_temperature_of_each_dryer_lot_is_the_time_weighted_mean(first: Played) -> None:
    lots = by_number(first, "temperature_c_mean, temperature_coverage, duration_s", "DRY-%")
    for number, samples in batches().items():
        mean, coverage, duration = lots[number]
        values = [Fraction(row["DryerTemp"]) for row in samples]
        expected = trapezoid(values) / (len(values) - 1)
        assert abs(Fraction(mean) - expected) < Fraction(1, 10**6), number
        assert coverage == pytest.approx(1.0, abs=1e-9)
        assert duration == 60 * (len(samples) - 1)


def test_lots_end_shortly_before_now(first: Played) -> None:
    latest = max(row[0] for row in by_number(first, "finished_at", "DRY-%").values())
    assert timedelta(0) < datetime.now(UTC) - latest < timedelta(minutes=15)


def test_quantity_reference_and_operator_come_from_the_events(first: Played) -> None:
    assert by_number(first, "reference, operator, quantity, unit", "DRY-060") == {
        "DRY-060": ("P-400", "ana", 1165.3, "kg")
    }


def test_changeovers_belong_to_no_lot_and_were_not_measured(first: Played) -> None:
    meter = balance(first, "DRYER.power")
    assert meter["unknown_s"] == 70 * 20 * 60
    assert meter["idle"] == meter["unattributed"] == 0
    assert meter["advance"] == pytest.approx(meter["lots"], abs=1e-6)


def test_lots_told_inside_readings_get_their_energy_and_their_pieces(first: Played) -> None:
    lots = by_number(first, "energy_kwh, quantity, duration_s, energy_coverage", "OVN-%")
    messages = list(oven.messages(first.demo.end - OVEN_AGO))
    assert len(lots) == oven.LOTS
    for number in range(oven.LOTS):
        # from the first message that claims the lot to the first that claims none
        mine = messages[number * 200 : number * 200 + 181]
        energy, quantity, duration, coverage = lots[f"OVN-{number + 1:03}"]
        expected = trapezoid([Fraction(value(each, "power")) for each in mine]) * MINUTE
        assert abs(Fraction(energy) - expected) < Fraction(1, 10**6)
        assert quantity == value(mine[-1], "pieces") - value(mine[0], "pieces")
        assert duration == 180 * 60
        assert coverage == pytest.approx(1.0, abs=1e-9)
    sources = "select distinct source from api.run where machine = 'OVEN'"
    assert first.connection.execute(sources).fetchall() == [("payload",)]


def value(message: Message, name: str) -> float:
    assert isinstance(message.payload, dict)
    return float(message.payload["values"][name])


def test_steel_meter_advances_by_the_sum_of_the_file_less_what_the_reset_hid(
    first: Played,
) -> None:
    meter = balance(first, "STEEL.register")
    expected = sum(kwh for _, kwh in steel.usage()) - steel.lost_kwh()
    assert meter["advance"] == pytest.approx(float(expected), abs=1e-6)
    assert meter["residual"] == pytest.approx(0, abs=1e-6)
    assert meter["spikes"] == 1
    assert meter["resets"] > 0


def test_steel_outages_have_energy_but_were_not_measured(first: Played) -> None:
    start = next(steel.register(first.demo.end))[0]
    for outage in steel.OUTAGES:
        hour = start + timedelta(minutes=15) * (outage.start + 20)
        row = first.connection.execute(
            "select coverage, amount from api.sensor_hourly"
            " where sensor = 'STEEL.register' and time = date_trunc('hour', %s::timestamptz)",
            [hour],
        ).fetchone()
        assert row is not None
        assert row[0] == 0
        assert row[1] > 0


def test_no_temperature_of_the_machine_is_lost_where_its_clock_went_back(first: Played) -> None:
    row = first.connection.execute(
        "select count(*), min(time) from api.reading where sensor = 'PUMP.temperature'"
    ).fetchone()
    assert row == (22_695, machine.readings(first.demo.end)[0][0])


def test_what_each_lot_should_have_used_is_there_to_look_at(first: Played) -> None:
    """The outlier, DRY-034: far too long, and at its speed no more than that explains."""
    found = first.connection.execute(
        "select count(*), count(expected_kwh), count(*) filter (where is_flagged)"
        " from api.lot_expectation"
    ).fetchone()
    assert found is not None
    assert found[:2] == (71 + oven.LOTS, 71 + oven.LOTS)
    assert found[2] <= 0.06 * found[0]
    (duration,) = first.connection.execute(
        "select duration_judgement from api.lot_expectation where lot = 'DRY-034'"
    ).fetchone() or (None,)
    assert duration == "high"
    golden = first.connection.execute(
        "select count(distinct reference) from api.golden_profile"
    ).fetchone()
    assert golden == (6,)


def test_nothing_contradicts_itself(first: Played) -> None:
    assert first.connection.execute("select * from api.conflict").fetchall() == []
    assert first.connection.execute("select * from api.unknown_topic").fetchall() == []


def test_it_prints_lots_references_and_what_to_try_next(first: Played) -> None:
    for expected in ("DRY-071", "OVN-020", "P-400", "lotwatt lot show DRY-034", "make stop", "OK "):
        assert expected in first.text


@pytest.mark.parametrize("name", names("en"))
def test_a_page_of_each_dashboard_has_data_wherever_there_is_some(
    first: Played, tmp_path: Path, name: str
) -> None:
    page = first.demo.state_dir / PAGES / f"{name}.html"
    assert str(page) in first.text
    seen = look(page, tmp_path)
    assert seen.complaints == []
    assert [panel.title for panel in seen.panels if panel.error] == []
    assert seen.drawn == seen.charts
    empty = {panel.title for panel in seen.panels if not panel.has_data}
    assert empty <= WITHOUT_DATA.get(name, set())
    for theme, width in (("light", 1920), ("dark", 1920), ("light", 390)):
        out = tmp_path / f"{name}-{theme}-{width}.png"
        assert picture(page, out, tmp_path, width, 1080, theme) > 20_000


def test_the_list_of_lots_leads_to_the_dossier_of_the_outlier(
    first: Played, tmp_path: Path
) -> None:
    folder = first.demo.state_dir / PAGES
    assert f"{OUTLIER}.html" in look(folder / "lots.html", tmp_path).links
    dossier = folder / f"{OUTLIER}.html"
    seen = look(dossier, tmp_path, 820)
    assert seen.complaints == []
    assert seen.drawn == seen.charts == 4
    assert re.search(r"Energy cost \d+\.\d\d EUR", seen.text)
    assert re.search(r"CO2 \d+\.\d kg", seen.text)
    assert "29 of the 29 other lots of P-200 used less energy per unit." in seen.text
    assert printed_pages(dossier, tmp_path) <= 2


def test_a_second_run_replays_the_same_history_and_changes_nothing(
    second: Played, lots_before: list[tuple[Any, ...]]
) -> None:
    ledger = second.demo.ledger
    assert ledger is not None
    assert ledger.received == ledger.duplicate
    assert second.demo.settled is not None
    assert second.demo.settled.written == second.demo.settled.deleted == 0
    assert second.connection.execute(LOTS).fetchall() == lots_before
    assert "every reading is a duplicate" in " ".join(second.text.split())


def test_the_server_is_left_up_and_can_be_stopped(second: Played, state_dir: Path) -> None:
    assert control.status(state_dir) is not None
    second.connection.close()
    assert control.stop(state_dir)
    assert control.status(state_dir) is None


def balance(played: Played, sensor: str) -> dict[str, Any]:
    cursor = played.connection.execute(
        "select * from api.meter_balance(%s::timestamptz, %s::timestamptz) where sensor = %s",
        [*ALWAYS, sensor],
    )
    row = cursor.fetchone()
    assert row is not None
    assert cursor.description is not None
    return dict(zip((column.name for column in cursor.description), row, strict=True))

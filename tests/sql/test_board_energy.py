"""What the energy board, the lots and the lot page read beside their views, worked out by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.statements import load as statements
from jobs.energy.job import learn
from jobs.forecast.job import foresee
from tests.sql.builders import (
    Connection,
    Row,
    assign,
    at,
    declare,
    declare_site,
    every,
    kwh_meter,
    load,
    row,
    rows,
    settle,
)
from tests.sql.lots import Made, make
from tests.sql.lots import plant as lots_plant

STATEMENTS = statements("grafana/boards/energy.sql")
MONDAY = at("2026-05-31 22:00")  # 1 June, 00:00 in Madrid
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def two_machines(db: Connection) -> None:
    declare_site(db, "m1", "m2", time_zone="Europe/Madrid")
    for machine in ("m1", "m2"):
        kwh_meter(db, f"{machine}.kwh", machine, sampling_interval="15 minutes", max_gap="1 hour")


def test_peak_quarter_hours(db: Connection) -> None:
    """4 and 3 kW, and 3 kWh more in one quarter-hour of m1: 4 + 12 + 3 = 19 kW, else 7. At 05:00 a
    gap of m2 begins: from then on nothing is known of both together."""
    two_machines(db)
    assign(db, "m1", "L1", MONDAY + HOUR, MONDAY + 3 * HOUR)
    peak = MONDAY + 2 * HOUR
    steps = every(900, MONDAY, MONDAY + 8 * HOUR, lambda hours: 4 * hours)
    load(db, "m1.kwh", *[(time, value + (3 if time > peak else 0)) for time, value in steps])
    load(db, "m2.kwh", *every(900, MONDAY, MONDAY + 5 * HOUR, lambda hours: 3 * hours))
    settle(db)
    found = rows(db, "select * from api.load_peak(%s, %s)", [MONDAY, MONDAY + DAY])
    assert len(found) == 20  # of 20 quarter-hours until 05:00
    assert found[0] == {
        "time": peak, "power_kw": pytest.approx(19), "machines": "m1 16.0, m2 3.0", "lots": "L1",
    }  # fmt: skip
    assert {round(each["power_kw"], 6) for each in found[1:]} == {7}
    (alone,) = rows(db, "select * from api.load_peak(%s, %s, '{m1}', 1)", [peak, peak + HOUR])
    assert alone["power_kw"] == pytest.approx(16)


def weekdays(db: Connection, days: int) -> dict[str, Row]:
    found = rows(db, "select * from api.energy_by_weekday(%s, %s)", [MONDAY, MONDAY + days * DAY])
    return {each["hour"]: each for each in found}


def test_energy_by_hour_and_weekday(db: Connection) -> None:
    """A week of 2 kW, and of 10 kW from Tuesday 08:00 to 10:00: (166 x 2 + 2 x 10) / 168 = 352/168
    is the mean. m2 has 1 kW all the time, so hours are 3 and 11, the mean 520 / 168."""
    two_machines(db)
    extra = MONDAY + DAY + 8 * HOUR

    def used(hours: float) -> float:
        passed = hours - (extra - MONDAY) / HOUR
        return 2 * hours + 8 * min(max(passed, 0), 2)

    load(db, "m1.kwh", *every(900, MONDAY, MONDAY + 7 * DAY, used))
    load(db, "m2.kwh", *every(900, MONDAY, MONDAY + 7 * DAY, lambda hours: hours))
    settle(db)
    found = weekdays(db, 7)
    mean = 520 / 168
    assert len(found) == 24
    assert found["08:00"]["tue"] == pytest.approx(100 * 11 / mean)
    assert found["08:00"]["mon"] == pytest.approx(100 * 3 / mean)
    assert found["10:00"]["tue"] == pytest.approx(100 * 3 / mean)
    assert found["08:00"]["hours"] == 7


def test_an_hour_that_one_machine_lacks_is_not_known(db: Connection) -> None:
    two_machines(db)
    load(db, "m1.kwh", *every(900, MONDAY, MONDAY + DAY, lambda hours: 2 * hours))
    load(db, "m2.kwh", *every(900, MONDAY, MONDAY + 12 * HOUR, lambda hours: hours))
    settle(db)
    found = weekdays(db, 1)
    assert sorted(found) == [f"{hour:02}:00" for hour in range(12)]
    assert found["00:00"]["mon"] == pytest.approx(100)
    assert found["00:00"]["tue"] is None


def test_what_uses_two_carriers_is_no_curve_of_both(db: Connection) -> None:
    """Electricity at 2 kW, gas at 20: forecast and baseline are of one, the load is of both."""
    declare_site(db, "m1", time_zone="Europe/Madrid")
    days, usual = 36, {"sampling_interval": "1 hour", "max_gap": "3 hours"}
    kwh_meter(db, "electricity", "m1", **usual)
    kwh_meter(db, "gas", "m1", carrier="gas", **usual)
    # with a little more each other day, as what never differs has no baseline
    for sensor, kw in (("electricity", 2), ("gas", 20)):
        load(db, sensor, *every(
            3600, MONDAY, MONDAY + days * DAY,
            lambda hours, kw=kw: kw * hours + kw * (hours // 48 + min(hours % 48 / 24, 1)),
        ))  # fmt: skip
    settle(db)
    begin = MONDAY.date() + DAY
    learn(db, begin, begin + 29 * DAY)
    assert foresee(db, MONDAY + (days - 1) * DAY) == 3 * 2 * 24

    def asked(name: str, carrier: str = "gas") -> list[Row]:
        text = STATEMENTS[name].replace("${carrier:sqlstring}", f"'{carrier}'")
        text = text.replace("${level:sqlstring}", "'machine'").replace("${place:sqlstring}", "'m1'")
        text = text.replace("${machine:sqlstring}", "'m1'")
        text = text.replace("$__timeFrom()", f"'{MONDAY + 30 * DAY}'")
        return rows(db, text.replace("$__timeTo()", f"'{MONDAY + 34 * DAY}'"))

    for carrier, kw in (("electricity", 2), ("gas", 20)):
        forecast = asked("forecast", carrier)
        assert len({each["time"] for each in forecast}) == len(forecast) == 24
        assert all(each["energy_kwh"] < 2 * kw for each in forecast)
        used = asked("baseline", carrier)
        assert [each["actual_kwh"] for each in used] == pytest.approx(
            [kw * (24 + (day % 2 == 0)) for day in range(30, 34)]
        )
    cusum = asked("cusum")
    assert len({each["time"] for each in cusum}) == len(cusum)
    load_curve = asked("load")
    assert len(load_curve) == 4 * 24
    assert sum(each["energy_kwh"] for each in load_curve) == pytest.approx(22 * (4 * 24 + 2))


def test_the_cost_of_a_period_is_unknown_where_a_part_has_no_price(db: Connection) -> None:
    """Two days of 4 and 3 kW at 0.10, the tariff ends after the first."""
    two_machines(db)
    declare(
        db,
        tariffs=[{"code": "t", "site": "site", "from": "2026-01-01", "to": "2026-06-02"}],
        tariff_prices=[{"tariff": "t", "class": "all", "price_per_kwh": 0.1}],
    )
    for machine, kw in (("m1", 4), ("m2", 3)):
        load(
            db, f"{machine}.kwh",
            *every(900, MONDAY, MONDAY + 2 * DAY, lambda hours, kw=kw: kw * hours),
        )  # fmt: skip
    settle(db)
    first = rows(db, "select * from api.cost_period(%s, %s)", [MONDAY, MONDAY + DAY])
    assert [(each["machine"], each["cost"]) for each in first] == [
        (None, pytest.approx(16.8)), ("m1", pytest.approx(9.6)), ("m2", pytest.approx(7.2)),
    ]  # fmt: skip
    both = rows(db, "select * from api.cost_period(%s, %s)", [MONDAY, MONDAY + 2 * DAY])
    assert [each["cost"] for each in both] == [None, None, None]
    assert both[0]["unpriced_kwh"] == pytest.approx(168)


def test_lots_of_a_period_with_their_anomalies(db: Connection) -> None:
    lots_plant(db, "A")
    end = make(db, [Made("a1", "A", 60, 10, 10, 100), Made("a2", "A", 60, 20, 40, 120)])
    first, second = rows(db, "select * from api.lot order by number")
    for verdict in (None, "false"):
        db.execute(
            """
            insert into analytics.episode (sensor_id, class, kind, regime, opened_at, last_at,
                closed_at, peak_at, verdict)
            select s.sensor_id, 'process', 'level', 0, %(at)s, %(at)s, %(at)s, %(at)s, %(verdict)s
            from plant.sensor as s where s.role = 'main_energy' limit 1
            """,
            {"at": second["started_at"] + timedelta(minutes=5), "verdict": verdict},
        )
    found = rows(db, "select * from api.lot_list(%s, %s)", [first["started_at"], end + DAY])
    assert [(each["lot"], each["anomalies"]) for each in found] == [("a2", 1), ("a1", 0)]
    for each, lot in zip(found, (second, first), strict=True):
        for name in ("energy_kwh", "energy_kwh_per_unit", "temperature_c_max", "quantity"):
            assert each[name] == lot[name]
        assert each["cost"] is None  # no tariff


def test_lots_of_the_same_reference_over_the_time_of_one(db: Connection) -> None:
    """a1 at 10 kW and 100 degrees lies, phase by phase, over the hour of a3; b1 and later lots do
    not."""
    lots_plant(db, "A", "B")
    make(db, [
        Made("a1", "A", 60, 10, 10, 100), Made("b1", "B", 60, 15, 10, 90),
        Made("a3", "A", 120, 20, 40, 120), Made("a4", "A", 60, 20, 40, 120),
    ])  # fmt: skip
    found = rows(db, "select * from api.lot_beside_others('a3')")
    assert {each["lot"] for each in found} == {"a1"}
    assert len(found) == 50
    lot = row(db, "select * from api.lot where number = 'a3'")
    assert all(lot["started_at"] < each["time"] < lot["finished_at"] for each in found)
    inner = found[5:45]
    assert {round(each["power_kw"], 3) for each in inner} == {10}
    assert {round(each["temperature_c"], 3) for each in inner} == {100}

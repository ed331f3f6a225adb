"""What energy costs: tariffs by time of use, demand charges, CO2, and who bears idle energy.

Worked out by hand: meters advance evenly, so a cost is hours x kW x price.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

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

MADRID = ZoneInfo("Europe/Madrid")
PRICES = {"peak": 0.2071, "flat": 0.1234, "valley": 0.0819}
THREE: dict[str, list[Row]] = {
    "tariff_prices": [
        {"tariff": "2026", "class": name, "price_per_kwh": price} for name, price in PRICES.items()
    ],
    "tariff_times": [
        {"tariff": "2026", "class": "valley", "days": ["holiday"]},
        {"tariff": "2026", "class": "valley", "start": "00:00", "end": "08:00"},
        {"tariff": "2026", "class": "peak", "start": "10:00", "end": "14:00"},
        {"tariff": "2026", "class": "peak", "start": "18:00", "end": "22:00"},
        {"tariff": "2026", "class": "flat"},
    ],
}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MADRID)


def three_classes(**changes: Any) -> dict[str, list[Row]]:
    return {"tariffs": [{"code": "2026", "site": "site", "from": "2026-01-01"} | changes], **THREE}


def one_price(
    code: str, price: float, per_kw_month: float | None = None, **changes: Any
) -> dict[str, list[Row]]:
    prices = {"price_per_kwh": price, "price_per_kw_month": per_kw_month}
    return {
        "tariffs": [{"code": code, "site": "site", "from": "2026-01-01"} | changes],
        "tariff_prices": [{"tariff": code, "class": "all day"} | prices],
    }


@pytest.fixture(autouse=True)
def plant(db: Connection) -> None:
    declare_site(db, "m1", "m2", time_zone="Europe/Madrid")
    declare(db, sites=[{"code": "site", "time_zone": "Europe/Madrid", "holiday_calendar": "ES"}])
    db.execute(
        "select analytics.put_holidays('site', '2026-01-01', '2026-12-31', %s, %s)",
        [["2026-01-01", "2026-10-12"], ["New year", "National day"]],
    )
    for machine in ("m1", "m2"):
        kwh_meter(db, f"{machine}.kwh", machine, sampling_interval="15 minutes", max_gap="1 hour")


def use(db: Connection, machine: str, kw: float, first: datetime, last: datetime) -> None:
    """A constant power, from one local time to another."""
    steps = every(900, at(first.isoformat()), at(last.isoformat()), lambda h: 1000 + kw * h)
    load(db, f"{machine}.kwh", *steps)


DAYS = {
    "machine": "select * from api.cost_daily where machine = 'm1' and energy_kwh > 0 order by time",
    "class": "select * from api.cost_class_daily where machine = 'm1' order by time",
    "site": "select * from api.site_cost_daily where energy_kwh > 0 order by time",
}


def days(db: Connection, of: str = "machine") -> list[Row]:
    return rows(db, DAYS[of])


def test_a_day_of_25_hours_and_a_tariff_that_changes_at_midnight(db: Connection) -> None:
    """25 October 2026, 4 kW: 9 hours of valley (02:00 comes twice), 8 flat, 8 peak: 36 kWh x 0.0819
    + 32 x 0.1234 + 32 x 0.2071 = 2.9484 + 3.9488 + 6.6272. Next day 96 kWh x 0.15."""
    declare(db, **three_classes(to="2026-10-26"))
    declare(db, **one_price("later", 0.15, **{"from": "2026-10-26"}))
    use(db, "m1", 4, local("2026-10-25T00:00"), local("2026-10-27T00:00"))
    settle(db)
    sunday, monday = days(db)
    assert sunday["energy_kwh"] == pytest.approx(100)
    assert sunday["cost"] == pytest.approx(13.5244)
    assert sunday["currency"] == "EUR"
    assert monday["cost"] == pytest.approx(14.40)
    classes = days(db, "class")
    assert {each["class"]: each["cost"] for each in classes if each["time"] == sunday["time"]} == {
        "valley": pytest.approx(2.9484),
        "flat": pytest.approx(3.9488),
        "peak": pytest.approx(6.6272),
    }


def test_a_day_of_23_hours(db: Connection) -> None:
    """29 March 2026: 7 hours of valley: 28 kWh x 0.0819 + 3.9488 + 6.6272 = 12.8692."""
    declare(db, **three_classes())
    use(db, "m1", 4, local("2026-03-29T00:00"), local("2026-03-30T00:00"))
    settle(db)
    (day,) = days(db)
    assert day["energy_kwh"] == pytest.approx(92)
    assert day["cost"] == pytest.approx(12.8692)


def test_a_holiday_is_a_day_of_its_own(db: Connection) -> None:
    """12 October 2026 is a Monday, and all of it is valley: 96 kWh x 0.0819."""
    declare(db, **three_classes())
    use(db, "m1", 4, local("2026-10-12T00:00"), local("2026-10-13T00:00"))
    settle(db)
    assert days(db)[0]["cost"] == pytest.approx(7.8624)


def test_without_the_holidays_of_a_year_nothing_has_a_price_then(db: Connection) -> None:
    declare(db, **three_classes(**{"from": "2025-01-01"}))
    use(db, "m1", 4, local("2025-03-03T00:00"), local("2025-03-04T00:00"))
    settle(db)
    (day,) = days(db)
    assert (day["cost"], day["unpriced_kwh"]) == (None, pytest.approx(96))


def test_a_part_without_a_tariff_makes_the_cost_unknown(db: Connection) -> None:
    """A lot from 22:00 to 02:00 at 4 kW, a tariff that ends at midnight: 8 kWh have no price."""
    declare(db, **one_price("2026", 0.1, to="2026-06-02"))
    assign(db, "m1", "L1", local("2026-06-01T22:00"), local("2026-06-02T02:00"))
    use(db, "m1", 4, local("2026-06-01T22:00"), local("2026-06-02T02:00"))
    settle(db)
    found = row(db, "select * from api.lot_cost")
    assert (found["cost"], found["status"]) == (None, "part unpriced")
    assert found["energy_kwh"] == pytest.approx(16)
    assert found["unpriced_kwh"] == pytest.approx(8)
    assert [each["cost"] for each in days(db)] == [pytest.approx(0.8), None]
    # a changed tariff reaches what is there already
    declare(db, **one_price("2026", 0.2))
    found = row(db, "select * from api.lot_cost")
    assert (found["cost"], found["status"]) == (pytest.approx(3.2), "known")


def test_without_any_tariff_or_factor_there_is_no_number(db: Connection) -> None:
    assign(db, "m1", "L1", local("2026-06-01T08:00"), local("2026-06-01T09:00"))
    use(db, "m1", 4, local("2026-06-01T08:00"), local("2026-06-01T09:00"))
    assign(db, "m2", "L2", local("2026-06-01T08:00"), local("2026-06-01T09:00"))
    settle(db)
    first, second = rows(db, "select * from api.lot_cost order by number")
    assert (first["cost"], first["co2_kg"], first["status"]) == (None, None, "no tariff")
    assert first["without_factor_kwh"] == pytest.approx(4)
    assert (second["cost"], second["status"]) == (None, "no energy")


def test_a_lot_pays_the_class_of_its_quarter_hours(db: Connection) -> None:
    """09:30 to 12:00 at 4 kW: 2 kWh flat and 8 peak. Half a quarter-hour is cut by the run: from
    12:00 to 12:07:30 lot L2 has 0.5 kWh of peak."""
    declare(db, **three_classes())
    assign(db, "m1", "L1", local("2026-06-01T09:30"), local("2026-06-01T12:00"))
    assign(db, "m1", "L2", local("2026-06-01T12:00"), local("2026-06-01T12:07:30"))
    use(db, "m1", 4, local("2026-06-01T09:00"), local("2026-06-01T13:00"))
    settle(db)
    first, second = rows(db, "select * from api.lot_cost order by number")
    assert first["cost"] == pytest.approx(2 * 0.1234 + 8 * 0.2071)
    assert second["cost"] == pytest.approx(0.5 * 0.2071)
    classes = rows(db, "select * from api.lot_cost_class where number = 'L1' order by class")
    assert [(each["class"], each["energy_kwh"]) for each in classes] == [
        ("flat", pytest.approx(2)), ("peak", pytest.approx(8)),
    ]  # fmt: skip


def test_lots_idle_and_the_rest_are_the_site_in_energy_money_and_co2(db: Connection) -> None:
    """A day of 25 hours; a site meter of 10 kW over machines of 4 and 3 kW: 3 kW nobody metered."""
    declare(db, **three_classes())
    declare(db, emission_factors=[{"site": "site", "from": "2026-01-01", "kg_per_kwh": 0.12}])
    declare(db, sensors=[{"code": "site.kwh", "site": "site", "topic": "test/site.kwh",
                          "kind": "counter", "quantity": "energy", "unit": "kWh",
                          "sampling_interval": "15 minutes", "max_gap": "1 hour"}])  # fmt: skip
    declare(db, sensors=[{"code": f"{each}.kwh", "parent": "site.kwh"} for each in ("m1", "m2")])
    start, end = local("2026-10-25T00:00"), local("2026-10-26T00:00")
    assign(db, "m1", "L1", local("2026-10-25T01:00"), local("2026-10-25T11:00"))
    assign(db, "m1", "L2", local("2026-10-25T13:00"), local("2026-10-25T15:00"))
    for machine, kw in (("m1", 4), ("m2", 3), ("site", 10)):
        use(db, machine, kw, start, end)
    settle(db)
    (day,) = days(db, "site")
    for unit, site in (("kwh", "energy_kwh"), ("cost", "cost"), ("co2_kg", "co2_kg")):
        parts = [day[f"{part}_{unit}"] for part in ("lot", "idle", "unattributed", "unmetered")]
        assert sum(parts) == pytest.approx(day[site])
    assert day["energy_kwh"] == pytest.approx(250)
    assert day["cost"] == pytest.approx(13.5244 * 10 / 4)
    assert day["co2_kg"] == pytest.approx(30)
    assert day["unmetered_cost"] == pytest.approx(13.5244 * 3 / 4)
    assert day["lot_kwh"] == pytest.approx(4 * (11 + 2))  # the hour that comes twice is in L1
    lots = rows(db, "select * from api.lot_cost order by number")
    assert sum(each["cost"] for each in lots) == pytest.approx(day["lot_cost"])
    assert sum(each["co2_kg"] for each in lots) == pytest.approx(day["lot_co2_kg"])


@pytest.mark.parametrize(
    ("policy", "first", "second"), [("none", None, None), ("run_time", 6, 2), ("units", 2, 6)]
)
def test_idle_energy_is_borne_as_the_policy_says(
    db: Connection, policy: str, first: float | None, second: float | None
) -> None:
    """Runs of 3 hours and of 1 hour with 2 hours of 4 kW between them: 8 kWh idle, at 0.10. By time
    it is 3 to 1; by units, 10 and 30, it is 1 to 3."""
    declare(db, **one_price("2026", 0.1))
    db.execute("update ops.setting set value = %s where name = 'idle_allotment'", [policy])
    assign(db, "m1", "L1", local("2026-06-01T06:00"), local("2026-06-01T09:00"))
    assign(db, "m1", "L2", local("2026-06-01T11:00"), local("2026-06-01T12:00"))
    declare(db, lots=[{"number": "L1", "good_quantity": 10}, {"number": "L2", "good_quantity": 30}])
    use(db, "m1", 4, local("2026-06-01T06:00"), local("2026-06-01T12:00"))
    settle(db)
    lots = rows(db, "select * from api.lot_cost order by number")
    for found, idle_kwh in zip(lots, (first, second), strict=True):
        assert found["idle_kwh"] == (None if idle_kwh is None else pytest.approx(idle_kwh))
        assert found["idle_cost"] == (None if idle_kwh is None else pytest.approx(idle_kwh / 10))
    assert [each["cost"] for each in lots] == [pytest.approx(1.2), pytest.approx(0.4)]


def test_units_that_are_not_known_leave_idle_energy_with_nobody(db: Connection) -> None:
    db.execute("update ops.setting set value = 'units' where name = 'idle_allotment'")
    declare(db, **one_price("2026", 0.1))
    assign(db, "m1", "L1", local("2026-06-01T06:00"), local("2026-06-01T09:00"))
    assign(db, "m1", "L2", local("2026-06-01T11:00"), local("2026-06-01T12:00"))
    declare(db, lots=[{"number": "L1", "good_quantity": 10}])
    use(db, "m1", 4, local("2026-06-01T06:00"), local("2026-06-01T12:00"))
    settle(db)
    assert [x["idle_cost"] for x in rows(db, "select idle_cost from api.lot_cost")] == [None, None]


def test_the_demand_charge_is_that_of_the_highest_quarter_hour_of_the_month(
    db: Connection,
) -> None:
    """June, 4 kW and for one quarter-hour 12 kW more on m1, with 3 kW of m2: 19 kW x 2.50."""
    declare(db, **one_price("2026", 0.1, per_kw_month=2.5))
    start, end = local("2026-06-01T00:00"), local("2026-07-01T00:00")
    peak = at(local("2026-06-10T11:15").isoformat())
    steps = [
        (time, value + (3 if time > peak else 0))
        for time, value in every(900, at(start.isoformat()), at(end.isoformat()), lambda h: 4 * h)
    ]
    load(db, "m1.kwh", *steps)
    use(db, "m2", 3, start, end)
    settle(db)
    (found,) = rows(db, "select * from api.demand_charge")
    assert found["peak_kw"] == pytest.approx(19)
    assert (found["peak_at"], found["month"]) == (peak, "2026-06")
    assert found["coverage"] == pytest.approx(1)
    assert found["demand_cost"] == pytest.approx(47.5)
    (month,) = rows(db, "select * from api.cost_monthly")
    energy_kwh = 30 * 24 * 7 + 3
    assert month["energy_kwh"] == pytest.approx(energy_kwh)
    assert month["cost"] == pytest.approx(energy_kwh * 0.1 + 47.5)


def test_a_month_with_a_gap_has_no_demand_charge(db: Connection) -> None:
    declare(db, **one_price("2026", 0.1, per_kw_month=2.5))
    steps = every(900, at("2026-05-31 22:00"), at("2026-06-30 22:00"), lambda h: 4 * h)
    load(db, "m1.kwh", *steps[:1000], *steps[1200:])
    settle(db)
    (found,) = rows(db, "select * from api.demand_charge")
    assert found["peak_kw"] == pytest.approx(4)
    assert found["coverage"] == pytest.approx(1 - 201 / 2880, abs=1 / 2880)
    assert found["demand_cost"] is None
    assert rows(db, "select cost from api.cost_monthly") == [{"cost": None}]


def test_standby_is_judged_by_the_best_tenth_of_the_machines_own_days(db: Connection) -> None:
    """40 days without lots: 36 at 4 kW and 4 at 2 kW. The 10th percentile of 40 days lies between
    the fourth (2 kW) and the fifth (4 kW), at 3.9 of 39 steps: 2 + 0.9 x 2 = 3.8 kW. So a day at
    4 kW wastes 0.2 kW x 24 h = 4.8 kWh."""
    declare(db, **one_price("2026", 0.1))
    start = at("2026-05-31 22:00")
    level, steps = 0.0, []
    for time, _ in every(900, start, start + timedelta(days=40), 0):
        steps.append((time, level))
        day = (time - start) // timedelta(days=1)
        level += 0.5 if day % 10 == 3 else 1
    load(db, "m1.kwh", *steps)
    settle(db)
    found = rows(db, "select * from api.standby(%s, %s)", [start, start + timedelta(days=40)])
    assert len(found) == 40
    assert found[0]["best_kw"] == pytest.approx(3.8)
    assert found[0]["outside_lots_kwh"] == pytest.approx(96)
    assert found[0]["waste_kwh"] == pytest.approx(4.8)
    assert found[0]["waste_cost"] == pytest.approx(0.48)
    assert found[3]["waste_kwh"] == 0


def test_too_few_days_tell_no_waste(db: Connection) -> None:
    declare(db, **one_price("2026", 0.1))
    use(db, "m1", 4, local("2026-06-01T00:00"), local("2026-06-06T00:00"))
    settle(db)
    period = [local("2026-06-01T00:00"), local("2026-06-06T00:00")]
    found = rows(db, "select * from api.standby(%s, %s)", period)
    assert len(found) == 5
    for each in found:
        assert each["outside_lots_kw"] == pytest.approx(4)
        assert (each["best_kw"], each["waste_kwh"], each["waste_cost"]) == (None, None, None)


def test_a_reference_costs_what_its_well_measured_lots_cost(db: Connection) -> None:
    """Lots of 8 kWh and 16 kWh at 0.10 with 10 and 40 units: 2.40 / 50."""
    declare(db, **one_price("2026", 0.1), references=[{"code": "R"}])
    assign(db, "m1", "L1", local("2026-06-01T06:00"), local("2026-06-01T08:00"))
    assign(db, "m1", "L2", local("2026-06-01T08:00"), local("2026-06-01T12:00"))
    assign(db, "m1", "L3", local("2026-06-01T12:00"), local("2026-06-01T18:00"))  # half unmeasured
    declare(db, lots=[{"number": number, "reference": "R", "good_quantity": quantity}
                      for number, quantity in (("L1", 10), ("L2", 40), ("L3", 60))])  # fmt: skip
    use(db, "m1", 4, local("2026-06-01T06:00"), local("2026-06-01T15:00"))
    settle(db)
    found = row(db, "select * from api.reference_cost")
    assert (found["lots"], found["lots_with_cost"]) == (3, 2)
    assert found["cost_per_unit"] == pytest.approx(2.4 / 50)
    assert found["cost_per_unit_p50"] == pytest.approx((0.08 + 0.04) / 2)
    assert (found["lots_with_co2"], found["co2_kg_per_unit"]) == (0, None)
    # of a period: those that finished in it
    of_period = "select * from api.reference_cost_period(%s, %s)"
    whole = row(db, of_period, [local("2026-06-01T06:00"), local("2026-06-02T06:00")])
    assert whole == {name: found[name] for name in whole}
    part = row(db, of_period, [local("2026-06-01T10:00"), local("2026-06-01T18:00")])
    assert (part["lots"], part["cost_per_unit"]) == (1, pytest.approx(0.04))


def test_what_an_anomaly_may_cost(db: Connection) -> None:
    """5 kWh at stake from 09:00 to 11:00 at 4 kW, flat for an hour and peak for the next: at
    (0.1234 + 0.2071) / 2 a kWh."""
    declare(db, **three_classes())
    use(db, "m1", 4, local("2026-06-01T08:00"), local("2026-06-01T12:00"))
    settle(db)
    db.execute(
        """
        insert into analytics.episode (sensor_id, class, kind, regime, opened_at, last_at, peak_at,
            energy_kwh)
        select sensor_id, 'process', 'level', 0, %(from)s, %(to)s, %(from)s, 5
        from plant.sensor where code = 'm1.kwh'
        """,
        {"from": local("2026-06-01T09:00"), "to": local("2026-06-01T10:59")},
    )
    (found,) = rows(db, "select cost from api.episode")
    assert found["cost"] == pytest.approx(5 * (0.1234 + 0.2071) / 2)
    declare(db, **three_classes(to="2026-05-01"))
    assert rows(db, "select cost from api.episode") == [{"cost": None}]

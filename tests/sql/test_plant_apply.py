"""plant.apply: what is declared becomes so, once, and what it makes untrue is worked out again."""

from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.builders import (
    Connection,
    assign,
    at,
    correct,
    declare,
    declare_site,
    every,
    kw_meter,
    kwh_meter,
    load,
    lot,
    row,
    rows,
    runs,
    settle,
    thermometer,
)

PLANT = {
    "sites": [{"code": "ALBA", "time_zone": "Europe/Madrid", "currency": "EUR"}],
    "lines": [{"code": "L1", "site": "ALBA"}],
    "machines": [{"code": "DRYER", "line": "L1"}],
    "operators": [{"code": "ana", "name": "Ana"}],
    "references": [{"code": "REF", "temperature_minimum_c": 40, "temperature_maximum_c": 90}],
    "sensors": [
        {"code": "DRYER.power", "machine": "DRYER", "unit": "kW", "role": "main_energy",
         "parent": "ALBA.meter"},
        {"code": "ALBA.meter", "site": "ALBA", "unit": "kWh", "role": "check_energy"},
        {"code": "DRYER.temperature", "machine": "DRYER", "unit": "C",
         "role": "process_temperature"},
        {"code": "DRYER.target", "machine": "DRYER", "unit": "C", "role": "setpoint"},
        {"code": "DRYER.air.pressure", "machine": "DRYER", "unit": "bar", "quantity": "pressure"},
    ],
    "lots": [{"number": "LOT-1", "reference": "REF", "good_quantity": 100}],
    "shifts": [{"site": "ALBA", "name": "night", "start": "22:00", "end": "06:00",
                "from": "2026-03-27", "to": "2026-03-31"}],
    "runs": [{"machine": "DRYER", "lot": "LOT-1", "from": "2026-03-02T06:00:00Z",
              "to": "2026-03-02T08:00:00Z"}],
}  # fmt: skip
FROM, TO = at("2026-03-02 08:00"), at("2026-03-02 10:00")


def apply(db: Connection, plant: dict[str, Any], dry_run: bool = False) -> list[tuple[str, str]]:
    """(action, object and name) of each change."""
    found = rows(db, "select * from plant.apply(%s, %s)", [Jsonb(plant), dry_run])
    return [(each["action"], f"{each['object']} {each['name']}") for each in found]


def refusal(db: Connection, plant: dict[str, Any]) -> tuple[str, str]:
    """Message and hint of the error that it must give."""
    with pytest.raises(psycopg.Error) as caught:
        apply(db, plant)
    diag = caught.value.diag
    return diag.message_primary or "", diag.message_hint or ""


def a_lot_that_ran(db: Connection) -> None:
    """LOT of REF on m1 for two hours at 6 kW and 50 C, settled."""
    declare_site(db, "m1")
    declare(db, references=[{"code": "REF"}, {"code": "OTHER"}])
    declare(db, lots=[{"number": "LOT", "reference": "REF"}])
    kw_meter(db, "power", "m1")
    thermometer(db, "oven", "m1")
    assign(db, "m1", "LOT", FROM, TO)
    load(db, "power", *every(60, at("2026-03-02 07:00"), at("2026-03-02 11:00"), 6.0))
    load(db, "oven", *every(60, at("2026-03-02 07:00"), at("2026-03-02 11:00"), 50.0))
    settle(db)


def test_a_plant_is_made_once(db: Connection) -> None:
    first = apply(db, PLANT)
    assert {action for action, _ in first} == {"create"}
    assert len(first) == 13
    assert apply(db, PLANT) == []
    assert runs(db, "DRYER") == [
        ("LOT-1", at("2026-03-02 06:00"), at("2026-03-02 08:00"), "declared")
    ]


def test_new_sensors_get_defaults_that_follow_from_what_is_said(db: Connection) -> None:
    apply(db, PLANT)
    found = db.execute(
        "select code, topic, kind::text, quantity, max_gap is null from plant.sensor order by code"
    ).fetchall()
    assert found == [
        ("ALBA.meter", "plant/ALBA/meter", "counter", "energy", False),
        ("DRYER.air.pressure", "plant/L1/DRYER/air.pressure", "gauge", "pressure", False),
        ("DRYER.power", "plant/L1/DRYER/power", "power", "energy", False),
        ("DRYER.target", "plant/L1/DRYER/target", "state", "temperature", True),
        ("DRYER.temperature", "plant/L1/DRYER/temperature", "gauge", "temperature", False),
    ]


def test_a_dry_run_shows_what_would_be_and_changes_nothing(db: Connection) -> None:
    shown = apply(db, PLANT, dry_run=True)
    assert row(db, "select count(*) as n from plant.site")["n"] == 0
    assert apply(db, PLANT) == shown


def test_what_a_declaration_leaves_out_stays(db: Connection) -> None:
    apply(db, PLANT)
    declare(db, sensors=[{"code": "DRYER.power", "scale": 0.001}])
    again = {"sensors": [{"code": "DRYER.power", "unit": "kW"}]}
    assert apply(db, again) == []
    assert row(db, "select scale from plant.sensor where code = 'DRYER.power'")["scale"] == 0.001


def test_one_wrong_thing_stops_all(db: Connection) -> None:
    wrong = PLANT | {"lots": [{"number": "LOT-1", "reference": "NONE"}]}
    message, hint = refusal(db, wrong)
    assert message == "lot LOT-1: reference NONE does not exist"
    assert hint
    assert row(db, "select count(*) as n from plant.site")["n"] == 0


@pytest.mark.parametrize(
    ("sensor", "message"),
    [
        ({"code": "x", "unit": "W", "kind": "power", "role": "main_energy"},
         "sensor x: energy of kind power is in kW after scale, not in W"),
        ({"code": "x", "unit": "kWh", "role": "main_energy"},
         "sensor x: its machine already has a sensor with role main_energy: DRYER.power"),
        ({"code": "x", "unit": "F", "role": "process_temperature"},
         "sensor x: a process temperature is a gauge in C, this is a gauge in F"),
        ({"code": "x", "unit": "bar"}, "sensor x: what it measures is not said"),
        ({"code": "x", "unit": "bar", "quantity": "p", "topic": "plant/#"},
         'sensor x: topic "plant/#" is not one that a device publishes on'),
        ({"code": "x", "unit": "bar", "quantity": "p", "topic": "plant/L1/DRYER/power"},
         "sensor x: topic plant/L1/DRYER/power belongs to sensor DRYER.power"),
        ({"code": "x", "unit": "kWh", "parent": "none"},
         "sensor x: the meter above it, none, does not exist"),
        ({"code": "x", "unit": "kWh", "scale": "abc"},
         'sensor x: invalid input syntax for type double precision: "abc"'),
        ({"code": "x", "unit": "kWh", "max_gap": "8 days"},
         "sensor x: its max_gap is not longer than nothing, or longer than 7 days"),
        ({"code": "x", "unit": "kWh", "scale": 0}, "sensor x: its scale is 0, or beyond 1e12"),
        ({"code": "x", "unit": "C", "minimum": 5, "maximum": 5},
         "sensor x: its minimum is not below its maximum"),
        ({"code": "x", "unit": "kWh", "max_rate": -1}, "sensor x: its max_rate is not above 0"),
        ({"code": "x", "unit": "kWh", "machine": "OVEN"}, "sensor x: machine OVEN does not exist"),
    ],
)  # fmt: skip
def test_a_sensor_that_cannot_be_meant_is_refused_by_name(
    db: Connection, sensor: dict[str, Any], message: str
) -> None:
    apply(db, PLANT)
    said, hint = refusal(db, {"sensors": [{"machine": "DRYER"} | sensor]})
    assert said.startswith(message)
    assert hint


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"sites": [{"code": "a b", "time_zone": "UTC"}]},
         "site a b: its code has other characters than letters, digits, _ . -"),
        ({"sites": [{"code": "B", "time_zone": "UTC", "currency": "euro"}]},
         "site B: its currency is not three capital letters, such as EUR"),
        ({"lots": [{"number": "L", "good_quantity": -1}]}, "lot L: its good_quantity is below 0"),
        ({"lots": [{"number": "x" * 257}]},
         f"lot {'x' * 257}: its number has no character or more than 256"),
        ({"references": [{"code": "R", "planned_cycle": "0"}]},
         "reference R: its planned_cycle is not longer than nothing"),
    ],
)  # fmt: skip
def test_a_rule_that_is_broken_is_told_in_a_sentence(
    db: Connection, part: dict[str, Any], said: str
) -> None:
    apply(db, PLANT)
    assert refusal(db, part)[0] == said


def test_meters_in_a_circle_are_refused(db: Connection) -> None:
    apply(db, PLANT)
    circle = [{"code": "ALBA.meter", "parent": "DRYER.power"}]
    assert "circle" in refusal(db, {"sensors": circle})[0]
    both = [{"code": "a", "parent": "b"}, {"code": "b", "parent": "a"}]
    assert refusal(db, {"sensors": both})[0] == "meters are in a circle: a, b"


def test_roles_can_be_handed_over_in_one_file(db: Connection) -> None:
    declare_site(db, "m1")
    kw_meter(db, "old", "m1")
    kwh_meter(db, "new", "m1", role="check_energy")
    declare(
        db,
        sensors=[{"code": "new", "role": "main_energy"}, {"code": "old", "role": "other"}],
    )
    found = db.execute("select code, role::text from plant.sensor order by code").fetchall()
    assert found == [("new", "main_energy"), ("old", "other")]


def test_a_new_scale_corrects_the_past_and_says_why(db: Connection) -> None:
    a_lot_that_ran(db)
    assert lot(db, "LOT")["energy_kwh"] == pytest.approx(12)
    declare(db, sensors=[{"code": "power", "scale": 0.001}])
    settle(db)
    assert lot(db, "LOT")["energy_kwh"] == pytest.approx(0.012)
    change = rows(db, "select * from api.lot_change where figure = 'energy_kwh'")[-1]
    assert change["old_value"] == pytest.approx(12)
    assert change["cause"] == "sensor power changed: scale 1 -> 0.001"
    audit = row(db, "select * from plant.audit where name = 'power' and old_value is not null")
    assert (audit["old_value"], audit["new_value"]) == ({"scale": 1}, {"scale": 0.001})


def test_a_name_or_a_place_changes_no_figure(db: Connection) -> None:
    a_lot_that_ran(db)
    declare(
        db,
        sensors=[{"code": "power", "location": "cabinet 3", "topic": "test/moved"}],
        references=[{"code": "REF", "name": "Blue", "planned_cycle": "02:00"}],
        lots=[{"number": "LOT", "good_quantity": 5}],
    )
    assert row(db, "select count(*) as n from telemetry.dirty")["n"] == 0


def test_a_new_band_counts_the_time_out_of_it_again(db: Connection) -> None:
    a_lot_that_ran(db)
    assert lot(db, "LOT")["temperature_below_s"] in (None, 0)
    declare(db, references=[{"code": "REF", "temperature_minimum_c": 60}])
    queued = rows(db, "select * from telemetry.dirty")
    assert [each["cause"] for each in queued] == [
        "reference REF changed: band none to none C -> 60 to none C"
    ]
    settle(db)
    assert lot(db, "LOT")["temperature_below_s"] == pytest.approx(7200)


def test_another_reference_of_a_lot_moves_its_slices(db: Connection) -> None:
    a_lot_that_ran(db)
    declare(db, lots=[{"number": "LOT", "reference": "OTHER"}])
    settle(db)
    found = db.execute(
        "select f.code, sum(x.amount) from telemetry.slice as x"
        " join plant.reference as f using (reference_id) where x.role = 'main_energy' group by 1"
    ).fetchall()
    assert found == [("OTHER", pytest.approx(12))]


def test_what_a_person_corrected_is_not_declared_away(db: Connection) -> None:
    a_lot_that_ran(db)
    db.execute(
        "update plant.lot set reference_source = 'correction', good_quantity_source = 'correction',"
        " good_quantity = 7 where number = 'LOT'"
    )
    assert apply(db, {"lots": [{"number": "LOT", "reference": "OTHER", "good_quantity": 9}]}) == []
    assert (lot(db, "LOT")["reference"], lot(db, "LOT")["quantity"]) == ("REF", 7)


def test_shifts_follow_the_clock_of_the_site(db: Connection) -> None:
    apply(db, PLANT)
    found = db.execute(
        "select lower(during), extract(epoch from upper(during) - lower(during)) / 3600"
        " from plant.shift order by during"
    ).fetchall()
    assert found == [
        (at("2026-03-27 21:00"), 8),
        (at("2026-03-28 21:00"), 7),
        (at("2026-03-29 20:00"), 8),
        (at("2026-03-30 20:00"), 8),
        (at("2026-03-31 20:00"), 8),
    ]


def test_days_of_a_shift_become_as_its_rules_say(db: Connection) -> None:
    apply(db, PLANT)
    rule = PLANT["shifts"][0] | {"weekdays": ["Sat", "sun"]}
    assert apply(db, {"shifts": [rule]}) == [("change", "shift ALBA night")]
    days = db.execute("select lower(during)::date::text from plant.shift order by 1").fetchall()
    assert days == [("2026-03-28",), ("2026-03-29",)]
    early = rule | {"name": "early", "start": "05:00", "end": "07:00"}
    assert refusal(db, {"shifts": [early]})[0].startswith(
        "shift early of ALBA: it overlaps with shift night on 2026-03-28"
    )
    wrong = rule | {"weekdays": ["someday"]}
    assert "there is no weekday som" in refusal(db, {"shifts": [wrong]})[0]


def test_a_shift_declared_late_makes_idle_of_what_was_unattributed(db: Connection) -> None:
    declare_site(db, "m1")
    kw_meter(db, "power", "m1")
    load(db, "power", *every(60, at("2026-03-02 07:00"), at("2026-03-02 11:00"), 6.0))
    settle(db)
    states = "select state::text, sum(amount) from telemetry.slice group by 1 order by 1"
    assert db.execute(states).fetchall() == [("u", pytest.approx(24))]
    shift = {"site": "site", "name": "day", "start": "08:00", "end": "10:00",
             "from": "2026-03-02", "to": "2026-03-02"}  # fmt: skip
    apply(db, {"shifts": [shift]})
    settle(db)
    assert db.execute(states).fetchall() == [("i", pytest.approx(12)), ("u", pytest.approx(12))]


def test_a_correction_and_a_setting_in_one_go_are_both_seen(db: Connection) -> None:
    a_lot_that_ran(db)
    correct(db, "power", at("2026-03-02 09:00"), 66.0)
    declare(db, sensors=[{"code": "power", "scale": 2.0}])
    settle(db)
    assert lot(db, "LOT")["energy_kwh"] == pytest.approx(2 * 13)


def test_a_topic_that_was_seen_becomes_a_sensor_and_brings_its_past(db: Connection) -> None:
    declare_site(db, "m1")
    first = at("2026-03-02 08:00")
    db.execute(
        "select ingest.store('test', 2, array['test/machine/m1/kw', 'test/machine/m1/kw'],"
        " array[%s, %s]::timestamptz[], array[6.0, 6.0], array[false, false], array[null, null],"
        " array[null, null], array[null, null], array[null, null], array[now(), now()])",
        [first, at("2026-03-02 08:04")],
    )
    assert row(db, "select count(*) as n from ingest.held_reading")["n"] == 2
    sensor = {"code": "m1.kw", "machine": "m1", "unit": "kW", "role": "main_energy"}
    apply(db, {"sensors": [sensor]}, dry_run=True)
    assert row(db, "select count(*) as n from ingest.held_reading")["n"] == 2
    apply(db, {"sensors": [sensor]})
    assert row(db, "select count(*) as n from ingest.held_reading")["n"] == 0
    assert row(db, "select count(*) as n from telemetry.reading")["n"] == 2


def test_an_adopted_sensor_has_a_name_from_its_topic(db: Connection) -> None:
    declare_site(db, "m1")
    adopt = "select name from plant.adopt_sensor(%s, 'm1', %s, %s, p_quantity => %s)"
    for topic, role, unit, quantity, name in (
        ("test/machine/m1/panel/power", "main_energy", "kW", None, "m1.panel.power"),
        ("elsewhere/line/pressure", "other", "bar", "pressure", "m1.pressure"),
    ):
        assert row(db, adopt, [topic, role, unit, quantity])["name"] == name
    with pytest.raises(psycopg.Error, match=r"already belongs to sensor m1\.pressure"):
        db.execute(adopt, ["elsewhere/line/pressure", "other", "bar", "pressure"])
    with pytest.raises(psycopg.Error, match=r"there is a sensor m1\.pressure already"):
        db.execute(adopt, ["elsewhere/too/pressure", "other", "bar", "pressure"])

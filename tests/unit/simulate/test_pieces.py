"""Amounts, seconds and extremes of one sensor, worked out by hand."""

from __future__ import annotations

from fractions import Fraction as F

import pytest

from scripts.simulate.model import QUARTER, SECOND, Band, Reading, Run, Sensor
from scripts.simulate.pieces import trace
from scripts.simulate.truth import Slice, Slices, advance, hour_and_lot, lot_only, regroup, slices

DAY = 86_400
COUNTER = Sensor("e", "m", "counter", "main_energy", max_gap_s=300)
POWER = Sensor("p", "m", "power", "main_energy", max_gap_s=300)
OVEN = Sensor("t", "m", "gauge", "process_temperature", max_gap_s=600)
STATE = Sensor("s", "m", "state", max_gap_s=300)


def read(*points: tuple[float, float | F]) -> list[Reading]:
    """(seconds, value)"""
    return [Reading(round(seconds * SECOND), value) for seconds, value in points]


def run(lot: str, start: int, end: int | None) -> Run:
    return Run("m", lot, start * SECOND, None if end is None else end * SECOND)


def total(found: Slices) -> Slice:
    return regroup(found, lambda key: 0)[0]


def test_dip_is_left_out_and_nothing_is_invented() -> None:
    # 53700.1 -> (0 is left out) -> 53700.3: 0.2 in 120 s.
    readings = read((0, F("53700.1")), (60, 0), (120, F("53700.3")))
    part = total(slices(COUNTER, readings, []))
    assert (part.amount, part.measured_s, part.readings) == (F(1, 5), 120, 2)
    assert part.minimum == F("53700.1")


def test_dip_of_binary_floats_is_exact_too() -> None:
    readings = read((0, 53700.1), (60, 0.0), (120, 53700.3))
    assert advance(COUNTER, readings, 0, DAY * SECOND) == F(53700.3) - F(53700.1)


def test_two_low_readings_are_a_reset_not_a_dip() -> None:
    # 100 -> 0 is a reset (+0), 0 -> 0 is +0, 0 -> 101 is +101.
    readings = read((0, 100), (60, 0), (120, 0), (180, 101))
    assert total(slices(COUNTER, readings, [])).amount == 101


def test_counter_reset() -> None:
    # 10 -> 12 is +2; 12 -> 1 is a reset, +1; 1 -> 4 is +3.
    part = total(slices(COUNTER, read((0, 10), (60, 12), (120, 1), (180, 4)), []))
    assert (part.amount, part.measured_s, part.flags) == (6, 180, {"reset"})


def test_last_fall_is_provisional_until_a_later_reading() -> None:
    readings = read((0, 10), (60, 12), (120, 1))
    part = total(slices(COUNTER, readings, []))
    # 12 -> 1 waits: neither its minute nor its reading counts.
    assert (part.amount, part.measured_s, part.known_s) == (2, 60, 60)
    assert (part.readings, part.minimum) == (2, 10)
    assert trace(COUNTER, readings).unknown == ((60 * SECOND, 120 * SECOND, "provisional"),)
    # Later 1.5: a reset, +1, then +0.5. Later 12.5: a dip, 12 -> 12.5 is +0.5.
    assert total(slices(COUNTER, [*readings, *read((180, 1.5))], [])).amount == F(7, 2)
    assert total(slices(COUNTER, [*readings, *read((180, 12.5))], [])).amount == F(5, 2)


def test_fall_is_final_when_only_a_struck_reading_follows() -> None:
    readings = [*read((0, 10), (60, 1)), Reading(120 * SECOND, 2, struck=True)]
    assert advance(COUNTER, readings, 0, DAY * SECOND) == 0


@pytest.mark.parametrize(
    ("before", "after", "increment", "flag"),
    [
        (95, 5, 10, "rollover"),  # 100 - 95 + 5
        (90, 10, 20, "rollover"),  # both limits belong to it
        (89, 8, 8, "reset"),  # not near the end
    ],
)
def test_rollover(before: int, after: int, increment: int, flag: str) -> None:
    meter = Sensor("r", "m", "counter", rollover_at=100)
    part = total(slices(meter, read((0, before), (60, after), (120, after)), []))
    assert (part.amount, part.flags) == (increment, {flag})


@pytest.mark.parametrize(
    ("meter", "before", "after", "increment"),
    [
        (COUNTER, 100, 10, 10),  # a tenth of what it was: it began again
        (COUNTER, 100, 11, None),  # more: set back, or another meter
        (COUNTER, 53700.1, 53699.9, None),
        (Sensor("r", "m", "counter", value_offset=1000), 1501, 1001, 1),  # its zero is at 1000
        (Sensor("r", "m", "counter", value_offset=1000), 1501, 999, None),  # below its zero
        (Sensor("r", "m", "counter", max_rate=6000), 100, 90, 90),  # 6000 an hour: 100 a minute
        (Sensor("r", "m", "counter", max_rate=6000), 100, 91, None),  # more than nine tenths
    ],
)
def test_a_fall_is_a_reset_only_where_it_begins_again(
    meter: Sensor, before: float, after: float, increment: float | None
) -> None:
    offset = meter.value_offset
    readings = read((0, before - offset), (60, after - offset), (120, after - offset))
    part = total(slices(meter, readings, []))
    assert part.amount == (0 if increment is None else increment)  # the last minute adds nothing
    assert part.known_s == (60 if increment is None else 120)


def test_increment_across_a_gap_is_spread_known_and_not_measured() -> None:
    # 1800 s apart with max_gap 300 s: 6 in half an hour, 3 per quarter-hour.
    found = slices(COUNTER, read((450, 10), (2250, 16)), [])
    # 450..900 holds 450/1800 of it, 900..1800 holds 900/1800, 1800..2250 the rest.
    assert [part.amount for part in found.values()] == [F(3, 2), 3, F(3, 2)]
    assert [part.known_s for part in found.values()] == [450, 900, 450]
    assert all(part.measured_s == 0 and part.flags == {"spread"} for part in found.values())


def test_gap_of_exactly_max_gap_is_measured() -> None:
    for sensor in (COUNTER, POWER):
        assert total(slices(sensor, read((0, 1), (300, 1)), [])).measured_s == 300
        late = [*read((0, 1)), Reading(300 * SECOND + 1, 1)]
        assert total(slices(sensor, late, [])).measured_s == 0


def test_spike_up_is_left_out_where_max_rate_is_known() -> None:
    # 60 an hour is 1 a minute. 500 is left out; 10 -> 11.5 in 120 s is believed.
    meter = Sensor("e", "m", "counter", max_rate=60)
    readings = read((0, 10), (60, 500), (120, 11.5))
    part = total(slices(meter, readings, []))
    assert (part.amount, part.maximum, part.readings) == (F(3, 2), F(23, 2), 2)
    # Without max_rate: +490, then a fall, provisional as the last reading.
    assert total(slices(COUNTER, readings, [])).amount == 490


@pytest.mark.parametrize(
    ("values", "amount", "used"),
    [
        ((10, 0, 10), 0, 2),  # back exactly at the last good value is a dip
        ((10, 10, 10), 0, 3),  # no fall, no dip
        ((10, 500, 10), 0, 2),  # back exactly at the last good value is a spike
        ((10, 500, 500), 0, 3),  # stays up: no spike; +490 not believed, then +0
        # +0.5 is slow enough, no spike; the fall to 10.2 is a reset too fast to believe; +0.2.
        ((10, 10.5, 10.25, F("10.45")), F("0.7"), 4),
    ],
)
def test_edges_of_dips_and_spikes(
    values: tuple[float | F, ...], amount: int | F, used: int
) -> None:
    meter = Sensor("e", "m", "counter", max_rate=60)
    readings = read(*[(100_000 + 60 * index, value) for index, value in enumerate(values)])
    part = total(slices(meter, readings, []))
    assert (part.amount, part.readings) == (amount, used)


def test_increment_faster_than_max_rate_is_not_believed() -> None:
    # 10 -> 500 stays up: 60 s unknown; then 500 -> 501 in 60 s is just the rate.
    meter = Sensor("e", "m", "counter", max_rate=60)
    part = total(slices(meter, read((9000, 10), (9060, 500), (9120, 501)), []))
    assert (part.amount, part.measured_s, part.known_s, part.readings) == (1, 60, 60, 3)


def test_reset_faster_than_max_rate_is_not_believed() -> None:
    # 90 -> 5 in 60 s would be +5 where 1 is possible; 5 -> 5.5 is.
    meter = Sensor("e", "m", "counter", max_rate=60)
    part = total(slices(meter, read((0, 90), (60, 5), (120, 5.5)), []))
    assert (part.amount, part.known_s) == (F(1, 2), 60)


def test_unknown_amount_is_none_not_zero() -> None:
    meter = Sensor("e", "m", "counter", max_rate=60)
    part = total(slices(meter, read((0, 10), (60, 500)), []))
    assert (part.amount, part.known_s, part.readings) == (None, 0, 2)


def test_power_is_a_trapezoid_in_kwh() -> None:
    # 10 kW to 20 kW in 240 s: 15 * 240 / 3600 = 1 kWh; value_s 3600.
    part = total(slices(POWER, read((0, 10), (240, 20)), []))
    assert (part.amount, part.value_s, part.measured_s, part.known_s) == (1, 3600, 240, 240)
    assert part.mean == 15


def test_power_meter_that_dies_after_12_minutes_of_two_hours() -> None:
    # 5 kW each minute for 12 minutes: 720 s, 1 kWh; then nothing for the other 108 minutes.
    readings = read(*[(minute * 60, 5) for minute in range(13)])
    part = regroup(slices(POWER, readings, [run("A", 0, 7200)]), lot_only)["A"]
    assert (part.amount, part.measured_s, part.known_s) == (1, 720, 720)
    assert part.measured_s / 7200 == F(1, 10)


def test_power_across_a_gap_contributes_nothing() -> None:
    found = slices(POWER, read((0, 10), (240, 20), (1200, 20), (1440, 20)), [])
    # 1 kWh, then 960 s nothing, then 20 kW * 240 s = 4/3 kWh.
    assert total(found).amount == F(7, 3)
    assert total(found).measured_s == 480


def test_scale_and_offset_are_applied_before_anything_else() -> None:
    # 1000 W and 3000 W at 0.5 -> with offset 1: 501 and 1501; mean 1001 over 60 s.
    sensor = Sensor("p", "m", "gauge", scale=F(1, 2), value_offset=1)
    part = total(slices(sensor, read((0, 1000), (60, 3000)), []))
    assert (part.value_s, part.minimum, part.maximum) == (60_060, 501, 1501)
    assert part.amount is None


def test_two_lots_within_one_quarter_hour() -> None:
    # 60 kWh per hour, read each 300 s; A 120..400 s, B 400..700 s, the rest is nobody's.
    readings = read((0, 0), (300, 5), (600, 10), (900, 15))
    found = slices(COUNTER, readings, [run("A", 120, 400), run("B", 400, 700)])
    assert {key: part.amount for key, part in found.items()} == {
        (0, ("A", 120 * SECOND)): F(280, 60),
        (0, ("B", 400 * SECOND)): 5,
        (0, None): F(320, 60),
        (QUARTER, None): None,  # only the reading at 900 s: [from, to)
    }
    assert [part.readings for part in found.values()] == [1, 1, 1, 1]


def test_a_reading_on_a_bound_belongs_to_what_begins() -> None:
    readings = read((60, 1), (120, 2), (180, 3))
    found = regroup(slices(POWER, readings, [run("A", 60, 120), run("B", 120, None)]), lot_only)
    assert (found["A"].readings, found["A"].maximum) == (1, 1)
    assert (found["B"].readings, found["B"].minimum) == (2, 2)


def test_seconds_outside_the_band() -> None:
    # 100 -> 200 in 100 s: below 120 for 20 s, above 180 for 20 s; then 180 flat: not above.
    readings = read((0, 100), (100, 200), (200, 180), (300, 180))
    # 200 -> 180 in 100 s: above 180 for all of them.
    found = slices(OVEN, readings, [run("A", 0, 300)], {"A": Band(120, 180)})
    part = regroup(found, lot_only)["A"]
    assert (part.below_s, part.above_s) == (20, 120)


def test_band_is_cut_at_the_run_and_needs_a_limit() -> None:
    readings = read((0, 100), (100, 200))
    runs = [run("A", 10, 50), run("B", 50, 60)]
    found = regroup(slices(OVEN, readings, runs, {"A": Band(120, None)}), lot_only)
    assert (found["A"].below_s, found["A"].above_s) == (10, None)
    assert found["B"].below_s is None
    assert found[None].below_s is None
    other = Sensor("t", "m", "gauge", "setpoint")
    found = regroup(slices(other, readings, runs, {"A": Band(120, None)}), lot_only)
    assert found["A"].below_s is None


def test_temperature_profile_over_quarter_hours() -> None:
    # 600..1200 s from 150 to 210: 150..180 before 900 s, 180..210 after.
    found = slices(OVEN, read((600, 150), (1200, 210)), [])
    assert [part.mean for part in found.values()] == [165, 195]
    assert list(found) == [(0, None), (QUARTER, None)]
    assert regroup(found, hour_and_lot) == {(0, None): total(found)}
    assert [part.maximum for part in found.values()] == [150, 210]  # observed readings only


def test_state_holds_until_the_next_reading_at_most_max_gap() -> None:
    # 1 for 100 s, 0 for 300 s of 900 s (max_gap), then 2: nothing after the last reading.
    part = total(slices(STATE, read((0, 1), (100, 0), (1000, 2)), []))
    assert (part.value_s, part.measured_s, part.known_s) == (100, 400, 400)
    assert part.readings == 3
    forever = Sensor("s", "m", "state", max_gap_s=None)
    part = total(slices(forever, read((0, 1), (100, 3), (1000, 2)), []))
    assert (part.value_s, part.measured_s) == (100 + 2700, 1000)


def test_struck_readings_do_not_exist() -> None:
    readings = [*read((0, 1), (60, 3)), Reading(30 * SECOND, 1000, struck=True)]
    part = total(slices(POWER, readings, []))
    assert (part.value_s, part.readings, part.maximum) == (120, 2, 3)


def test_order_does_not_matter_and_two_readings_at_an_instant_are_refused() -> None:
    readings = read((0, 1), (60, 3), (120, 2))
    assert slices(POWER, readings[::-1], []) == slices(POWER, readings, [])
    with pytest.raises(ValueError, match="two readings at 0"):
        slices(POWER, read((0, 1), (0, 2)), [])

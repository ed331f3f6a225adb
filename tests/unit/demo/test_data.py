"""What the demo publishes, before any database: layout of the wall clock, stamps, the register."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from scripts.demo import dryer, machine, oven, steel
from scripts.demo.run import history

END = datetime(2026, 3, 31, 9, 40, tzinfo=UTC)


def test_dryer_has_its_71_lots_with_all_samples_and_ends_at_the_end() -> None:
    lots = dryer.lots(END)
    assert [lot.number for lot in lots] == [f"DRY-{number:03}" for number in range(1, 72)]
    assert sum(len(lot.samples) for lot in lots) == 9_220
    assert lots[-1].finished_at == END


def test_changeovers_are_longer_than_the_largest_gap_that_counts_as_measured() -> None:
    assert {b.started_at - a.finished_at for a, b in pairwise(dryer.lots(END))} == {
        timedelta(minutes=20)
    }


def test_dryer_names_lots_only_in_events() -> None:
    found = list(dryer.messages(END))
    events = [message for message in found if message.topic == "plant/L1/DRYER/lot"]
    assert len(events) == 2 * 71
    assert len(found) == 9_220 + 2 * 71
    assert events[0].payload == {
        "event": "start", "lot": "DRY-001", "time": "2026-03-24T01:51:00Z",
        "reference": "P-200", "operator": "bruno",
    }  # fmt: skip


def test_reference_of_a_lot_follows_the_tank_level() -> None:
    by_number = {lot.number: lot for lot in dryer.lots(END)}
    for number, level, reference in (
        ("DRY-010", 36.886, "P-100"), ("DRY-001", 58.253, "P-200"),
        ("DRY-002", 65.559, "P-300"), ("DRY-060", 116.53, "P-400"),
    ):  # fmt: skip
        assert by_number[number].reference == reference
        assert by_number[number].good_kg == round(level * 10, 1)


def test_no_stamp_of_the_temperature_series_comes_twice() -> None:
    times = [time for time, _ in machine.readings(END)]
    assert len(times) == 22_695
    assert {b - a for a, b in pairwise(times)} == {timedelta(minutes=5)}


def test_temperature_series_keeps_its_values_and_moves_by_whole_weeks() -> None:
    found = machine.readings(END)
    assert found[0][1] == 73.96732207
    assert (found[0][0] - datetime(2013, 12, 2, 19, 15, tzinfo=UTC)) % timedelta(weeks=1) == (
        timedelta(0)
    )
    assert END - timedelta(weeks=1) < found[-1][0] <= END


def test_register_advances_by_what_the_file_says_but_for_what_a_reset_hid() -> None:
    """Worked out from the published register alone: spikes left out, a fall is a reset."""
    values = [total for _, total in steel.register(END)]
    spike = next(n for n, (a, b) in enumerate(pairwise(values), 1) if b - a > 100_000)
    del values[spike]
    advance = sum((b - a if b >= a else b for a, b in pairwise(values)), Decimal(0))
    with steel.FILE.open(newline="") as handle:
        used = sum((Decimal(row["usage_kwh"]) for row in csv.DictReader(handle)), Decimal(0))
    assert used == Decimal("729316.67")
    assert advance == used - steel.lost_kwh()
    assert steel.lost_kwh() == Decimal("683.55")
    assert sum(b < a for a, b in pairwise(values)) == len(steel.RESETS)


def test_register_is_read_at_the_end_of_each_quarter_hour_but_in_the_outages() -> None:
    times = [time for time, _ in steel.register(END)]
    assert len(times) == 26_208 + 1 - 40 - 120
    gaps = sorted({b - a for a, b in pairwise(times)})
    assert gaps == [timedelta(minutes=15), timedelta(minutes=615), timedelta(minutes=1815)]


def test_oven_claims_its_lot_in_each_message_and_none_in_a_changeover() -> None:
    found = [message.payload for message in oven.messages(END)]
    lots = [payload["lot"] for payload in found if isinstance(payload, dict)]
    assert len(lots) == 20 * 200
    assert lots[:181] == ["OVN-001"] * 180 + [None]
    assert len({lot for lot in lots if lot}) == 20


def test_history_is_in_order_and_the_same_each_time() -> None:
    found = history(END)
    assert all(a.time <= b.time for a, b in pairwise(found))
    assert found == history(END)
    assert found[-1].time <= END

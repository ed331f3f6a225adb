"""Files into a real database: nothing lost, nothing twice, whatever is cut off or read again."""

import gzip
import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from db.statements import ROOT
from lotwatt import main
from tests.integration.ingest.conftest import Plant
from tests.sql.builders import settle

pytestmark = pytest.mark.native

POWER, TEMPERATURE = "plant/l/m1/power", "plant/l/m1/t"
STEEL = ROOT / "scripts/demo/data/steel_energy/steel_industry_15min_jan_sep.csv"
AT = datetime(2024, 3, 30, tzinfo=UTC)


def loaded(plant: Plant, *options: str | Path) -> dict[str, Any]:
    result = CliRunner().invoke(main, [
        "ingest", "file", *map(str, options), "--format", "json", "--database-url", plant.url,
    ])  # fmt: skip
    assert result.exit_code == 0, result.output
    said: dict[str, Any] = json.loads(result.stdout)
    return said


def minutes(count: int) -> list[tuple[datetime, float, float]]:
    return [(AT + timedelta(minutes=n), n / 4, 20 + n % 7) for n in range(count)]


def wide(path: Path, rows: list[tuple[datetime, float, float]]) -> Path:
    lines = [f"{at:%Y-%m-%dT%H:%M:%SZ},{power},{t}" for at, power, t in rows]
    path.write_text("time,m1.power,m1.t\n" + "\n".join(lines) + "\n")
    return path


def test_wide_long_packed_and_live_make_the_same_tables(plant: Plant, tmp_path: Path) -> None:
    rows = minutes(300)
    expected = sorted(
        [(POWER, at, power) for at, power, _ in rows] + [(TEMPERATURE, at, t) for at, _, t in rows]
    )
    plant.store(*({"time": at, "value": power} for at, power, _ in rows[:20]))
    said = loaded(plant, wide(tmp_path / "a.csv", rows[:200]))
    assert (said["rows"], said["accepted"], said["stored"]) == (200, 400, 400)
    long = tmp_path / "b.csv.gz"
    lines = [f"{POWER};{at.timestamp():.0f};{power}" for at, power, _ in rows[100:]]
    lines += [f"m1.t;{at.timestamp():.0f};{t}" for at, _, t in rows[100:]]
    long.write_bytes(gzip.compress(("tag;t;value\n" + "\n".join(lines)).encode()))
    said = loaded(plant, long, "--time", "t", "--sensor", "tag")
    assert (said["rows"], said["stored"], said["duplicate"]) == (400, 200, 200)
    assert plant.rows("readings") == expected
    again = loaded(plant, tmp_path / "a.csv")
    assert (again["stored"], again["duplicate"]) == (0, 400)
    assert plant.rows("readings") == expected


def test_what_a_file_says_otherwise(plant: Plant, tmp_path: Path) -> None:
    rows = minutes(5)
    loaded(plant, wide(tmp_path / "a.csv", rows))
    rows[2] = (rows[2][0], 99.0, rows[2][2])
    said = loaded(plant, wide(tmp_path / "b.csv", rows))
    assert (said["accepted"], said["conflict"], said["reasons"]) == (9, 1, {"conflict": 1})
    said = loaded(plant, tmp_path / "b.csv", "--correct")
    assert (said["accepted"], said["conflict"]) == (10, 0)
    assert (POWER, rows[2][0], 99.0) in plant.rows("readings")
    assert plant.rows("changes") == [(0.5, 99.0, "file:b.csv")]


def test_bad_rows_are_kept_and_good_ones_stored(plant: Plant, tmp_path: Path) -> None:
    path = wide(tmp_path / "a.csv", minutes(8))
    with path.open("a") as file:
        file.write("2024-13-01T00:00:00Z,1,2\n2024-03-31T00:00:00Z,x,3\n2024-03-31T00:01:00Z,,4\n")
    said = loaded(plant, path)
    assert (said["rows"], said["accepted"], said["quarantined"], said["empty"]) == (11, 18, 2, 1)
    assert said["reasons"] == {"time_type": 1, "value_is_string": 1}
    assert plant.rows("quarantine") == [
        ("time_type", "a.csv", "2024-13-01T00:00:00Z,1,2", 1),
        ("value_is_string", POWER, "2024-03-31T00:00:00Z,x,3", 1),
    ]
    assert ("file:a.csv", 0, 20, 18, 0, 0, 2, 0) in plant.rows("ledger")


def test_a_layout_that_does_not_fit_stores_nothing(plant: Plant, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,m1.power\n" + "01/02/2024 00:00,1\n" * 5 + "2024-03-30T00:00:00Z,1\n")
    result = CliRunner().invoke(main, ["ingest", "file", str(path), "--database-url", plant.url])
    assert result.exit_code == 1
    assert (
        "5 of the first 6 values of a.csv would be quarantined, as time_type: row 1"
        in result.output
    )
    assert "Nothing was stored" in result.output
    assert plant.rows("readings") == plant.rows("quarantine") == []
    assert loaded(plant, path, "--anyway")["stored"] == 1


def test_unknown_sensors_are_held_and_named(plant: Plant, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,new\n2024-03-30T00:00:00Z,1\n")
    assert loaded(plant, path, "--dry-run")["files"][0]["unknown_sensors"] == ["new"]
    result = CliRunner().invoke(main, ["ingest", "file", str(path), "--database-url", plant.url])
    assert "Some are of sensors that nobody declared" in result.output
    assert plant.rows("held") == [("new", 1.0, False, None)]


def test_a_killed_import_goes_on_where_it_was(plant: Plant, tmp_path: Path) -> None:
    rows = minutes(60_000)
    path = wide(tmp_path / "a.csv", rows)
    command = [
        sys.executable,
        "-m",
        "lotwatt",
        "ingest",
        "file",
        str(path),
        "--database-url",
        plant.url,
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while not plant.rows("cursors") and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (source, position), *_ = plant.rows("cursors")
    assert source == "file:a.csv"
    assert not position["done"]
    assert 0 < position["row"] < len(rows)
    said = loaded(plant, path)
    # Readings of the one row that was half given out may be there already.
    assert len(rows) - position["row"] == said["rows"]
    assert said["stored"] + said["duplicate"] == 2 * said["rows"]
    assert said["duplicate"] <= 2
    assert plant.rows("count_readings") == [(2 * len(rows),)]
    assert plant.rows("cursors")[0][1]["done"]


def amounts_of_days(plant: Plant, zone: str) -> dict[str, float]:
    """What a meter adds up to by day of plant time, once it is settled."""
    settle(plant.connection)
    return {str(day): total for day, total in plant.rows("day_sums", zone=zone)}


def test_days_of_the_steel_works_are_sums_of_their_values(plant: Plant, tmp_path: Path) -> None:
    """Stamps are the ends of quarter-hours, and 00:00 has the date of the day that it ends."""
    plant.do("amount_meter", code="steel", max_gap="15 minutes")
    lines = STEEL.read_text().splitlines()[: 1 + 3 * 96]
    path = tmp_path / "steel.csv"
    path.write_text("\n".join(lines))
    said = loaded(
        plant, path, "--time", "date_raw", "--time-format", "%d/%m/%Y %H:%M",
        "--midnight", "closes", "--time-zone", "Asia/Seoul", "--value", "usage_kwh",
        "--sensor", "steel",
    )  # fmt: skip
    assert (said["stored"], said["quarantined"]) == (288, 0)
    values = [float(line.split(",")[2]) for line in lines[1:]]
    found = amounts_of_days(plant, "Asia/Seoul")
    assert found == pytest.approx({
        f"2018-01-0{day + 1}": sum(values[96 * day : 96 * day + 96]) for day in range(3)
    }, abs=1e-9)  # fmt: skip


def test_days_of_23_and_25_hours(plant: Plant, tmp_path: Path) -> None:
    """1.5 kWh in every hour of Madrid: 34.5 on 30 March 2025, 37.5 on 26 October, 36 on others."""
    plant.do("amount_meter", code="contador", max_gap="1 hour")
    lines = ["Fecha;Hora;Consumo (kWh)"]
    for first in (datetime(2025, 3, 29), datetime(2025, 10, 25)):
        begin = first.replace(tzinfo=ZoneInfo("Europe/Madrid")).astimezone(UTC)
        for hour in range(72):
            local = (begin + timedelta(hours=hour)).astimezone(ZoneInfo("Europe/Madrid"))
            lines.append(f"{local:%d/%m/%Y};{local:%H:%M};1,5")
    path = tmp_path / "contador.csv"
    path.write_bytes("\n".join(lines).encode("latin-1"))
    said = loaded(
        plant, path, "--time", "Fecha+Hora", "--time-format", "%d/%m/%Y %H:%M", "--decimal", ",",
        "--time-zone", "Europe/Madrid", "--sensor", "contador", "--stamps", "start",
        "--interval", "1h",
    )  # fmt: skip
    assert (said["rows"], said["stored"], said["quarantined"]) == (144, 144, 0)
    found = amounts_of_days(plant, "Europe/Madrid")
    assert found["2025-03-29"] == found["2025-03-31"] == found["2025-10-25"] == 36
    assert (found["2025-03-30"], found["2025-10-26"]) == (34.5, 37.5)
    assert sum(found.values()) == 216

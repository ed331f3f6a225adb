"""What a plant file may say; the database is not asked."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from db import plant_file
from db.errors import PlantFileError

SITE = {"code": "ALBA", "time_zone": "Europe/Madrid"}
MACHINE = {"code": "DRYER", "line": "L1"}


def test_a_sensor_gets_its_place_from_its_code() -> None:
    content = {
        "sites": [SITE],
        "machines": [MACHINE],
        "sensors": [
            {"code": "DRYER.power", "unit": "kW"},
            {"code": "ALBA.meter", "unit": "kWh"},
            {"code": "other", "unit": "bar", "machine": "DRYER"},
        ],
    }
    sensors = plant_file.check(content)["sensors"]
    assert [sensor.get("machine") for sensor in sensors] == ["DRYER", None, "DRYER"]
    assert [sensor.get("site") for sensor in sensors] == [None, "ALBA", None]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"machins": []}, r"\[\[machins\]\] is not known\nHINT: Did you mean machines\?"),
        ({"sites": [SITE | {"curency": "EUR"}]}, "site ALBA: key curency is not known\n.*currency"),
        ({"sites": SITE}, r"\[sites\] holds one table"),
        ({"sites": [{"code": "ALBA"}]}, "site ALBA: time_zone is missing"),
        ({"sites": [SITE, SITE]}, "site ALBA is declared twice"),
        (
            {"tariff_prices": [{"tariff": "2026", "class": "peak", "price_per_kwh": 0.2}]},
            r"tariff_prices 2026: no \[\[tariffs\]\] entry",
        ),
        (
            {"tariffs": [{"code": "2026", "site": "ALBA", "from": "2026-01-01"}]},
            "tariff 2026: from is not a day",
        ),
        (
            {"drivers": [{"code": "speed", "sensor": "DRYER.speed", "statistic": "median"}]},
            "driver speed: statistic median is not known",
        ),
        ({"driver_values": [{"lot": "L", "driver": "speed"}]}, "speed: value is missing"),
        ({"sites": [SITE | {"code": 7}]}, "site 7: code is not text"),
        (
            {"sensors": [{"code": "a", "unit": "kW", "role": "main"}]},
            "sensor a: role main is not known\nHINT: Did you mean main_energy",
        ),
        (
            {"sensors": [{"code": "a", "unit": "kW", "scale": float("nan")}]},
            "sensor a: scale is nan",
        ),
        (
            {"lots": [{"number": "1", "started_at": dt.datetime(2026, 1, 1)}]},
            "lot 1: started_at is not an instant\nHINT: Write a time with its zone",
        ),
        (
            {"lots": [{"number": "1", "started_at": "2026-01-01T00:00:00Z"}]},
            "lot 1: started_at is not an instant",
        ),
        ({"lots": [{"number": "1", "reference": ["a"]}]}, "lot 1: reference holds a list"),
    ],
)
def test_what_cannot_be_meant_is_refused(content: dict[str, Any], message: str) -> None:
    with pytest.raises(PlantFileError, match=message):
        plant_file.check(content)


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "plant.toml"
    path.write_text("[[sites]\n")
    with pytest.raises(PlantFileError, match=r"plant\.toml is not TOML: "):
        plant_file.read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlantFileError, match=r"cannot read .*none\.toml: No such file"):
        plant_file.read(tmp_path / "none.toml")

"""Reads a plant file (TOML) and refuses what cannot be meant, before the database sees it."""

import datetime as dt
import difflib
import math
import tomllib
from pathlib import Path
from typing import Any

from db.errors import PlantFileError

# For each table of the file: keys that an entry must have, and keys that it may have.
KEYS: dict[str, tuple[str, str]] = {
    "sites": ("code time_zone", "name currency holiday_calendar"),
    "lines": ("code site", "name"),
    "machines": ("code line", "name topic"),
    "operators": ("code", "name"),
    "references": (
        "code",
        "name description unit family planned_cycle temperature_minimum_c temperature_maximum_c",
    ),
    "sensors": (
        "code unit",
        "machine site topic kind role quantity carrier scale value_offset sampling_interval max_gap"
        " minimum maximum max_rate rollover_at parent location type installed_on is_enabled",
    ),
    "lots": (
        "number",
        "reference planned_quantity good_quantity scrap_quantity started_at finished_at",
    ),
    "shifts": ("site name start end from to", "weekdays"),
    "runs": ("machine from", "lot to operator"),
    "drivers": ("code", "sensor statistic"),
    "driver_values": ("lot driver value", ""),
    "planned_runs": ("machine from to", "reference quantity planned_at"),
    "tariffs": ("code site from", "carrier to"),
    "tariff_prices": ("tariff class price_per_kwh", "price_per_kw_month"),
    "tariff_times": ("tariff class", "days months start end"),
    "emission_factors": ("site from kg_per_kwh", "carrier to source"),
}
# What tells two entries of a table apart; entries of other tables may repeat.
IDENTITY = {"lots": "number"} | dict.fromkeys(
    ("sites", "lines", "machines", "operators", "references", "sensors", "tariffs"), "code"
)
# What is said of a tariff, and counts with it.
OF_TARIFF = ("tariff_prices", "tariff_times")
LISTS = {"weekdays", "days", "months"}
DAYS = {"shifts", "tariffs", "emission_factors"}
TIMES = {"started_at", "finished_at", "planned_at"}
CHOICES = {
    "role": ["main_energy", "check_energy", "output", "process_temperature", "setpoint", "other"],
    "kind": ["counter", "amount", "power", "gauge", "state"],
    "statistic": ["mean", "minimum", "maximum", "amount"],
}

Entry = dict[str, Any]
Plant = dict[str, list[Entry]]


def read(path: Path) -> Plant:
    """The tables of a plant file, checked; sensors know their machine or site."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlantFileError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PlantFileError(f"{path} is not TOML: {error}") from error
    return check(content)


def check(content: dict[str, Any]) -> Plant:
    for table, entries in content.items():
        if table not in KEYS:
            raise unknown(f"[[{table}]]", table, list(KEYS))
        if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
            raise PlantFileError(
                f"[{table}] holds one table, not a list of them",
                hint=f"Write [[{table}]] above each entry.",
            )
        for number, entry in enumerate(entries, start=1):
            check_entry(table, entry, number)
        refuse_twins(table, entries)
    plant: Plant = {table: [dict(entry) for entry in content.get(table, [])] for table in KEYS}
    places = {entry["code"]: key for key in ("site", "machine") for entry in plant[f"{key}s"]}
    for sensor in plant["sensors"]:
        place = sensor["code"].rpartition(".")[0]
        if "machine" not in sensor and "site" not in sensor and place in places:
            sensor[places[place]] = place
    tariffs = {tariff["code"] for tariff in plant["tariffs"]}
    for table in OF_TARIFF:
        for entry in plant[table]:
            if entry["tariff"] not in tariffs:
                raise PlantFileError(
                    f"{table} {entry['tariff']}: no [[tariffs]] entry of this file has that code",
                    hint="A tariff is declared whole: with its prices and times in one file.",
                )
    return plant


def check_entry(table: str, entry: Entry, number: int) -> None:
    required, optional = (keys.split() for keys in KEYS[table])
    name = (
        entry.get("number")
        or entry.get("code")
        or entry.get("driver")
        or entry.get("name")
        or f"number {number}"
    )
    where = f"{table.removesuffix('s')} {name}"
    for key, value in entry.items():
        if key not in required and key not in optional:
            raise unknown(f"{where}: key {key}", key, [*required, *optional])
        check_value(table, where, key, value)
    missing = [key for key in required if key not in entry]
    if missing:
        raise PlantFileError(f"{where}: {', '.join(missing)} is missing")


def check_value(table: str, where: str, key: str, value: Any) -> None:
    is_instant = key in TIMES or (table in {"runs", "planned_runs"} and key in {"from", "to"})
    if is_instant and not (isinstance(value, dt.datetime) and value.tzinfo):
        raise PlantFileError(
            f"{where}: {key} is not an instant",
            hint="Write a time with its zone and no quotes: 2026-01-31T06:00:00+01:00, or ...Z.",
        )
    if table in DAYS and key in {"from", "to"} and type(value) is not dt.date:
        raise PlantFileError(
            f"{where}: {key} is not a day", hint="Write a day and no quotes: 2026-01-31."
        )
    if table in {"sensors", "drivers"} and key in CHOICES and value not in CHOICES[key]:
        raise unknown(f"{where}: {key} {value}", str(value), CHOICES[key])
    if isinstance(value, float) and not math.isfinite(value):
        raise PlantFileError(f"{where}: {key} is {value}", hint="Leave out what is not known.")
    if key in {"code", "number"} and not (isinstance(value, str) and value):
        raise PlantFileError(f"{where}: {key} is not text", hint=f'Write it in quotes: "{value}".')
    if isinstance(value, dict) or (isinstance(value, list) != (key in LISTS)):
        raise PlantFileError(f"{where}: {key} holds a {type(value).__name__}, not one value")


def refuse_twins(table: str, entries: list[Entry]) -> None:
    key = IDENTITY.get(table)
    if key is None:
        return
    seen: set[str] = set()
    for entry in entries:
        if entry[key] in seen:
            raise PlantFileError(f"{table.removesuffix('s')} {entry[key]} is declared twice")
        seen.add(entry[key])


def unknown(what: str, word: str, known: list[str]) -> PlantFileError:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(known)}."
    return PlantFileError(f"{what} is not known", hint=hint)

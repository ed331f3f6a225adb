"""`lotwatt jobs evaluate anomalies`: how well anomalies are found, in data whose faults are known.

The readings go the way of every reading: stored, settled, summed up, judged in SQL day by day by
what was learned of the days before. It happens in a scratch database.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from db.cli.base import SETTINGS
from db.cli.output import to_json
from db.migrate import Connection
from db.statements import ROOT, load
from jobs.baselines import replay
from jobs.errors import JobError
from jobs.evaluate.faults import Found, evaluate_faults
from jobs.evaluate.faults import as_json as faults_as_json
from jobs.evaluate.nab import nab_standard
from jobs.evaluate.plant import Series, take_in
from jobs.evaluate.readings import Reading, Window, readings, windows
from jobs.evaluate.scratch import scratch

STATEMENTS = load("jobs/evaluate/statements.sql")
SHIPPED = ROOT / "scripts" / "demo" / "data" / "machine_temperature"
READINGS = SHIPPED / "machine_temperature_system_failure.csv"
WINDOWS = SHIPPED / "label_windows.csv"
DAYS_PER_MONTH = 365.25 / 12
FACTORS = (0.8, 1.2)
# What is printed of faults whose kind does not say it.
NAMES = {"none": "alerts without a fault", "drift_sd": "the same in std. dev."}


@dataclass(frozen=True, slots=True)
class Episode:
    kind: str
    opened_at: dt.datetime
    last_at: dt.datetime
    alerted_at: list[dt.datetime]
    score: float | None


@dataclass(slots=True)
class Result:
    """How well one sensor's faults were found. Delays in hours, from the start of a window."""

    windows: int
    windows_found: int
    episodes: int
    false_episodes: int
    false_episodes_per_month: float
    nab_standard: float | None
    delays_h: list[float]
    threshold: float
    days: float
    conflicts: int = 0
    sensitivity: list[dict[str, Any]] = field(default_factory=list)
    faults: dict[str, Found] = field(default_factory=dict)


@click.command(context_settings=SETTINGS)
@click.option(
    "--readings", "readings_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Readings, columns timestamp,value.  [default: the machine temperature shipped]",
)  # fmt: skip
@click.option(
    "--windows", "windows_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="When something was wrong, columns window_start,window_end.",
)  # fmt: skip
@click.option("--time-zone", default="UTC", help="Zone of stamps that name none.")
@click.option("--format", "kind", type=click.Choice(["table", "json"]), default="table")
def anomalies(
    readings_file: Path | None, windows_file: Path | None, time_zone: str, kind: str
) -> None:
    """Say how well anomalies are found: windows, false episodes, delay, NAB standard score.

    Without files, in the real machine temperature that is shipped. It leaves no trace in a plant.

    Example: lotwatt jobs evaluate anomalies --readings FILE.csv --windows FILE.csv
    """
    if (readings_file is None) != (windows_file is None):
        raise click.UsageError("--readings and --windows go together.")
    zone = zone_named(time_zone)
    answer = evaluate(readings_file or READINGS, windows_file or WINDOWS, zone)
    if kind == "json":
        click.echo(to_json({"machine_temperature": as_json(answer)}))
    else:
        for line in lines(answer):
            click.echo(line)


def zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise JobError(
            f"there is no time zone {name}", hint="Name one as Europe/Madrid or UTC."
        ) from None


def evaluate(readings_file: Path, windows_file: Path, zone: ZoneInfo) -> Result:
    taken, known = readings(readings_file, zone), windows(windows_file, zone)
    with scratch() as connection:
        conflicts = take_in(connection, [Series("evaluate", taken)], zone.key)
        process, sensor = thresholds(connection)
        result = judge(connection, taken, known, process)
        result.conflicts = conflicts
        for factor in FACTORS:
            connection.execute(STATEMENTS["forget"])
            connection.execute(STATEMENTS["threshold"], {"threshold": process * factor})
            connection.execute(STATEMENTS["fault_threshold"], {"threshold": sensor * factor})
            moved = judge(connection, taken, known, process * factor)
            result.sensitivity.append({
                "factor": factor,
                "windows_found": moved.windows_found,
                "false_episodes_per_month": moved.false_episodes_per_month,
                "nab_standard": moved.nab_standard,
            })  # fmt: skip
        connection.execute(STATEMENTS["forget"])
        connection.execute(STATEMENTS["threshold"], {"threshold": process})
        connection.execute(STATEMENTS["fault_threshold"], {"threshold": sensor})
        result.faults = evaluate_faults(connection, taken, known)
    return result


def thresholds(connection: Connection) -> tuple[float, float]:
    row = connection.execute(STATEMENTS["thresholds"]).fetchone()
    assert row is not None
    return row[0], row[1]


def judge(
    connection: Connection, taken: Sequence[Reading], known: Sequence[Window], threshold: float
) -> Result:
    end = taken[-1][0] + dt.timedelta(minutes=15)
    replay(connection, taken[0][0], end)
    return result_of([time for time, _ in taken], known, episodes(connection), threshold)


def episodes(connection: Connection) -> list[Episode]:
    return [
        Episode(kind, opened_at, last_at, alerted_at, score)
        for _, kind, opened_at, last_at, alerted_at, score in connection.execute(
            STATEMENTS["episodes"]
        )
    ]


def result_of(
    times: Sequence[dt.datetime],
    known: Sequence[Window],
    found: Sequence[Episode],
    threshold: float,
) -> Result:
    """A window is found where an alert falls into it; an episode that touches none is false."""
    alerts = sorted(time for episode in found for time in episode.alerted_at)
    first = [next((a for a in alerts if start <= a <= end), None) for start, end in known]
    false = [
        episode
        for episode in found
        if not any(episode.opened_at <= end and episode.last_at >= start for start, end in known)
    ]
    days = (times[-1] - times[0]) / dt.timedelta(days=1)
    return Result(
        windows=len(known),
        windows_found=sum(a is not None for a in first),
        episodes=len(found),
        false_episodes=len(false),
        false_episodes_per_month=len(false) / days * DAYS_PER_MONTH,
        nab_standard=nab_standard(sorted(set(times)), known, alerts),
        delays_h=[
            (a - start) / dt.timedelta(hours=1)
            for a, (start, _) in zip(first, known, strict=True)
            if a is not None
        ],
        threshold=threshold,
        days=days,
    )


def as_json(result: Result) -> dict[str, Any]:
    return {
        name: getattr(result, name)
        for name in (
            "windows_found", "windows", "false_episodes_per_month", "nab_standard", "episodes",
            "false_episodes", "delays_h", "threshold", "days", "conflicts", "sensitivity",
        )
    } | {"faults": faults_as_json(result.faults)}  # fmt: skip


def lines(result: Result) -> list[str]:
    nab = "none" if result.nab_standard is None else f"{result.nab_standard:.1f}"
    said = [
        f"windows found            {result.windows_found} of {result.windows}",
        f"false episodes           {result.false_episodes} in {result.days:.0f} days,"
        f" {result.false_episodes_per_month:.2f} a month",
        f"NAB standard             {nab}",
        f"delay, hours             {', '.join(f'{delay:.1f}' for delay in result.delays_h)}",
        f"threshold                {result.threshold:g}",
        f"readings in conflict     {result.conflicts}",
    ]
    for moved in result.sensitivity:
        nab = "none" if moved["nab_standard"] is None else f"{moved['nab_standard']:.1f}"
        said.append(
            f"threshold x {moved['factor']}          {moved['windows_found']} found,"
            f" {moved['false_episodes_per_month']:.2f} false a month, NAB {nab}"
        )
    for kind, each in result.faults.items():
        name = NAMES.get(kind, f"{kind} put in, found")
        delay = f", at the latest after {max(each.delays_h):.1f} h" if each.delays_h else ""
        said.append(f"{name:<24} {each.found} of {each.injected}{delay}")
    return said

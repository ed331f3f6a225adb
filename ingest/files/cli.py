"""The command `lotwatt ingest file`."""

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table

from db.cli.base import SETTINGS
from db.cli.output import to_json
from ingest.files.layout import Layout
from ingest.files.load import Progress, Report, Trial, as_dict, load, trial
from ingest.files.options import layout_of, pairs_of, reads_files
from ingest.importer import Importer, look_up

Done = TypeVar("Done")


@click.command("file", context_settings=SETTINGS)
@reads_files
@click.option("--layout", type=click.Choice(["long", "wide"]), show_default="as the columns look",
              help="long: a row for each value; wide: a column for each sensor.")  # fmt: skip
@click.option("--time", show_default="a column named so, else the first",
              help="Column of the time; two as Date+Hour.")  # fmt: skip
@click.option("--sensor", help="Column that names the sensor; or the sensor of all rows.")
@click.option("--value", multiple=True, help="Column of values; in a wide file several.")
@click.option("--lot", help="Column with the lot that is on the machine (or --reference, ...).")
@click.option("--reference", help="Column with the lot's reference.")
@click.option("--operator", help="Column with the operator.")
@click.option("--machine", help="Column with the machine, where it is not the sensor's.")
@click.option("--stamps", type=click.Choice(["end", "start"]), show_default="end",
              help="Which end of its interval a stamp is; a start needs --interval.")  # fmt: skip
@click.option("--interval", help="Length of the interval of a value, such as 15m.")
@click.option("--midnight", type=click.Choice(["opens", "closes"]), show_default="opens",
              help="Whether 00:00 opens the day of its date or closes it.")  # fmt: skip
@click.option("--set-back", metavar="LENGTH", help="The file's clock was set back by so much (1h).")
@click.option("--topic", show_default="{sensor}", metavar="TEMPLATE",
              help="Topic of sensors that are neither topic nor code.")  # fmt: skip
@click.option("--map", "topics", multiple=True, metavar="NAME=SENSOR",
              help="Sensor (code or topic) of a name in the file; once for each.")  # fmt: skip
@click.option("--correct", is_flag=True,
              help="The file knows better: correct what is stored otherwise.")  # fmt: skip
@click.option("--anyway", is_flag=True, help="Store also where most of it would be quarantined.")
def file(
    paths: Sequence[Path],
    mapping: Path | None,
    correct: bool,
    anyway: bool,
    dry_run: bool,
    kind: str,
    database_url: str | None,
    **options: Any,
) -> None:
    """Store readings from CSV files (also gzipped or zipped) and Parquet files.

    The same reading again is a duplicate: files may overlap, be read twice, or be cut off and
    started again.

    \b
    Example:
      lotwatt ingest file energy.csv --time-zone Europe/Madrid --decimal , --dry-run
      lotwatt ingest file tags.csv.gz --sensor tag --value value --topic 'plant/P1/{sensor}'
    """
    options["topics"] = pairs_of(options["topics"], "--map") or None
    layout = layout_of(mapping, options)
    if dry_run:
        tell_trials([try_out(path, layout, database_url) for path in paths], kind)
    else:
        tell_reports([store(path, layout, database_url, correct, anyway) for path in paths], kind)


def store(
    path: Path, layout: Layout, database_url: str | None, correct: bool, anyway: bool
) -> Report:
    with closing(Importer(database_url, "file", path.name[-200:], corrects=correct)) as importer:
        return watched(
            path, lambda told: load(path, layout, importer, anyway=anyway, progress=told)
        )


def try_out(path: Path, layout: Layout, database_url: str | None) -> Trial:
    """Nothing is written. Without a database nobody knows which sensors there are."""
    sensors = look_up(database_url, "file", path.name[-200:], Importer.sensors)
    return watched(path, lambda told: trial(path, layout, sensors, told))


def watched(path: Path, work: Callable[[Progress], Done]) -> Done:
    """Show how much of a file is read, where somebody looks."""
    bar: Any = click.progressbar(
        length=path.stat().st_size, label=path.name, file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    )  # fmt: skip
    with bar:
        return work(lambda done: bar.update(max(0, done - bar.pos)))


def tell_reports(reports: list[Report], kind: str) -> None:
    if kind == "json":
        click.echo(to_json(total_json(reports)))
        return
    for report in reports:
        click.echo(
            f"{report.file}: {report.rows:,} rows; {report.stored:,} readings stored,"
            f" {report.duplicate:,} were there, {report.conflict:,} conflict,"
            f" {report.quarantined - report.conflict:,} quarantined, {report.empty:,} cells empty"
        )
        tell_reasons(report)
    if any(report.unknown_sensors for report in reports):
        click.echo(
            "Some are of sensors that nobody declared. They are held, up to a limit: lotwatt doctor"
            " names their topics. Adopt or declare them, then read the file again."
        )


def tell_reasons(report: Report) -> None:
    for reason, count in report.reasons.most_common():
        click.echo(f"  {reason}: {count:,}")


def tell_trials(trials: list[Trial], kind: str) -> None:
    if kind == "json":
        click.echo(to_json(total_json([each.report for each in trials])))
        return
    console = Console(soft_wrap=True, highlight=False)
    for each in trials:
        report = each.report
        for line in each.layout:
            console.print(line, markup=False)
        table = Table("time (UTC)", "sensor", "value", "lot", box=None)
        for reading in each.readings:
            lot = reading.claim and (reading.claim.lot or "none")
            table.add_row(
                f"{reading.time:%Y-%m-%d %H:%M:%S}", reading.topic, repr(reading.value), lot or ""
            )
        console.print(table)
        console.print(
            f"{report.rows:,} rows: {report.accepted:,} readings would be accepted,"
            f" {report.quarantined:,} not, {report.empty:,} cells are empty",
            markup=False,
        )
        tell_reasons(report)
        for rejection in each.rejections:
            console.print(f"  {rejection.reason}: {rejection.detail}", markup=False)
        if report.conflict:
            console.print(
                "two values for one instant: the first counts. Was the clock set back? --set-back"
            )
        if report.unknown_sensors:
            console.print(f"no sensor yet: {', '.join(report.unknown_sensors)}", markup=False)
    console.print("Nothing was stored: this was a dry run.")


def total_json(reports: list[Report]) -> dict[str, Any]:
    """Sums over all files, and each file."""
    total = as_dict(reduce(add, reports))
    del total["file"]
    return {**total, "files": [as_dict(report) for report in reports]}

"""Plants with many lots for tests: each lot at one power and one temperature."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from click.testing import CliRunner

from lotwatt import main
from tests.sql.builders import (
    Connection,
    assign,
    at,
    declare,
    declare_site,
    every,
    kw_meter,
    load,
    minutes,
    settle,
    thermometer,
)

START = at("2026-03-02 00:00")
STEP_S = 300


@dataclass(frozen=True, slots=True)
class Made:
    """A lot as it went."""

    number: str
    reference: str
    minutes: int
    kw: float
    quantity: float | None
    celsius: float = 100.0

    @property
    def kwh(self) -> float:
        return self.kw * self.minutes / 60


def plant(db: Connection, *references: str, machine: str = "m1", **settings: object) -> None:
    declare_site(db, machine)
    kw_meter(db, f"{machine}.power", machine, max_gap="10 minutes")
    thermometer(db, f"{machine}.temperature", machine, max_gap="10 minutes")
    declare(db, references=[{"code": code, **settings} for code in references])


def make(
    db: Connection, lots: Sequence[Made], *, machine: str = "m1", start: datetime = START
) -> datetime:
    """One after the other, half an hour apart; returns when the last of them ended."""
    at_time = start
    for lot in lots:
        end = at_time + minutes(lot.minutes)
        assign(db, machine, lot.number, at_time, end)
        load(db, f"{machine}.power", *every(STEP_S, at_time, end, lot.kw))
        load(db, f"{machine}.temperature", *every(STEP_S, at_time, end, lot.celsius))
        at_time = end + timedelta(minutes=30)
    declare(db, lots=[
        {"number": lot.number, "reference": lot.reference}
        | ({} if lot.quantity is None else {"good_quantity": lot.quantity})
        for lot in lots
    ])  # fmt: skip
    settle(db)
    return at_time


def run(*words: str) -> str:
    """A command, as a person would run it; what it says."""
    answer = CliRunner().invoke(main, list(words))
    assert answer.exit_code == 0, answer.output
    return answer.output

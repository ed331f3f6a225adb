"""Boards: whether Grafana has those that are shipped, unchanged, and whether all on them answer."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from db.errors import LotwattError
from grafana.check.client import Grafana, QueryError
from grafana.check.finding import Finding
from grafana.report.dashboard import FOLDER, LOCALES, names
from grafana.report.macros import Span
from grafana.report.times import span
from grafana.report.variables import Variables, resolve

Json = Mapping[str, Any]
# Grafana's own: a number and a count of how often it was stored.
GRAFANAS = ("id", "version")


@dataclass(slots=True)
class Count:
    """What was asked on a board; the slowest query by seconds and its panel."""

    panels: int = 0
    variables: int = 0
    annotations: int = 0
    empty: int = 0
    failed: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")

    def __str__(self) -> str:
        return (
            f"{self.panels} panels ({self.empty} without data), {self.variables} variables and"
            f" {self.annotations} annotations answer; slowest in {self.slowest[0] * 1000:.0f} ms:"
            f" {self.slowest[1]}"
        )


def shipped() -> dict[str, dict[str, Json]]:
    """The boards of each language by their uids."""
    found: dict[str, dict[str, Json]] = {}
    for locale in LOCALES:
        boards = [
            json.loads((FOLDER / locale / f"{name}.json").read_text(encoding="utf-8"))
            for name in names(locale)
        ]
        found[locale] = {board["uid"]: board for board in boards}
    return found


def check(grafana: Grafana) -> Iterator[Finding]:
    """A finding for each board that is shipped, and one for each thing that is wrong with it."""
    sets = shipped()
    given = {uid: found(grafana, uid) for uid in sets[LOCALES[0]]}
    locale = max(LOCALES, key=lambda each: sum(
        board is not None and board.get("title") == sets[each][uid]["title"]
        for uid, board in given.items()
    ))  # fmt: skip
    for uid, board in given.items():
        if board is None:
            hint = "Mount grafana/provisioning, and set LOTWATT_DASHBOARDS."
            yield Finding(f"board {uid}", False, "it is not there", hint)
        else:
            difference = differs(sets[locale][uid], board)
            if difference:
                hint = "Restart Grafana after an upgrade: it reads its files then."
                yield Finding(f"board {uid}", False, f"{difference} ({locale})", hint)
            yield from answers(grafana, uid, board)


def found(grafana: Grafana, uid: str) -> Json | None:
    document = grafana.get(f"/api/dashboards/uid/{uid}")
    return None if document is None else document["dashboard"]


def differs(ours: Json, theirs: Json) -> str:
    """In what a board is another than the shipped one; empty where it is the same.

    A Grafana that is newer than our schema rewrites what it reads, so there titles and statements
    have to be the same, and nothing else.
    """
    if ours["schemaVersion"] == theirs.get("schemaVersion"):
        parts = sorted(
            key for key in {*ours, *theirs} - {*GRAFANAS} if ours.get(key) != theirs.get(key)
        )
        return f"{', '.join(parts)} not as shipped" if parts else ""
    if ours["title"] != theirs.get("title"):
        return "title not as shipped"
    if list(statements(ours)) != list(statements(theirs)):
        return "panels not as shipped"
    return ""


def statements(board: Json) -> Iterator[tuple[str, str]]:
    for panel in panels(board):
        for target in panel.get("targets", ()):
            yield panel.get("title", ""), target.get("rawSql", "")


def panels(board: Json) -> Iterator[Json]:
    for panel in board.get("panels", ()):
        yield panel
        yield from panel.get("panels", ())


def answers(grafana: Grafana, uid: str, board: Json) -> Iterator[Finding]:
    """Every query of the board, asked as Grafana's own pages would ask it when they open."""
    count = Count()
    time = board.get("time", {})
    within = span(time.get("from", "now-7d"), time.get("to", "now"), datetime.now(UTC), UTC)
    known = Variables(within)
    try:
        known = resolve(board, within, {}, lambda sql: options(grafana, sql, within))
        count.variables = len(known.known)
    except LotwattError as error:
        count.failed.append(f"its variables: {error.message}")
    for panel in panels(board):
        asked = [target for target in panel.get("targets", ()) if target.get("rawSql")]
        ask(grafana, f"panel '{panel.get('title', '')}'", asked, known, within, count)
        count.panels += bool(asked)
    for note in board.get("annotations", {}).get("list", ()):
        target = note.get("target") or {}
        if target.get("rawSql"):
            ask(grafana, f"annotation '{note.get('name', '')}'", [target], known, within, count)
            count.annotations += 1
    for failed in count.failed:
        yield Finding(f"board {uid}", False, failed)
    if not count.failed:
        yield Finding(f"board {uid}", True, str(count))


def ask(
    grafana: Grafana,
    what: str,
    targets: Sequence[Json],
    known: Variables,
    within: Span,
    count: Count,
) -> None:
    rows = 0
    for target in targets:
        try:
            sql = known.put_in(target["rawSql"])
            answer = grafana.ask(sql, target.get("format", "table"), within)
        except (QueryError, ValueError) as error:
            count.failed.append(f"{what}, query {target.get('refId', '')}: {error}")
            return
        rows += answer.count
        count.slowest = max(count.slowest, (answer.duration_s, what))
    count.empty += bool(targets) and not rows


def options(grafana: Grafana, sql: str, within: Span) -> list[tuple[str, str]]:
    """The values of a variable, each as (value, text)."""
    answer = grafana.ask(sql, "table", within)
    if not answer.columns:
        return []
    first = next(iter(answer.columns.values()))
    values = answer.columns.get("__value", first)
    texts = answer.columns.get("__text", values)
    pairs = zip(values, texts, strict=True)
    return list({
        str(value): (str(value), str(text)) for value, text in pairs if value is not None
    }.values())  # fmt: skip

"""Alert rules: whether Grafana has those that are shipped, can evaluate them, and their queries."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from db.statements import ROOT
from grafana.boards.model import DATASOURCE
from grafana.check.client import Grafana, QueryError
from grafana.check.finding import Finding
from grafana.report.macros import Span

FOLDER = ROOT / "grafana" / "provisioning" / "alerting"


def shipped() -> dict[str, str]:
    """Titles of the rules by their uids."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for group in document.get("groups") or ():
            found |= {rule["uid"]: rule["title"] for rule in group["rules"]}
    return found


def check(grafana: Grafana) -> Iterator[Finding]:
    """A finding for each rule that is shipped."""
    given = {rule["uid"]: rule for rule in rules(grafana)}
    health = healths(grafana)
    for uid, title in shipped().items():
        name = f"alert {uid}"
        if uid not in given:
            hint = "Mount grafana/provisioning, and restart Grafana."
            yield Finding(name, False, "it is not there", hint)
            continue
        title = given[uid]["title"]
        said = refused(grafana, given[uid]) or health.get(title, "")
        yield Finding(name, not said, said or f"'{title}' is loaded, and its query answers")


def rules(grafana: Grafana) -> Iterator[dict[str, Any]]:
    folders = grafana.get("/api/ruler/grafana/api/v1/rules") or {}
    for groups in folders.values():
        for group in groups:
            for rule in group["rules"]:
                yield rule["grafana_alert"]


def healths(grafana: Grafana) -> dict[str, str]:
    """What Grafana's own evaluation said, for rules that ended in an error, by title."""
    document = grafana.get("/api/prometheus/grafana/api/v1/rules") or {}
    return {
        rule["name"]: rule.get("lastError") or "Grafana could not evaluate it"
        for group in document.get("data", {}).get("groups") or ()
        for rule in group["rules"]
        if rule.get("health") == "error"
    }


def refused(grafana: Grafana, rule: dict[str, Any]) -> str:
    """Why a query of the rule is refused; empty where all answer. Expressions are Grafana's."""
    now = datetime.now(UTC)
    for part in rule.get("data") or ():
        if part["datasourceUid"] != DATASOURCE["uid"]:
            continue
        model, back = part["model"], part.get("relativeTimeRange", {})
        begin = now - timedelta(seconds=back.get("from", 600))
        within = Span(begin, now - timedelta(seconds=back.get("to", 0)))
        try:
            grafana.ask(model["rawSql"], model.get("format", "table"), within)
        except QueryError as error:
            return f"query {part.get('refId', '')}: {error}"
    return ""

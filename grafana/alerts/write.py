"""Writes the rules as Grafana provisions them.

A query whose rows hold texts and one number is a rule for each row, its texts the labels; the
threshold is an expression of Grafana's own.
"""

from typing import Any

import yaml

from db.statements import ROOT
from grafana.alerts.rules import GROUPS, Rule
from grafana.boards.model import DATASOURCE

FILE = ROOT / "grafana" / "provisioning" / "alerting" / "lotwatt.yaml"
HEAD = """\
# Alert rules of Lotwatt: change grafana/alerts, run `make alerts`. docs/runbook.md says what to do
# about each. They send nothing until you say where to: docs/grafana.md, under Alerts.
"""
EXPRESSION = "__expr__"


class Blocks(yaml.SafeDumper):
    """Texts of several lines as blocks, so that SQL reads as SQL."""


def represented(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


Blocks.add_representer(str, represented)


def text() -> str:
    document = {"apiVersion": 1, "groups": [group(name) for name in GROUPS]}
    return HEAD + yaml.dump(document, Dumper=Blocks, sort_keys=False, allow_unicode=True, width=100)


def group(name: str) -> dict[str, Any]:
    interval, rules = GROUPS[name]
    return {
        "orgId": 1,
        "name": name,
        "folder": "Lotwatt",
        "interval": interval,
        "rules": [provisioned(rule) for rule in rules],
    }


def provisioned(rule: Rule) -> dict[str, Any]:
    return {
        "uid": rule.uid,
        "title": rule.title,
        "condition": "B",
        "data": [query(rule), threshold()],
        "for": rule.lasts,
        # no row: the plant has nothing of the kind, such as no lot under way
        "noDataState": "OK",
        "execErrState": "Error",
        "annotations": {
            "summary": rule.summary,
            "runbook": f"docs/runbook.md#{rule.anchor}",
            "dashboard": f"/d/lotwatt-{rule.board}",
        },
        "labels": {"severity": rule.severity, "product": "lotwatt"},
    }


def query(rule: Rule) -> dict[str, Any]:
    return {
        "refId": "A",
        "relativeTimeRange": {"from": 600, "to": 0},
        "datasourceUid": DATASOURCE["uid"],
        "model": {
            "refId": "A",
            "datasource": dict(DATASOURCE),
            "format": "table",
            "rawQuery": True,
            "editorMode": "code",
            "rawSql": rule.statement,
        },
    }


def threshold() -> dict[str, Any]:
    return {
        "refId": "B",
        "datasourceUid": EXPRESSION,
        "model": {
            "refId": "B",
            "type": "threshold",
            "datasource": {"type": EXPRESSION, "uid": EXPRESSION},
            "expression": "A",
            "conditions": [{"evaluator": {"type": "gt", "params": [0]}}],
        },
    }

"""What the documents show works: SQL runs, payloads are understood, links lead somewhere."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from db.statements import ROOT
from ingest.decode import decode
from ingest.item import Event, Message, Reading, Status

DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
SQL = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
PUBLISHED = re.compile(r"^mosquitto_pub .*-t (\S+) -m (?:'([^']+)'|(\S+))$", re.MULTILINE)
REASON = re.compile(r"(?:RefusedError|Drop)\(\s*\"(\w+)\"")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")

Connection = psycopg.Connection[tuple[Any, ...]]


def found(pattern: re.Pattern[str], *names: str) -> list[Any]:
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in names]
    return [match for text in texts for match in pattern.findall(text)]


@pytest.mark.parametrize("statement", found(SQL, "docs/query.md", "README.md"))
def test_sql_of_the_documents_runs(db: Connection, statement: str) -> None:
    with db.transaction(force_rollback=True):
        db.execute(statement.encode())


@pytest.mark.parametrize(("topic", "quoted", "bare"), found(PUBLISHED, "docs/mqtt.md", "README.md"))
def test_published_payloads_are_understood(topic: str, quoted: str, bare: str) -> None:
    items = decode(Message(topic, (quoted or bare).encode(), datetime.now(UTC)))
    assert items
    assert all(isinstance(item, Reading | Event | Status) for item in items)


def test_every_reason_for_a_refusal_is_explained() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "ingest").glob("*.py")]
    reasons = {reason for source in sources for reason in REASON.findall(source)}
    assert len(reasons) > 30
    text = (ROOT / "docs/mqtt.md").read_text(encoding="utf-8")
    assert sorted(reason for reason in reasons if f"`{reason}`" not in text) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_of_the_documents_lead_somewhere(document: Path) -> None:
    targets = LINK.findall(document.read_text(encoding="utf-8"))
    assert [t for t in targets if not (document.parent / t).exists()] == []

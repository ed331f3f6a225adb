"""Rows of a loader that says nothing of its progress are counted as they are appended."""

from collections.abc import Iterator

import pytest

from db.connection import connect
from scripts.bench_ingest.server import STATEMENTS, Connection, HeapCount, Server
from tests.databases import scratch

# No vacuum in between: it would give the place of the rows that were rolled back to later ones.
MADE = """
create table bench.t (n int) partition by range (n);
create table bench.t_low partition of bench.t for values from (0) to (1000) with (autovacuum_enabled = false);
create table bench.t_high partition of bench.t for values from (1000) to (2000) with (autovacuum_enabled = false)
"""  # noqa: E501


@pytest.fixture
def server(native_server_url: str) -> Iterator[Server]:
    with scratch(native_server_url) as url, connect(url, autocommit=True) as connection:
        for statement in (STATEMENTS["schema"], STATEMENTS["rows_after_function"], MADE):
            connection.execute(statement)
        yield Server(url, connection, "", None, None)


def insert(connection: Connection, first: int, last: int) -> None:
    connection.execute("insert into bench.t select generate_series(%s::int, %s)", (first, last))


def test_counts_rows_once_in_every_heap(server: Server) -> None:
    insert(server.connection, 0, 9)
    count = HeapCount(server, "bench.t_low")
    assert count.total == 0
    with connect(server.url) as other:
        insert(other, 10, 400)
        assert count.refresh() == 0
        other.commit()
        assert [count.refresh(), count.refresh()] == [391, 391]
        insert(other, 401, 500)
        other.rollback()
        insert(other, 401, 405)
        other.commit()
    assert count.refresh() == 396
    assert server.row_count("bench.t") == 406

    both = HeapCount(server, "bench.t")
    insert(server.connection, 900, 1099)
    assert both.refresh() == 200

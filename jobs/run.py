"""The frame of every job: one at a time, and each run leaves a row that says how it went."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.rows import TupleRow

from db.cli.base import sentences
from db.connection import connect
from db.errors import LotwattError
from db.holder import new_holder
from db.statements import load
from jobs.errors import JobError

STATEMENTS = load("jobs/statements.sql")
LIFETIME = "6 hours"

Connection = psycopg.Connection[TupleRow]


@dataclass(slots=True)
class Run:
    """A job under way; it adds what it wrote to `rows`."""

    connection: Connection
    rows: int = 0


@contextmanager
def job(name: str) -> Iterator[Run]:
    """Run a job named `name` over a connection in autocommit.

    Raises JobError where the same job runs already. Whatever the body raises is noted and goes on.
    """
    holder = new_holder()
    with connect(autocommit=True, application_name=f"lotwatt jobs {name}") as connection:
        row = connection.execute(
            STATEMENTS["begin_job"], {"job": name, "holder": holder, "lifetime": LIFETIME}
        ).fetchone()
        assert row is not None
        other, job_run_id = row
        if other != holder:
            raise JobError(
                f"the job {name} runs already, as {other}",
                hint="Wait until it ends; it shows in api.job_run.",
            )
        run = Run(connection)
        said: str | None = None
        try:
            yield run
        except (LotwattError, psycopg.Error) as error:
            said = sentences(error)
            raise
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
            raise
        finally:
            if not connection.closed and not connection.broken:
                if connection.info.transaction_status:  # the body left one open, or broken
                    connection.rollback()
                connection.execute(STATEMENTS["finish_job"], {
                    "job_run_id": job_run_id, "holder": holder, "rows": run.rows, "error": said,
                })  # fmt: skip

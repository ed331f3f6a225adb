"""All sources, each in a thread of its own: one that hangs or fails holds up no other."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict

from ingest.api.client import Client, SourceError, waiter
from ingest.api.read import read_round
from ingest.api.source import Source
from ingest.errors import TransientError
from ingest.importer import Importer
from ingest.log import line
from ingest.store import Counts

# While the database is away it is tried again so often.
DATABASE_RETRY_S = 5.0

logger = logging.getLogger(__name__)
Report = Callable[[Source, Counts], None]


def read_once(
    source: Source, database_url: str | None, stop: threading.Event, report: Report
) -> None:
    """Read a source until it is read up to now. Raises IngestError."""
    with (
        closing(Client(source, waiter(stop))) as client,
        closing(
            Importer(
                database_url,
                "api",
                source.name,
                corrects=source.corrects,
                is_per_row=source.is_per_row,
            )
        ) as importer,
    ):
        is_over = False
        while not is_over and not stop.is_set():
            counts, is_over = read_round(source, client, importer)
            report(source, counts)


def follow(source: Source, database_url: str | None, stop: threading.Event, report: Report) -> None:
    """Read a source again and again until told to stop; whatever goes wrong is tried again."""
    while not stop.is_set():
        wait_s = source.every_s
        try:
            read_once(source, database_url, stop, report)
        except TransientError as error:
            wait_s = min(wait_s, DATABASE_RETRY_S)
            logger.warning(line("database_away", source=source.name, error=error))
        except SourceError as error:
            if not stop.is_set():
                logger.error(line("source_failed", source=source.name, error=error))
        except Exception as error:
            # Whatever it is: a thread that ended would be missed by nobody.
            logger.error(line("source_failed", source=source.name, error=error))
        stop.wait(wait_s)


def follow_all(sources: Sequence[Source], database_url: str | None, stop: threading.Event) -> None:
    """Until `stop` is set."""
    threads = [
        threading.Thread(target=follow, args=(source, database_url, stop, log), name=source.name)
        for source in sources
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join()


def log(source: Source, counts: Counts) -> None:
    logger.info(line("source_read", source=source.name, **asdict(counts)))

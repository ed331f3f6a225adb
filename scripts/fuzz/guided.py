"""The same checks, led by coverage: an input that reaches new lines of the decoder is bred on.

It needs atheris, which is not locked with the rest as it has no wheels for every platform:
`.venv/bin/uv pip install atheris`, then `.venv/bin/python -m scripts.fuzz.guided FOLDER` with the
options of libFuzzer, such as -max_total_time=600. FOLDER keeps what was bred. The decoder only: the
database is too slow to be led, and is asked once, for the mappings.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ingest", "jmespath"], exclude=["ingest.store"]):
    from ingest.wire import Packet
    from scripts.fuzz.run import STATEMENTS, decoded

from db.connection import connect
from db.migrate import upgrade
from ingest.catalog import Catalog
from ingest.store import Store
from scripts.fuzz.__main__ import database
from scripts.fuzz.corpus import SEEDS, dated

HOMES = sorted({topic for topic, _ in SEEDS})
RETAINED = 128


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    for number, (topic, text) in enumerate(SEEDS):
        payload = dated(text, datetime.now(UTC)).encode()
        (folder / f"seed-{number}").write_bytes(bytes([HOMES.index(topic)]) + payload)
    catalog = catalog_of_fuzzing()

    def one(data: bytes) -> None:
        if data:
            topic = HOMES[data[0] % RETAINED % len(HOMES)].encode()
            decoded(Packet(topic, data[1:], 1, 1, data[0] >= RETAINED), catalog)

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


def catalog_of_fuzzing() -> Catalog:
    with database() as url:
        upgrade(url, plain=True)
        with connect(url, autocommit=True) as connection:
            connection.execute(STATEMENTS["plant"])
        store = Store(url, "fuzz")
        try:
            return store.load_catalog()
        finally:
            store.close()


if __name__ == "__main__":
    main()

"""One history by MQTT, by API and by file, in any order and overlapping: the same tables."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from lotwatt import main
from tests.integration.ingest.conftest import STATEMENTS, Loader, Mosquitto, Plant
from tests.reset import Pristine, reset
from tests.sql.builders import settle
from tests.waiting import wait_until

pytestmark = pytest.mark.native


class Row(NamedTuple):
    """What the machine m1 said in one minute: power, temperature, and the lot on it."""

    at: datetime
    power: float
    temperature: float | None
    lot: str | None


def history(plant: Plant) -> list[Row]:
    """90 minutes with a lot from the 10th to the 40th, a gap, and a temperature that is missing."""
    return [
        Row(plant.at + timedelta(minutes=n), 5 + n % 11 / 4, None if n % 9 == 5 else 150 + n % 5,
            "L1" if 10 <= n < 40 else None)
        for n in range(90) if not 50 <= n < 70
    ]  # fmt: skip


def by_mqtt(plant: Plant, mosquitto: Mosquitto, loader: Loader, rows: list[Row]) -> None:
    messages = []
    for row in rows:
        values = {"power": row.power, "t": row.temperature}
        said = {name: value for name, value in values.items() if value is not None}
        payload = {"time": row.at.isoformat(), "lot": row.lot, "values": said}
        messages.append(("plant/l/m1", json.dumps(payload).encode()))
    loader.start().wait_connected()
    mosquitto.publish(messages)
    wait_until(lambda: plant.rows("ledger_sum")[0][0] == len(messages))
    assert loader.terminate() == 0


def by_file(plant: Plant, folder: Path, rows: list[Row]) -> None:
    """As a spreadsheet in Madrid writes it."""
    path = folder / "m1.csv"
    lines = ["Momento;kW;°C;Lote"]
    for row in rows:
        temperature = "" if row.temperature is None else f"{row.temperature:.1f}".replace(".", ",")
        power = f"{row.power:.2f}".replace(".", ",")
        local = row.at.astimezone().isoformat()
        lines.append(f"{local};{power};{temperature};{row.lot or ''}")
    path.write_text("\n".join(lines), encoding="latin-1")
    result = CliRunner().invoke(main, [
        "ingest", "file", str(path), "--decimal", ",", "--map", "kW=m1.power", "--map", "°C=m1.t",
        "--lot", "Lote", "--database-url", plant.url,
    ])  # fmt: skip
    assert result.exit_code == 0, result.output


@pytest.fixture
def answers() -> Iterator[tuple[str, list[Any]]]:
    """A server, and the list that it answers."""
    rows: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(rows).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", rows
    server.shutdown()
    server.server_close()
    thread.join()


def by_api(plant: Plant, folder: Path, server: tuple[str, list[Any]], rows: list[Row]) -> None:
    url, answer = server
    answer[:] = [
        {"at": row.at.timestamp(), "lot": row.lot, "now": {"power": row.power}
         | ({} if row.temperature is None else {"t": row.temperature})}
        for row in rows
    ]  # fmt: skip
    config = folder / "sources.toml"
    config.write_text(
        f'[[source]]\nname = "mes"\nurl = "{url}"\n'
        'decode = {sensor_topic = "plant/l/m1/{field}",'
        ' value_path = "now", time_path = "at", lot_path = "lot"}\n'
    )
    result = CliRunner().invoke(main, [
        "ingest", "api", "--config", str(config), "--once", "--database-url", plant.url,
    ])  # fmt: skip
    assert result.exit_code == 0, result.output


def tables(plant: Plant) -> dict[str, list[tuple[Any, ...]]]:
    settle(plant.connection)
    return {name: plant.rows(name) for name in ("readings", "claims", "runs", "slices")}


@pytest.mark.parametrize("order", list(permutations("maf"))[::2], ids="".join)
def test_any_order(
    plant: Plant,
    mosquitto: Mosquitto,
    loader: Loader,
    answers: tuple[str, list[Any]],
    native_pristine: Pristine,
    tmp_path: Path,
    order: tuple[str, ...],
) -> None:
    rows = history(plant)
    ways: dict[str, Callable[[list[Row]], None]] = {
        "m": lambda part: by_mqtt(plant, mosquitto, loader, part),
        "a": lambda part: by_api(plant, tmp_path, answers, part),
        "f": lambda part: by_file(plant, tmp_path, part),
    }
    for way, part in zip(order, (rows[40:], rows[:50], rows[20:60]), strict=True):
        ways[way](part)
    found = tables(plant)
    assert plant.rows("conflicts") == plant.rows("quarantine") == []
    # The same by one way alone, in one piece and in order.
    reset(plant.connection, native_pristine)
    plant.connection.execute(STATEMENTS["plant"])
    ways["f"](rows)
    assert tables(plant) == found
    assert found["readings"] == sorted(
        [("plant/l/m1/power", row.at, row.power) for row in rows]
        + [("plant/l/m1/t", row.at, row.temperature) for row in rows if row.temperature]
    )
    assert found["runs"] == [
        ("m1", "L1", rows[10].at, rows[40].at, "payload"),
    ]

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


class Happened(NamedTuple):
    """What the machine m2 said of its lots."""

    at: datetime
    event: str
    lot: str
    good: float | None


def events(plant: Plant) -> list[Happened]:
    """Two lots; the first is ended by the start of the second, and stopped after that."""
    said = [(5, "start", "L2", None), (30, "start", "L3", None), (31, "stop", "L2", 12.0),
            (60, "stop", "L3", 7.0)]  # fmt: skip
    return [Happened(plant.at + timedelta(minutes=n), *rest) for n, *rest in said]


def by_mqtt(
    plant: Plant, mosquitto: Mosquitto, loader: Loader, rows: list[Row], told: list[Happened]
) -> None:
    messages = [
        ("plant/l/m2/lot", json.dumps({
            "event": each.event, "lot": each.lot, "time": each.at.isoformat(), "good": each.good,
        }).encode())
        for each in told
    ]  # fmt: skip
    for row in rows:
        values = {"power": row.power, "t": row.temperature}
        said = {name: value for name, value in values.items() if value is not None}
        payload = {"time": row.at.isoformat(), "lot": row.lot, "values": said}
        messages.append(("plant/l/m1", json.dumps(payload).encode()))
    loader.start().wait_connected()
    mosquitto.publish(messages)
    wait_until(lambda: plant.rows("ledger_sum")[0][0] == len(messages))
    assert loader.terminate() == 0


def by_file(plant: Plant, folder: Path, rows: list[Row], told: list[Happened]) -> None:
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
    path = folder / "lots.csv"
    path.write_text("event,lot,machine,time,good\n" + "".join(
        f"{each.event},{each.lot},m2,{each.at.isoformat()},{each.good or ''}\n" for each in told
    ))  # fmt: skip
    result = CliRunner().invoke(main, [
        "ingest", "orders", str(path), "--events", "--database-url", plant.url,
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


def by_api(
    plant: Plant, folder: Path, server: tuple[str, list[Any]], rows: list[Row],
    told: list[Happened],
) -> None:  # fmt: skip
    url, answer = server
    values = [
        {"at": row.at.timestamp(), "lot": row.lot, "now": {"power": row.power}
         | ({} if row.temperature is None else {"t": row.temperature})}
        for row in rows
    ]  # fmt: skip
    lots = [
        {"at": each.at.isoformat(), "what": each.event, "lot": each.lot, "good": each.good}
        for each in told
    ]
    answer[:] = [{"values": values, "lots": lots}]
    config = folder / "sources.toml"
    config.write_text(
        f'[[source]]\nname = "values"\nurl = "{url}"\n'
        'decode = {records_path = "[0].values", sensor_topic = "plant/l/m1/{field}",'
        ' value_path = "now", time_path = "at", lot_path = "lot"}\n'
        f'[[source]]\nname = "lots"\nurl = "{url}"\nkind = "events"\n'
        'decode = {records_path = "[0].lots", machine_topic = "plant/l/m2", event_path = "what",'
        ' lot_path = "lot", good_path = "good", time_path = "at"}\n'
    )
    result = CliRunner().invoke(main, [
        "ingest", "api", "--config", str(config), "--once", "--database-url", plant.url,
    ])  # fmt: skip
    assert result.exit_code == 0, result.output


def tables(plant: Plant) -> dict[str, list[tuple[Any, ...]]]:
    settle(plant.connection)
    return {name: plant.rows(name) for name in ("readings", "claims", "runs", "slices", "events")}


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
    told = events(plant)
    ways: dict[str, Callable[[list[Row], list[Happened]], None]] = {
        "m": lambda part, said: by_mqtt(plant, mosquitto, loader, part, said),
        "a": lambda part, said: by_api(plant, tmp_path, answers, part, said),
        "f": lambda part, said: by_file(plant, tmp_path, part, said),
    }
    parts = ((rows[40:], told[2:]), (rows[:50], told[:3]), (rows[20:60], told[1:2]))
    for way, (part, said) in zip(order, parts, strict=True):
        ways[way](part, said)
    found = tables(plant)
    assert plant.rows("conflicts") == plant.rows("quarantine") == []
    # The same by one way alone, in one piece and in order.
    reset(plant.connection, native_pristine)
    plant.connection.execute(STATEMENTS["plant"])
    ways["f"](rows, told)
    assert tables(plant) == found
    assert found["readings"] == sorted(
        [("plant/l/m1/power", row.at, row.power) for row in rows]
        + [("plant/l/m1/t", row.at, row.temperature) for row in rows if row.temperature]
    )
    assert found["runs"] == [
        ("m1", "L1", rows[10].at, rows[40].at, "payload"),
        ("m2", "L2", told[0].at, told[1].at, "event"),
        ("m2", "L3", told[1].at, told[3].at, "event"),
    ]

"""The plant's own API: a real server that pages, throttles, fails, lies and is cut off."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from db.statements import ROOT
from lotwatt import main
from tests.integration.ingest.conftest import Plant
from tests.waiting import wait_until

pytestmark = pytest.mark.native

POWER = "plant/l/m1/power"
TOKEN = "a-token-that-nobody-may-see"
AT = datetime(2026, 1, 5, tzinfo=UTC)
Rows = list[dict[str, Any]]
Trouble = Callable[["Handler"], bool]


@dataclass
class Api:
    """What the server knows, how it answers, and what it was asked."""

    port: int = 0
    rows: Rows = field(default_factory=list)
    size: int = 10
    paging: str = "cursor"
    troubles: list[Trouble] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    tokens: Counter[str] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/values"

    def say(self, minute: int, value: float, tag: str = "power") -> None:
        at = AT + timedelta(minutes=minute)
        self.rows.append({"time": at.isoformat(), "tag": tag, "value": value})


class Handler(BaseHTTPRequestHandler):
    api: Api

    def do_GET(self) -> None:
        api = self.api
        query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        api.asked.append(query)
        api.tokens[self.headers.get("Authorization", "")] += 1
        if api.troubles and not api.troubles.pop(0)(self):
            return
        since = query.get("from", "")
        found = [row for row in api.rows if row["time"][:19] >= since[:19]]
        start = int(query.get("cursor") or query.get("offset") or 0)
        if "page" in query:
            start = (int(query["page"]) - 1) * api.size
        page = found[start : start + api.size]
        more = start + api.size < len(found)
        after = str(start + api.size) if more else None
        document: dict[str, Any] = {"data": page}
        headers = {}
        if api.paging == "cursor":
            document["next"] = after
        elif api.paging == "next":
            document["next"] = after and f"/v1/values?from={since}&cursor={after}"
        elif api.paging == "link" and more:
            headers["Link"] = f'<{api.url}?from={since}&cursor={after}>; rel="next"'
        self.answer(200, json.dumps(document).encode(), **headers)

    def answer(
        self, status: int, body: bytes = b"", length: int | None = None, **headers: str
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def api() -> Iterator[Api]:
    found = Api()
    handler = type("OwnHandler", (Handler,), {"api": found})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def status(code: int, **headers: str) -> Trouble:
    def trouble(handler: Handler) -> bool:
        handler.answer(code, b"", **headers)
        return False

    return trouble


def cut(handler: Handler) -> bool:
    """Half of a body, and then the end of the connection."""
    handler.answer(200, b'{"data": [{"time": "2026-01-05T00:00:', length=5000)
    handler.close_connection = True
    return False


def half_without_length(handler: Handler) -> bool:
    handler.answer(200, b'{"data": [')
    return False


def hang(handler: Handler) -> bool:
    time.sleep(0.5)
    return False


def well(_: Handler) -> bool:
    return True


def declare(
    folder: Path, api: Api, more: str = "", paging: str | None = None, **changes: str
) -> Path:
    secret = folder / "token"
    secret.write_text(TOKEN)
    secret.chmod(0o600)
    said = {
        "name": '"mes"', "url": f'"{api.url}"', "start": "2026-01-05T00:00:00Z",
        "parameters": '{from = "{since}", to = "{until}"}', "timeout": '"200ms"',
        "backoff": '"1ms"', "every": '"50ms"', "overlap": '"30m"',
        "auth": f'{{kind = "bearer", token_file = "{secret}"}}',
        "paging": paging or '{kind = "cursor", next = "next"}',
        "decode": '{records_path = "data", sensor_topic = "plant/l/m1/{tag}",'
        ' value_path = "value", time_path = "time"}',
    } | changes  # fmt: skip
    path = folder / "sources.toml"
    path.write_text("[[source]]\n" + "".join(f"{k} = {v}\n" for k, v in said.items()) + more)
    return path


def read(plant: Plant, config: Path, *options: str) -> Result:
    return CliRunner().invoke(main, [
        "ingest", "api", "--config", str(config), "--database-url", plant.url, *options,
    ])  # fmt: skip


def once(plant: Plant, config: Path) -> str:
    result = read(plant, config, "--once")
    assert result.exit_code == 0, result.output
    assert TOKEN not in result.output
    return result.output


def truth(api: Api) -> list[tuple[str, datetime, float]]:
    last = {(f"plant/l/m1/{row['tag']}", row["time"]): row["value"] for row in api.rows}
    return sorted((topic, datetime.fromisoformat(at), value) for (topic, at), value in last.items())


PAGINGS = {
    "cursor": '{kind = "cursor", next = "next"}',
    "next": '{kind = "next", next = "next"}',
    "link": '{kind = "link"}',
    "offset": '{kind = "offset", limit = 10}',
    "page": '{kind = "page", limit = 10, limit_parameter = "size"}',
}


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("count", [0, 10, 35])
def test_every_way_of_paging(
    plant: Plant, api: Api, tmp_path: Path, paging: str, count: int
) -> None:
    api.paging = paging
    for minute in range(count):
        api.say(minute, minute / 2)
    once(plant, declare(tmp_path, api, paging=PAGINGS[paging]))
    assert plant.rows("readings") == truth(api)
    assert set(api.tokens) == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("paging", ["offset", "page"])
def test_a_server_with_smaller_pages_than_were_asked_for(
    plant: Plant, api: Api, tmp_path: Path, paging: str
) -> None:
    for minute in range(25):
        api.say(minute, minute)
    api.paging = paging
    wanted = PAGINGS[paging].replace("limit = 10", "limit = 200")
    once(plant, declare(tmp_path, api, paging=wanted))
    assert plant.rows("readings") == truth(api)


def test_what_the_address_itself_asks_for_is_asked(plant: Plant, api: Api, tmp_path: Path) -> None:
    api.say(0, 1)
    once(plant, declare(tmp_path, api, url=f'"{api.url}?plant=1"'))
    assert {query["plant"] for query in api.asked} == {"1"}
    assert all("from" in query for query in api.asked)


def test_a_cursor_that_keeps_its_meaning_is_gone_on_from(
    plant: Plant, api: Api, tmp_path: Path
) -> None:
    config = declare(
        tmp_path, api, paging='{kind = "cursor", next = "next", resume = true}', parameters="{}"
    )
    for minute in range(25):
        api.say(minute, minute)
    once(plant, config)
    api.say(25, 25)
    api.asked.clear()
    assert "1 stored, 5 were there" in once(plant, config)
    assert api.asked == [{"cursor": "20"}]
    assert plant.rows("readings") == truth(api)


def test_a_body_that_drips_is_given_up(plant: Plant, api: Api, tmp_path: Path) -> None:
    def drip(handler: Handler) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        with suppress(OSError):
            for _ in range(20):
                handler.wfile.write(b" ")
                time.sleep(0.05)
        return False

    api.say(0, 1)
    api.troubles = [drip]
    assert "1 stored" in once(plant, declare(tmp_path, api))


def test_what_passes_is_waited_for(plant: Plant, api: Api, tmp_path: Path) -> None:
    for minute in range(60):
        api.say(minute, minute)
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    api.troubles = [
        status(429, Retry_After="0"), well, hang, status(500), cut, well, half_without_length,
        status(503, Retry_After=date), well, status(502), cut, cut,
    ]  # fmt: skip
    output = once(plant, declare(tmp_path, api))
    assert "60 stored, 0 were there, 0 conflict, 0 quarantined" in output
    assert plant.rows("readings") == truth(api)
    assert not api.troubles


def test_retry_after_is_respected(plant: Plant, api: Api, tmp_path: Path) -> None:
    api.say(0, 1)
    api.troubles = [status(429, Retry_After="1")]
    started_at = time.monotonic()
    once(plant, declare(tmp_path, api))
    assert time.monotonic() - started_at >= 1
    api.troubles = [status(429, Retry_After="7200")]
    result = read(plant, declare(tmp_path, api), "--once")
    assert result.exit_code == 1
    assert "asks to wait 7200 s" in result.output


def test_only_what_is_new_is_asked_for_and_a_little_before_it(
    plant: Plant, api: Api, tmp_path: Path
) -> None:
    config = declare(tmp_path, api)
    for minute in range(120):
        api.say(minute, minute)
    once(plant, config)
    api.say(120, 120)
    api.asked.clear()
    assert "1 stored, 31 were there" in once(plant, config)
    assert {query["from"] for query in api.asked} == {"2026-01-05T01:29:00.000Z"}
    assert plant.rows("cursors")[0][1]["newest"] == "2026-01-05T02:00:00+00:00"


def test_late_and_changed_rows_within_the_overlap(plant: Plant, api: Api, tmp_path: Path) -> None:
    config = declare(tmp_path, api)
    for minute in range(0, 100, 2):
        api.say(minute, minute)
    once(plant, config)
    api.say(71, 7.1)
    api.rows[45]["value"] = 4.5
    once(plant, config)
    once(plant, config)
    assert plant.rows("readings") == truth(api)
    assert plant.rows("changes") == [(90.0, 4.5, "api:mes")]
    assert plant.rows("conflicts") == []


def test_a_source_that_does_not_know_better_contradicts(
    plant: Plant, api: Api, tmp_path: Path
) -> None:
    config = declare(tmp_path, api, corrects="false")
    api.say(0, 1)
    once(plant, config)
    api.rows[0]["value"] = 2
    assert "1 conflict" in once(plant, config)
    assert plant.rows("readings") == [(POWER, AT, 1.0)]


def test_a_long_past_is_read_window_by_window(plant: Plant, api: Api, tmp_path: Path) -> None:
    api.size = 1000
    api.say(0, 1)
    api.say(60 * 24 * 40, 2)
    once(plant, declare(tmp_path, api, window='"7d"'))
    assert plant.rows("readings") == truth(api)
    starts = [query["from"][:10] for query in api.asked]
    assert starts[:3] == ["2026-01-05", "2026-01-12", "2026-01-19"]


def test_bad_records_are_kept_and_good_ones_stored(plant: Plant, api: Api, tmp_path: Path) -> None:
    api.say(0, 1)
    api.rows.append({"time": "yesterday", "tag": "power", "value": 2})
    api.rows.append({"time": AT.isoformat(), "value": 3})
    assert "1 stored, 0 were there, 0 conflict, 2 quarantined" in once(
        plant, declare(tmp_path, api)
    )
    reasons = [(reason, topic) for reason, topic, *_ in plant.rows("quarantine")]
    assert reasons == [("name_missing", "api/mes"), ("time_type", "api/mes")]
    assert ("api:mes", 0, 3, 1, 0, 0, 2, 0) in plant.rows("ledger")


def test_lot_events(plant: Plant, api: Api, tmp_path: Path) -> None:
    for minute, word, lot in ((0, "BEGIN", 4711), (30, "END", 4711), (31, "PAUSE", 4711)):
        at = AT + timedelta(minutes=minute)
        api.rows.append({"time": at.isoformat(), "m": "m1", "what": word, "lot": lot, "good": 5})
    config = declare(
        tmp_path, api, kind='"events"',
        decode='{records_path = "data", machine_topic = "plant/l/{m}", event_path = "what",'
        ' events = {BEGIN = "start", END = "stop"}, lot_path = "lot", good_path = "good",'
        ' time_path = "time"}',
    )  # fmt: skip
    assert "2 stored, 0 were there, 0 conflict, 1 quarantined" in once(plant, config)
    assert plant.rows("events") == [
        ("m1", "start", "4711", AT, None, None, 5.0, None),
        ("m1", "stop", "4711", AT + timedelta(minutes=30), None, None, 5.0, None),
    ]


def test_orders_that_change_and_go(plant: Plant, api: Api, tmp_path: Path) -> None:
    def say(key: int, start: int, end: int) -> None:
        times = [(AT + timedelta(minutes=minute)).isoformat() for minute in (start, end)]
        api.rows.append({"id": key, "lot": f"L{key}", "m": "m1", "time": times[0], "end": times[1]})

    config = declare(
        tmp_path, api, kind='"orders"', complete="true", overlap='"14d"',
        decode='{records_path = "data", key_path = "id", lot_path = "lot", machine_path = "m",'
        ' start_path = "time", end_path = "end"}',
    )  # fmt: skip
    for number in range(12):
        say(number, 60 * number, 60 * number + 30)
    assert "12 stored" in once(plant, config)
    api.rows[11]["end"] = (AT + timedelta(hours=13)).isoformat()
    del api.rows[3]
    assert "1 stored, 10 were there" in once(plant, config)
    assert [lot for _, lot, *_ in plant.rows("runs")] == [f"L{n}" for n in range(12) if n != 3]
    assert plant.rows("runs")[-1][3] == AT + timedelta(hours=13)


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ([status(401)], "mes at http://127.0.0.1:PORT/v1/values answered 401 Unauthorized"),
        ([status(404)], "answered 404 Not Found"),
        ([status(302, Location="http://evil.example/x?key=1")], "to http://evil.example/x"),
        ([status(500)] * 6, "answered 500 Internal Server Error, 6 times in a row"),
        ([hang] * 6, "did not answer in 0.2 s, 6 times in a row"),
    ],
)
def test_what_does_not_pass_is_said(
    plant: Plant, api: Api, tmp_path: Path, trouble: list[Trouble], sentence: str
) -> None:
    api.say(0, 1)
    api.troubles = list(trouble)
    result = read(plant, declare(tmp_path, api), "--once")
    assert result.exit_code == 1
    assert sentence.replace("PORT", str(api.port)) in result.output
    assert TOKEN not in result.output
    assert "key=1" not in result.output
    assert plant.rows("cursors") == []


def test_answers_that_are_not_as_declared(plant: Plant, api: Api, tmp_path: Path) -> None:
    def said(document: object) -> Trouble:
        return lambda handler: bool(handler.answer(200, json.dumps(document).encode()))

    for document, sentence in (
        ({"rows": []}, "nothing at data"),
        ({"data": [{"x": "y" * 2000}]}, "more than 1500 bytes"),
    ):
        api.troubles = [said(document)] * 3
        result = read(plant, declare(tmp_path, api, max_bytes="1500"), "--once")
        assert result.exit_code == 1
        assert sentence in result.output
    api.paging = "next"
    api.troubles = [said({"data": [], "next": "http://evil.example/"})]
    result = read(plant, declare(tmp_path, api, paging=PAGINGS["next"]), "--once")
    assert "its next page is on another host, evil.example" in result.output
    api.troubles = [said({"data": [], "next": "/v1/values"})] * 3
    result = read(plant, declare(tmp_path, api, paging=PAGINGS["next"]), "--once")
    assert "its pages go in a circle" in result.output


@pytest.mark.parametrize("pages", [1, 3, 5])
def test_killed_in_a_round(plant: Plant, api: Api, tmp_path: Path, pages: int) -> None:
    """kill -9 while it waits for a page: the next one reads the round again, and loses nothing."""
    for minute in range(60):
        api.say(minute, minute)
    reached = threading.Event()

    def stand_still(handler: Handler) -> bool:
        reached.set()
        time.sleep(5)
        return False

    config = declare(tmp_path, api, timeout='"10s"')
    api.troubles = [*[well] * pages, stand_still]
    command = [sys.executable, "-m", "lotwatt", "ingest", "api", "--config", str(config), "--once",
               "--database-url", plant.url]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert reached.wait(20)
    wait_until(lambda: len(plant.rows("readings")) == 10 * pages)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert plant.rows("cursors") == []
    assert f"{60 - 10 * pages} stored, {10 * pages} were there" in once(plant, config)
    assert plant.rows("readings") == truth(api)
    assert plant.rows("cursors")[0][1]["newest"] == "2026-01-05T00:59:00+00:00"


def test_it_follows_until_it_is_told_to_stop(plant: Plant, api: Api, tmp_path: Path) -> None:
    """A source that fails holds up no other, and comes back by itself."""
    config = declare(
        tmp_path, api,
        '[[source]]\nname = "dead"\nurl = "http://127.0.0.1:9/x"\nattempts = 1\nevery = "50ms"\n'
        'decode = {sensor_topic = "{tag}", time_path = "t"}\n',
    )  # fmt: skip
    api.say(0, 1)
    command = [sys.executable, "-m", "lotwatt", "ingest", "api", "--config", str(config),
               "--database-url", plant.url]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: plant.rows("readings") == truth(api))
        api.troubles = [status(500)] * 8
        api.say(1, 2)
        wait_until(lambda: plant.rows("readings") == truth(api))
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert b"source_failed source=dead" in said
    assert b"event=source_waits source=mes" in said
    assert TOKEN.encode() not in said


def test_a_dry_run_stores_nothing(plant: Plant, api: Api, tmp_path: Path) -> None:
    api.say(0, 158.5)
    api.rows.append({"time": "x", "tag": "power", "value": 1})
    output = read(plant, declare(tmp_path, api), "--dry-run").output
    assert "plant/l/m1/power  158.5" in output
    assert "time_type" in output
    assert plant.rows("readings") == plant.rows("quarantine") == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"url": '"ftp://x"'}, "its url is no address"),
        ({"url": '"http://me:secret@x/"'}, "its url holds a login"),
        ({"kind": '"weather"'}, "its kind is weather; it can be readings, events, orders"),
        ({"colour": "1"}, "it says colour; known are"),
        ({"every": '"often"'}, "its every: interval often is none such as 15m"),
        ({"start": "2026-01-01"}, "its start is no time with a zone"),
        ({"auth": '{kind = "bearer"}'}, "has no token_file and no token_env"),
        ({"auth": '{kind = "basic", user = "x", password_env = "NOT_SET_HERE"}'}, "is not set"),
        ({"paging": '{kind = "page"}'}, "needs its limit"),
        ({"paging": '{kind = "link", limit = 3}'}, "paging by link knows no limit"),
        ({"paging": '{kind = "next"}'}, "it has no next"),
        ({"decode": '{time_path = "t"}'}, "its decode has no sensor_topic"),
        ({"decode": '{time_path = "t", sensor_topic = "{a", value_path = "]"}'}, "its decode: "),
        ({"decode": '{time = "t"}'}, "its decode says time; for readings it knows"),
        ({"max_bytes": '"many"'}, "source mes"),
        (
            {"complete": "true", "paging": '{kind = "cursor", next = "n", resume = true}'},
            "complete and resume exclude each other",
        ),
    ],
)
def test_a_declaration_that_cannot_be(
    plant: Plant, api: Api, tmp_path: Path, changes: dict[str, str], sentence: str
) -> None:
    result = read(plant, declare(tmp_path, api, **changes), "--once")
    assert result.exit_code == 1
    assert sentence in result.output
    assert "secret@" not in result.output


def test_a_token_that_others_can_read_is_refused(plant: Plant, api: Api, tmp_path: Path) -> None:
    config = declare(tmp_path, api)
    (tmp_path / "token").chmod(0o644)
    assert "is open to others" in read(plant, config, "--once").output

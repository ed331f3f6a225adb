"""`make grafana-check`: what it says where Grafana is not as it should be, and of a real one.

Answers of a server that is no Grafana show how failures are told. A Grafana itself is asked where
GRAFANA_URL names one: no registry of this project's tools has it.
"""

import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from grafana.alerts.rules import RULES
from grafana.boards.write import BOARDS
from grafana.check.__main__ import main
from grafana.check.alerts import shipped

WELL = {"/api/health": (200, {"version": "9.3.2", "database": "ok"})}


class Answers(BaseHTTPRequestHandler):
    """What each path answers: a status and a document, or text that is no JSON."""

    given: dict[str, tuple[int, Any]]

    def answer(self) -> None:
        length = int(self.headers.get("content-length", 0))
        self.rfile.read(length)
        status, document = self.given.get(self.path.partition("?")[0], (404, {"message": "gone"}))
        body = (document if isinstance(document, str) else json.dumps(document)).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    Answers.given = dict(WELL)
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as found:
        Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


def check(url: str, **environment: str) -> Result:
    names = ("GRAFANA_URL", "GRAFANA_TOKEN", "GRAFANA_USER", "GRAFANA_PASSWORD")
    wanted: dict[str, str | None] = dict.fromkeys(names)
    return CliRunner().invoke(main, ["--url", url], env=wanted | environment)


def address(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"/api/health": (200, {"version": "8.5", "database": "ok"})}, "FAIL  server: Grafana 8.5"),
        ({"/api/health": (200, "<html>hello</html>")}, "Is that a Grafana?"),
        ({"/api/health": (200, {"status": "up"})}, "does not say its version"),
        ({"/api/ds/query": (401, {"message": "invalid password"})}, "refuses the login"),
        ({"/api/ds/query": (502, "<html>bad gateway</html>")}, "502"),
        (
            {"/api/ds/query": (400, {"results": {"A": {"error": "db query error: no route"}}})},
            "FAIL  datasource: db query error: no route",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_a_sentence(
    server: ThreadingHTTPServer, given: dict[str, Any], told: str
) -> None:
    Answers.given |= given
    found = check(address(server), GRAFANA_PASSWORD="x")
    assert told in found.output
    assert found.exit_code == 1
    assert "Traceback" not in found.output


def test_nobody_there_and_no_login(server: ThreadingHTTPServer) -> None:
    assert "no login of Grafana is named" in check(address(server)).output
    server.server_close()
    found = check(address(server), GRAFANA_PASSWORD="x")
    assert "cannot reach" in found.output
    assert found.exit_code == 1


def test_every_rule_that_is_written_is_looked_for() -> None:
    assert set(shipped()) == {rule.uid for rule in RULES}


@pytest.mark.skipif(not os.environ.get("GRAFANA_URL"), reason="GRAFANA_URL names no Grafana")
def test_a_running_grafana_has_all_that_is_shipped() -> None:
    found = CliRunner().invoke(main, [])
    assert found.exit_code == 0, found.output
    for name in BOARDS:
        assert f"OK    board lotwatt-{name}:" in found.output

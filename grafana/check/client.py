"""A running Grafana, asked by its HTTP API. What goes wrong is said in sentences."""

import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from db.errors import LotwattError
from grafana.boards.model import DATASOURCE
from grafana.report.macros import Span, interval_for

TIMEOUT_S = 60.0
# How wide a panel is, for $__interval.
POINTS = 1000

Json = dict[str, Any]


class GrafanaError(LotwattError):
    """Grafana is not reached, lets nobody in, or is something else."""


class QueryError(LotwattError):
    """A query that Grafana, or the database behind it, refused."""


@dataclass(frozen=True, slots=True)
class Login:
    """A service account's token, or else a user with a password."""

    user: str = ""
    password: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query returned: the columns of all its frames by name, and how long Grafana took."""

    columns: Mapping[str, Sequence[Any]]
    duration_s: float

    @property
    def count(self) -> int:
        return max((len(values) for values in self.columns.values()), default=0)


class Grafana:
    """Each call raises GrafanaError where there is no answer that can be used."""

    def __init__(self, url: str, login: Login, *, authority: Path | None = None) -> None:
        self.url = url.rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise GrafanaError(
                f"{url} is no address of a Grafana", hint="Write it as https://plant.example:3000."
            )
        headers = {"authorization": f"Bearer {login.token}"} if login.token else {}
        auth = httpx.BasicAuth(login.user, login.password) if not login.token else None
        self._client = httpx.Client(
            auth=auth, headers=headers, timeout=TIMEOUT_S, verify=trusted(authority)
        )

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, **parameters: str) -> Any:
        """The document at a path; None where there is none (404)."""
        response = self._send("GET", path, params=parameters)
        if response.status_code == 404:
            return None
        return self._document(response)

    def ask(self, sql: str, form: str, span: Span) -> Answer:
        """Run a statement by the shipped datasource; Grafana expands its macros.

        Raises QueryError where it is refused.
        """
        interval_ms = round(interval_for(span, POINTS).total_seconds() * 1000)
        query = {
            "refId": "A", "datasource": DATASOURCE, "rawSql": sql, "format": form,
            "intervalMs": interval_ms, "maxDataPoints": POINTS,
        }  # fmt: skip
        ends = {"from": epoch_ms(span.begin), "to": epoch_ms(span.end)}
        response = self._send("POST", "/api/ds/query", json={"queries": [query], **ends})
        document = self._document(response, refused=(400, 404, 500))
        result = document.get("results", {}).get("A") if isinstance(document, dict) else None
        if not isinstance(result, dict):
            raise QueryError(message_of(document) or f"no result (HTTP {response.status_code})")
        if said := result.get("error"):
            raise QueryError(str(said))
        return Answer(columns(result.get("frames") or []), response.elapsed.total_seconds())

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._client.request(method, self.url + path, **options)
        except httpx.TimeoutException:
            raise GrafanaError(f"{self.url} did not answer {path} in {TIMEOUT_S:.0f} s") from None
        except httpx.InvalidURL as error:
            raise GrafanaError(f"{self.url} is no address of a Grafana: {error}") from None
        except httpx.HTTPError as error:
            hint = "Check GRAFANA_URL, and that Grafana runs."
            if "certificate" in str(error).lower():
                hint = "Name the authority that signed Grafana's certificate: GRAFANA_CA=ca.pem."
            reason = str(error) or type(error).__name__
            raise GrafanaError(f"cannot reach {self.url}: {reason}", hint=hint) from None

    def _document(self, response: httpx.Response, *, refused: Sequence[int] = ()) -> Any:
        path = response.request.url.path
        try:
            document = response.json()
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise GrafanaError(
                f"{self.url} answers {path} with HTTP {response.status_code} and no JSON",
                hint="Is that a Grafana? Give its address with the path below which it is served.",
            ) from None
        if response.status_code in (401, 403):
            raise GrafanaError(
                f"Grafana refuses the login at {path}: {message_of(document)}",
                hint="Set GRAFANA_TOKEN, or GRAFANA_USER and GRAFANA_PASSWORD.",
            )
        if not response.is_success and response.status_code not in refused:
            raise GrafanaError(
                f"Grafana answers {path} with HTTP {response.status_code}: {message_of(document)}"
            )
        return document


def trusted(authority: Path | None) -> ssl.SSLContext | bool:
    """What Grafana's certificate is checked against: the system's authorities, or this one."""
    if authority is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(authority))
    except OSError as error:
        reason = error.strerror or "it holds no certificate"
        raise GrafanaError(f"cannot read the authority {authority}: {reason}") from None


def message_of(document: Any) -> str:
    return str(document.get("message", "")) if isinstance(document, dict) else ""


def columns(frames: Sequence[Json]) -> dict[str, Sequence[Any]]:
    """Columns by their names; series of one statement come as frames, each with its columns."""
    found: dict[str, Sequence[Any]] = {}
    for place, frame in enumerate(frames):
        values = frame.get("data", {}).get("values") or []
        names = [field["name"] for field in frame.get("schema", {}).get("fields", ())]
        for name, column in zip(names, values, strict=False):
            found[name if place == 0 else f"{name} of {place}"] = column
    return found


def epoch_ms(moment: Any) -> str:
    return str(round(moment.timestamp() * 1000))

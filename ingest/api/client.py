"""Asking a source over HTTP: patient with what passes, clear about what does not, and discreet."""

import email.utils
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

import httpx
import orjson

from db.version import VERSION
from ingest.api.source import Source
from ingest.errors import IngestError
from ingest.log import line

# Answers after which the same question may be asked again.
PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))
LONGEST_BACKOFF_S = 60.0
# Who asks for more patience is asked again at the next round.
LONGEST_WAIT_S = 300.0

logger = logging.getLogger(__name__)


class SourceError(IngestError):
    """A source cannot be read now, or not as it is declared."""


class NotFoundError(SourceError):
    """There is nothing at an address, or no such page."""


class Client:
    """One source's connections. `wait` sleeps, and says whether to go on."""

    def __init__(self, source: Source, wait: Callable[[float], bool]) -> None:
        self._source = source
        self._wait = wait
        self._asked_at = 0.0
        self._http = httpx.Client(
            headers={"Accept": "application/json", "User-Agent": f"lotwatt/{VERSION}",
                     **source.headers},
            auth=source.auth, timeout=source.timeout_s, follow_redirects=False,
        )  # fmt: skip

    def close(self) -> None:
        self._http.close()

    def get(self, url: str, parameters: Mapping[str, str]) -> tuple[object, httpx.Response]:
        """The document at an address, and the answer that it came in. Raises SourceError."""
        backoff_s = self._source.backoff_s
        for attempt in range(1, self._source.attempts + 1):
            self._pause()
            wait_s = backoff_s * random.uniform(0.5, 1.0)
            try:
                return self._ask(url, parameters)
            except PassingError as passing:
                if attempt == self._source.attempts:
                    raise SourceError(f"{passing}, {attempt} times in a row") from passing
                if passing.retry_after_s is not None:
                    wait_s = passing.retry_after_s
                if wait_s > LONGEST_WAIT_S:
                    raise SourceError(f"{passing}; asks to wait {wait_s:.0f} s") from passing
                logger.warning(line(
                    "source_waits", source=self._source.name, why=passing, wait_s=round(wait_s, 1)
                ))  # fmt: skip
            if not self._wait(wait_s):
                raise SourceError(f"{self._source.name} was interrupted")
            backoff_s = min(2 * backoff_s, LONGEST_BACKOFF_S)
        raise AssertionError("a source is asked at least once")

    def _pause(self) -> None:
        """No more often than the source wants to be asked."""
        left_s = self._asked_at + self._source.pause_s - time.monotonic()
        if left_s > 0 and not self._wait(left_s):
            raise SourceError(f"{self._source.name} was interrupted")
        self._asked_at = time.monotonic()

    def _ask(self, url: str, parameters: Mapping[str, str]) -> tuple[object, httpx.Response]:
        where = f"{self._source.name} at {shown(url)}"
        try:
            # Beside what the address itself asks for, not in its place.
            address = httpx.URL(url).copy_merge_params(dict(parameters))
            with self._http.stream("GET", address) as response:
                self._judge(where, response)
                body = self._body(where, response)
        except httpx.TimeoutException as error:
            raise PassingError(f"{where} did not answer in {self._source.timeout_s:g} s") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise PassingError(f"{where}: {type(error).__name__}: {plain(error)}") from error
        except (httpx.InvalidURL, httpx.HTTPError) as error:
            raise SourceError(f"{where}: {type(error).__name__}") from error
        try:
            return orjson.loads(body), response
        except orjson.JSONDecodeError as error:
            raise PassingError(f"{where} answered {len(body)} bytes that are no JSON") from error

    def _judge(self, where: str, response: httpx.Response) -> None:
        status = response.status_code
        if response.is_success:
            return
        said = f"{where} answered {status} {response.reason_phrase}".rstrip()
        if status in PASSING:
            raise PassingError(said, retry_after(response.headers.get("Retry-After")))
        if response.is_redirect:
            to = shown(urljoin(str(response.url), response.headers.get("Location", "")))
            raise SourceError(f"{said}, to {to}", hint="Put the address where it is now in url.")
        hint = "Look at its auth." if status in (401, 403) else "Look at its url and parameters."
        raise (NotFoundError if status == 404 else SourceError)(said, hint=hint)

    def _body(self, where: str, response: httpx.Response) -> bytes:
        body = bytearray()
        until = time.monotonic() + self._source.timeout_s
        for chunk in response.iter_bytes():
            body += chunk
            if time.monotonic() > until:
                raise PassingError(
                    f"{where} did not end its answer in {self._source.timeout_s:g} s"
                )
            if len(body) > self._source.max_bytes:
                raise SourceError(
                    f"{where} answered more than {self._source.max_bytes} bytes",
                    hint="Ask for smaller pages or a shorter window, or raise max_bytes.",
                )
        return bytes(body)


class PassingError(Exception):
    """Trouble that may be over in a moment."""

    def __init__(self, said: str, retry_after_s: float | None = None) -> None:
        super().__init__(said)
        self.retry_after_s = retry_after_s


def retry_after(said: str | None) -> float | None:
    """Seconds, or a date, as RFC 9110 has it."""
    if said is None:
        return None
    if said.isascii() and said.strip().isdigit():
        return float(said)
    try:
        at = email.utils.parsedate_to_datetime(said)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def shown(url: str) -> str:
    """An address without what may be a secret in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def plain(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def waiter(stop: threading.Event) -> Callable[[float], bool]:
    return lambda wait_s: not stop.wait(wait_s)

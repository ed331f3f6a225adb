"""What a source is: the plant's own API, as a TOML file declares it. A mistake is a sentence."""

import os
import tomllib
from collections.abc import Mapping as Said
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from db.errors import SecretError
from db.secret import read_secret
from ingest.api.records import Decode, decoder_of
from ingest.errors import ConfigError
from ingest.files.layout import interval_of
from ingest.path import Path as JsonPath

# Lists of lots are put right for days after.
OVERLAPS = {"readings": "2h", "events": "14d", "orders": "14d"}
KINDS = ("readings", "events", "orders")
AUTHS: dict[str, tuple[str, ...]] = {
    "none": (),
    "basic": ("user", "password"),
    "bearer": ("token",),
    "header": ("header", "value"),
}
SECRETS = ("password", "token", "value")
PAGINGS: dict[str, tuple[str, ...]] = {
    "none": (),
    "page": ("parameter", "first", "limit", "limit_parameter"),
    "offset": ("parameter", "limit", "limit_parameter"),
    "cursor": ("parameter", "next", "resume"),
    "link": (),
    "next": ("next",),
}
TIMES = ("iso", "s", "ms")
KNOWN = frozenset((
    "name", "url", "kind", "parameters", "headers", "auth", "paging", "decode", "every", "overlap",
    "start", "window", "window_format", "timeout", "pause", "backoff", "max_bytes", "attempts",
    "corrects", "quantity", "complete",
))  # fmt: skip
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Paging:
    """How an answer leads to the next: by number, by offset, by a cursor or an address in it."""

    kind: str = "none"
    parameter: str = ""
    limit_parameter: str | None = None
    first: int = 1
    limit: int | None = None
    next: JsonPath | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A source, checked. What ends in _s is in seconds; `auth` and `headers` hold secrets."""

    name: str
    url: str
    kind: str
    decode: Decode
    parameters: dict[str, str]
    paging: Paging
    every_s: float
    overlap: timedelta
    start: datetime
    window: timedelta | None
    window_format: str
    timeout_s: float
    pause_s: float
    backoff_s: float
    max_bytes: int
    attempts: int
    corrects: bool
    is_per_row: bool
    is_complete: bool
    headers: dict[str, str] = field(repr=False)
    auth: httpx.Auth | None = field(repr=False)

    @property
    def has_window(self) -> bool:
        """Whether it can be asked for a time at all, or always tells everything."""
        texts = (self.url, *self.parameters.values())
        return any("{since}" in text or "{until}" in text for text in texts)


def read_sources(path: Path) -> list[Source]:
    """All sources of a file. Raises ConfigError."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    rows = said.get("source")
    if set(said) != {"source"} or not isinstance(rows, list) or not rows:
        raise ConfigError(f"{path} declares no source: it holds one table [[source]] for each")
    sources = []
    for number, row in enumerate(rows, 1):
        name = row.get("name")
        try:
            sources.append(source_of(row))
        except (ConfigError, SecretError) as error:
            raise ConfigError(f"source {name or number} of {path}: {error}") from error
        except (ValueError, TypeError) as error:
            raise ConfigError(f"source {name or number} of {path}: {error}") from error
    names = [source.name for source in sources]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(
            f"{path} declares {', '.join(twice)} twice; names are for one source each"
        )
    return sources


def source_of(row: Said[str, Any]) -> Source:
    """One table of the file. Raises ConfigError, SecretError or ValueError."""
    if unknown := sorted(set(row) - KNOWN):
        raise ConfigError(f"it says {', '.join(unknown)}; known are {', '.join(sorted(KNOWN))}")
    name = text_of(row, "name")
    if len(name) > LONGEST_NAME:
        raise ConfigError(f"its name has {len(name)} characters, and {LONGEST_NAME} are the most")
    url = text_of(row, "url")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError("its url is no address such as https://mes.plant.example/api/readings")
    if parts.username or parts.password:
        raise ConfigError("its url holds a login; say it in auth, with a file for the secret")
    kind = one_of(row, "kind", KINDS, "readings")
    window_format = row.get("window_format", "iso")
    if window_format not in TIMES and "%" not in window_format:
        raise ConfigError(
            f"window_format {window_format} is none of {', '.join(TIMES)}, nor %Y-..."
        )
    headers, auth = auth_of(row.get("auth", {"kind": "none"}))
    decode = row.get("decode")
    if not isinstance(decode, dict):
        raise ConfigError("it has no table decode, which says where in an answer records stand")
    paging = paging_of(row.get("paging", {}))
    is_complete = bool(row.get("complete", False))
    if is_complete and paging.resume:
        raise ConfigError("complete and resume exclude each other: a resumed round lists a part")
    return Source(
        name=name, url=url, kind=kind, decode=decoder_of(kind, name, decode),
        parameters=texts_of(row, "parameters"), paging=paging,
        every_s=seconds(row, "every", "1m"),
        overlap=span(row, "overlap", OVERLAPS[kind]) or timedelta(0),
        start=start_of(row), window=span(row, "window", None),
        window_format=window_format, timeout_s=seconds(row, "timeout", "30s"),
        pause_s=seconds(row, "pause", None),
        backoff_s=seconds(row, "backoff", "1s"), max_bytes=int(row.get("max_bytes", 20_000_000)),
        attempts=int(row.get("attempts", 6)), corrects=bool(row.get("corrects", True)),
        is_per_row=one_of(row, "quantity", ("lot", "row"), "lot") == "row",
        is_complete=is_complete,
        headers={**texts_of(row, "headers"), **headers}, auth=auth,
    )  # fmt: skip


def start_of(row: Said[str, Any]) -> datetime:
    start = row.get("start", datetime(2000, 1, 1, tzinfo=UTC))
    if isinstance(start, str):
        start = datetime.fromisoformat(start)
    if not isinstance(start, datetime) or start.tzinfo is None:
        raise ConfigError("its start is no time with a zone, such as 2026-01-01T00:00:00Z")
    return start.astimezone(UTC)


def text_of(row: Said[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise ConfigError(f"it has no {name}")
    return value


def texts_of(row: Said[str, Any], name: str) -> dict[str, str]:
    value = row.get(name, {})
    if not isinstance(value, dict):
        raise ConfigError(f"its {name} are no table of names and texts")
    return {key: str(said) for key, said in value.items()}


def one_of(row: Said[str, Any], name: str, choices: tuple[str, ...], default: str) -> str:
    value = row.get(name, default)
    if value not in choices:
        raise ConfigError(f"its {name} is {value}; it can be {', '.join(choices)}")
    return str(value)


def span(row: Said[str, Any], name: str, default: str | None) -> timedelta | None:
    value = row.get(name, default)
    try:
        return interval_of(value)
    except ConfigError as error:
        raise ConfigError(f"its {name}: {error}") from error


def seconds(row: Said[str, Any], name: str, default: str | None) -> float:
    found = span(row, name, default)
    return 0.0 if found is None else found.total_seconds()


def auth_of(said: Any) -> tuple[dict[str, str], httpx.Auth | None]:
    """Headers and authentication; each secret comes from a file or an environment variable."""
    if not isinstance(said, dict):
        raise ConfigError("its auth is no table with a kind")
    kind = one_of(said, "kind", tuple(AUTHS), "none")
    found: dict[str, str] = {}
    for name in AUTHS[kind]:
        if name not in SECRETS:
            found[name] = text_of(said, name)
        elif f"{name}_file" in said:
            found[name] = read_secret(Path(said[f"{name}_file"]))
        elif f"{name}_env" in said:
            found[name] = os.environ.get(said[f"{name}_env"], "")
            if not found[name]:
                raise ConfigError(f"environment variable {said[f'{name}_env']} is not set")
        else:
            raise ConfigError(f"its auth of kind {kind} has no {name}_file and no {name}_env")
    if kind == "basic":
        return {}, httpx.BasicAuth(found["user"], found["password"])
    if kind == "bearer":
        return {"Authorization": f"Bearer {found['token']}"}, None
    return ({found["header"]: found["value"]} if kind == "header" else {}), None


def paging_of(said: Any) -> Paging:
    if not isinstance(said, dict):
        raise ConfigError("its paging is no table with a kind")
    kind = one_of(said, "kind", tuple(PAGINGS), "none")
    allowed = PAGINGS[kind]
    if unknown := sorted(set(said) - {"kind", *allowed}):
        raise ConfigError(
            f"paging by {kind} knows no {', '.join(unknown)}, but {', '.join(allowed)}"
        )
    values = {name: said[name] for name in allowed if name in said}
    if "parameter" in allowed:
        values.setdefault("parameter", kind)
    if "next" in allowed:
        values["next"] = JsonPath(text_of(said, "next"))
    if kind in ("page", "offset") and not isinstance(said.get("limit"), int):
        raise ConfigError(f"paging by {kind} needs its limit, the number of records of a full page")
    return Paging(kind=kind, **values)

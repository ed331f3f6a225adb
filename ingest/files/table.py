"""Files as rows: CSV, plain, gzipped or zipped, and Parquet."""

import csv
import gzip
import hashlib
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from typing import IO, Any

from ingest.errors import ConfigError, RefusedError
from ingest.files.layout import Layout
from ingest.item import Message, Rejection, reject

SAMPLE = 65_536
SNIFFED = ("\t", ";", ",", "|")
MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip
PARQUET = b"PAR1"
BATCH_ROWS = 10_000
Row = list[Any]
Bytes = IO[bytes] | gzip.GzipFile


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file. `rows` counts from 1, the first row after the header; cells of a CSV are
    text, of a Parquet file what they are there. `tell` says how many bytes of the file are read."""

    name: str
    columns: list[str]
    rows: Iterator[tuple[int, Row]]
    tell: Callable[[], int]
    delimiter: str
    encoding: str

    def refuse(
        self, number: int, row: Row, refused: RefusedError, received_at: datetime,
        topic: str | None = None,
    ) -> Rejection:  # fmt: skip
        """A row as the quarantine keeps it."""
        text = io.StringIO()
        csv.writer(text, delimiter=self.delimiter or ",", lineterminator="").writerow(row)
        payload = text.getvalue().encode("utf-8", "surrogateescape")
        detail = f"row {number} of {self.name}: {refused.detail}"
        return reject(Message(topic or self.name, payload, received_at), refused.reason, detail)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tables(path: Path, layout: Layout) -> Iterator[Table]:
    """The tables of a file; a zip has one for each member. Raises ConfigError."""
    try:
        with path.open("rb") as raw:
            head = raw.read(4)
            raw.seek(0)
            if head == PARQUET:
                yield parquet(path)
            elif head.startswith(b"PK\x03\x04"):
                yield from zipped(path, raw, layout)
            elif head.startswith(b"\x1f\x8b"):
                yield text_table(path.name, gzip.GzipFile(fileobj=raw), raw.tell, layout)
            else:
                yield text_table(path.name, raw, raw.tell, layout)
    except (OSError, EOFError, zipfile.BadZipFile, csv.Error) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def zipped(path: Path, raw: IO[bytes], layout: Layout) -> Iterator[Table]:
    with zipfile.ZipFile(raw) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if not members:
            raise ConfigError(f"{path} has no file in it")
        for member in members:
            with archive.open(member) as file:
                yield text_table(f"{path.name}/{member.filename}", file, raw.tell, layout)


def text_table(name: str, file: Bytes, tell: Callable[[], int], layout: Layout) -> Table:
    head = file.read(SAMPLE)
    whole = io.BufferedReader(Joined(head, file))
    encoding = layout.encoding or encoding_of(head)
    try:
        # A byte that is no character spoils its row, not the file.
        text = io.TextIOWrapper(whole, encoding, errors="surrogateescape", newline="")
    except LookupError as error:
        raise ConfigError(
            f"encoding {encoding} is not known; say one such as utf-8, latin-1, cp1252"
        ) from error
    lines = read(name, text)
    for _ in range(layout.skip):
        next(lines, None)
    first = list(islice(lines, 20))
    delimiter = layout.delimiter or delimiter_of(first, layout.decimal)
    reader = csv.reader(chained(first, lines), delimiter=delimiter)
    header = [cell.strip() for cell in next(reader, [])]
    if not any(header):
        raise ConfigError(
            f"{name} has no header: its first row names the columns (--skip for what is above it)"
        )
    return Table(name, header, numbered(reader), tell, delimiter, encoding)


def read(name: str, text: io.TextIOWrapper) -> Iterator[str]:
    """Lines; where a packed file is cut off or broken, what came before it is there."""
    try:
        yield from text
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise ConfigError(
            f"{name} ends in the middle or is broken: {error}",
            hint="What came before is stored. Get the whole file and read it again.",
        ) from error


def chained(first: list[str], rest: Iterator[str]) -> Iterator[str]:
    yield from first
    yield from rest


class BrokenRow(list[Any]):
    """A row that cannot be taken apart, and why."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


def numbered(reader: Iterator[Row]) -> Iterator[tuple[int, Row]]:
    """Rows that hold something. One that cannot be taken apart takes no other with it."""
    for number in count(1):
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            row = BrokenRow(str(error))
        if any(row) or isinstance(row, BrokenRow):
            yield number, row


class Joined(io.RawIOBase):
    """What was looked at first, and then the rest."""

    def __init__(self, head: bytes, rest: Bytes) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        return len(data)


def encoding_of(head: bytes) -> str:
    """By its mark, else UTF-8 where it can be that, else what Windows writes in western Europe."""
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding
    try:
        # The sample may end within a character.
        head.decode("utf-8") if len(head) < SAMPLE else head[:-4].decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        if len(head) < SAMPLE or error.start < len(head) - 8:
            return "cp1252"
    return "utf-8"


def delimiter_of(lines: list[str], decimal: str) -> str:
    """The character that cuts the header and the rows after it into the same number of cells."""
    votes: Counter[str] = Counter()
    lines = [line for line in lines if len(line) < SAMPLE]
    for delimiter in SNIFFED:
        if delimiter == decimal:
            continue
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        if widths and widths[0] > 1:
            votes[delimiter] = widths.count(widths[0]) * 100 + widths[0]
    return votes.most_common(1)[0][0] if votes else ","


def parquet(path: Path) -> Table:
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(path)
    except pyarrow.ArrowException as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    size, total = path.stat().st_size, max(file.metadata.num_rows, 1)
    done = 0

    def rows() -> Iterator[tuple[int, Row]]:
        nonlocal done
        for batch in file.iter_batches(BATCH_ROWS):
            columns = [column.to_pylist() for column in batch.columns]
            for cells in zip(*columns, strict=True):
                done += 1
                yield done, list(cells)

    return Table(
        path.name,
        list(file.schema_arrow.names),
        rows(),
        lambda: size * done // total,
        "",
        "parquet",
    )

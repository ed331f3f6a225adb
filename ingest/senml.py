"""SenML (RFC 8428): a pack becomes resolved records, in which every name and time is whole."""

from datetime import datetime
from typing import Any

from ingest.document import NoTimeError
from ingest.errors import RefusedError
from ingest.number import parse_value

# A smaller time counts from now.
RELATIVE_BELOW = 2**28
VERSION = 10
KINDS = ("v", "vb", "vs", "vd")

Record = dict[str, Any]


def resolve(pack: object, received_at: datetime, is_retained: bool) -> list[Record | RefusedError]:
    """Records of n (name), t (seconds since 1970), u (unit), v (value of any kind) and s (sum).

    In the place of a record that is not right stands why.
    """
    if type(pack) is not list:
        raise RefusedError("senml", "a pack is an array of objects")
    base: Record = {}
    resolved: list[Record | RefusedError] = []
    for record in pack:
        if type(record) is not dict:
            resolved.append(RefusedError("senml", "a record is an object"))
            continue
        base.update((key, value) for key, value in record.items() if key[:1] == "b")
        if not any(key in record for key in (*KINDS, "s")):
            continue
        try:
            resolved.append(resolve_record(base, record, received_at, is_retained))
        except RefusedError as refused:
            resolved.append(refused)
    return resolved


def resolve_record(
    base: Record, record: Record, received_at: datetime, is_retained: bool
) -> Record:
    if number(base, "bver") > VERSION:
        raise RefusedError("senml", f"version {base['bver']}")
    unknown = [key for key in (*base, *record) if key.endswith("_")]
    if unknown:
        raise RefusedError("senml", f"{unknown[0][:64]} must be understood, and is not")
    time = number(base, "bt") + number(record, "t")
    if time < RELATIVE_BELOW:
        if is_retained:
            raise NoTimeError
        time += received_at.timestamp()
    value = next((record[kind] for kind in KINDS if kind in record), None)
    if "v" in record and "bv" in base:
        value = parse_value(value) + number(base, "bv")
    return {
        "n": text(base, "bn") + text(record, "n"), "t": time, "v": value, "s": record.get("s"),
        "u": record.get("u", base.get("bu")),
    }  # fmt: skip


def number(record: Record, key: str) -> float:
    return parse_value(record[key]) if key in record else 0.0


def text(record: Record, key: str) -> str:
    found = record.get(key, "")
    if type(found) is not str:
        raise RefusedError("text_type", f"{key} is a {type(found).__name__}")
    return found

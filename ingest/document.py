"""From the bytes of a message to a JSON document: strict, within limits, one meaning only."""

import json
from typing import Any

import orjson

from ingest.diagnose import diagnose
from ingest.errors import RefusedError
from ingest.item import Message

LARGEST_PAYLOAD = 64 * 1024
LONGEST_TOPIC = 512
MOST_VALUES = 1000
BOM = b"\xef\xbb\xbf"

Object = dict[str, Any]


class NoTimeError(Exception):
    """A retained message without its own time comes again with each subscription."""


def check_limits(message: Message) -> None:
    if len(message.payload) > LARGEST_PAYLOAD:
        raise RefusedError("payload_too_large", f"{len(message.payload)} bytes")
    if len(message.topic) > LONGEST_TOPIC:
        raise RefusedError("topic_too_long", f"{len(message.topic)} characters")
    if "\0" in message.topic:
        raise RefusedError("text_nul", "topic")


def parse(payload: bytes) -> object:
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        if payload.startswith(BOM):
            return parse(payload[3:])
        raise diagnose(payload, str(error)) from None
    kind = type(document)
    if kind is dict:
        quotes = payload.count(b'"')
        if quotes != 2 * len(document) and quotes != 2 * strings_in(document):
            refuse_duplicates(payload)
    elif kind is list and payload.count(b'"') != 2 * strings_in(document):
        refuse_duplicates(payload)
    return document


def strings_in(node: object) -> int:
    """Keys and texts of a document.

    Each is written with two quotes, so that more quotes than that in a payload mean a key that
    stands there twice (the parser keeps the last) or an escaped quote.
    """
    total = 0
    stack: list[Any] = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            total += len(node)
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, str):
            total += 1
    return total


def refuse_duplicates(payload: bytes) -> None:
    """Two values for one key: which one is meant is anybody's guess, unless they are the same."""
    try:
        json.loads(payload, object_pairs_hook=unique)
    except RecursionError:
        raise RefusedError("json_depth", "nested too deeply") from None


def unique(pairs: list[tuple[str, object]]) -> Object:
    document: Object = {}
    for key, value in pairs:
        if key in document and not is_same(document[key], value):
            raise RefusedError("duplicate_key", f"{key[:64]} stands there twice, with two values")
        document[key] = value
    return document


def is_same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other

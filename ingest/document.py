"""From the bytes of a message to a JSON document: strict, within limits, one meaning only."""

import json
from collections.abc import Collection
from typing import Any

import orjson

from ingest.diagnose import diagnose
from ingest.errors import RefusedError
from ingest.item import Message

LARGEST_PAYLOAD = 64 * 1024
LONGEST_TOPIC = 512
MOST_VALUES = 1000
DEEPEST = 100
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
    if payload.count(b'"') != 2 * strings_in(document):
        refuse_duplicates(payload)
    return document


def strings_in(node: object, depth: int = 0) -> int:
    """Keys and texts of a document.

    Each is written with two quotes, so that more quotes than that in a payload mean a key that
    stands there twice (the parser keeps the last) or an escaped quote.
    """
    children: Collection[object]
    if type(node) is dict:
        children = node.values()
        total = len(node)
    elif type(node) is list:
        children = node
        total = 0
    else:
        return int(type(node) is str)
    if depth > DEEPEST:
        raise RefusedError("json_depth", "nested too deeply")
    kinds = [*map(type, children)]
    if dict in kinds or list in kinds:
        return total + sum([strings_in(child, depth + 1) for child in children])
    return total + kinds.count(str)


def refuse_duplicates(payload: bytes) -> None:
    """Two values for one key: which one is meant is anybody's guess, unless they are the same."""
    json.loads(payload, object_pairs_hook=unique)


def unique(pairs: list[tuple[str, object]]) -> Object:
    document: Object = {}
    for key, value in pairs:
        if key in document and not is_same(document[key], value):
            raise RefusedError("duplicate_key", f"{key[:64]} stands there twice, with two values")
        document[key] = value
    return document


def is_same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other

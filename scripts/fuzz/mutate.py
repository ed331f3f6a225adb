"""Mutations of messages: of their bytes, of their JSON, of their topics. Repeatable by the seed."""

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ingest.wire import Packet
from scripts.fuzz.corpus import SEEDS, TOKENS, TOPIC_TOKENS, dated

# Of a hundred messages so many stay as they are, so that good ones stand among the bad.
UNHARMED = 25
# And this part goes where another form is at home, or to a topic that is mutated itself.
STRANGE = 0.15
LARGEST = 70_000

KEYS = (
    "value", "v", "time", "t", "ts", "values", "lot", "reference", "operator", "machine", "event",
    "status", "unit", "q", "n", "power", "energy", "good", "x" * 300, "a/b", "", "\u202e", "a\0b",
)  # fmt: skip


class Mutator:
    def __init__(self, seed: int, now: datetime) -> None:
        self._random = random.Random(seed)
        self._now = now
        self._of_bytes: list[Callable[[bytes], bytes]] = [
            self._flip, self._insert, self._delete, self._double, self._truncate, self._splice,
            self._token, self._token, self._digit,
        ]  # fmt: skip

    def packet(self) -> Packet:
        pick = self._random
        topic, text = pick.choice(SEEDS)
        payload = dated(text, self._at()).encode()
        if pick.random() < STRANGE:
            topic, _ = pick.choice(SEEDS)
        if pick.randrange(100) >= UNHARMED:
            for _ in range(pick.choice((1, 1, 1, 2, 3, 5))):
                if pick.random() < 0.4:
                    payload = self._of_json(payload)
                else:
                    payload = pick.choice(self._of_bytes)(payload)
        raw = self._topic(topic) if pick.random() < STRANGE else topic.encode()
        return Packet(raw, payload[:LARGEST], 1, 1, pick.random() < 0.05)

    def _at(self) -> datetime:
        """Mostly in the last hour, so that some of it falls on the same second."""
        return self._now - timedelta(seconds=self._random.randrange(3600))

    def _word(self) -> bytes:
        return dated(self._random.choice(TOKENS), self._at()).encode()

    def _place(self, payload: bytes) -> int:
        return self._random.randrange(len(payload) + 1)

    def _flip(self, payload: bytes) -> bytes:
        if not payload:
            return payload
        at = self._random.randrange(len(payload))
        return (
            payload[:at] + bytes([payload[at] ^ 1 << self._random.randrange(8)]) + payload[at + 1 :]
        )

    def _insert(self, payload: bytes) -> bytes:
        at = self._place(payload)
        return (
            payload[:at] + self._random.randbytes(self._random.choice((1, 1, 2, 4))) + payload[at:]
        )

    def _delete(self, payload: bytes) -> bytes:
        one, other = sorted((self._place(payload), self._place(payload)))
        return payload[:one] + payload[min(other, one + 8) :]

    def _double(self, payload: bytes) -> bytes:
        one, other = sorted((self._place(payload), self._place(payload)))
        return payload[:other] + payload[one:]

    def _truncate(self, payload: bytes) -> bytes:
        return payload[: self._place(payload)]

    def _splice(self, payload: bytes) -> bytes:
        other = dated(self._random.choice(SEEDS)[1], self._at()).encode()
        return payload[: self._place(payload)] + other[self._place(other) :]

    def _token(self, payload: bytes) -> bytes:
        one, other = sorted((self._place(payload), self._place(payload)))
        return payload[:one] + self._word() + payload[self._random.choice((one, other)) :]

    def _digit(self, payload: bytes) -> bytes:
        digits = [n for n, byte in enumerate(payload) if 48 <= byte < 58]
        if not digits:
            return payload
        at = self._random.choice(digits)
        return (
            payload[:at]
            + self._random.choice((b"", b"-", b"9", b"00", b".", b"e", b"e9"))
            + payload[at:]
        )

    def _of_json(self, payload: bytes) -> bytes:
        """Change a document, where it is one: it stays JSON, so that more gets through."""
        try:
            document = json.loads(payload)
        except (ValueError, RecursionError):
            return self._token(payload)
        document = self._changed(document)
        try:
            text = json.dumps(document, ensure_ascii=self._random.random() < 0.5)
            return text.encode("utf-8", "surrogatepass")
        except RecursionError:
            return payload

    def _changed(self, node: Any) -> Any:
        pick = self._random
        if isinstance(node, dict) and node and pick.random() < 0.8:
            key = pick.choice(list(node))
            action = pick.randrange(5)
            if action == 0:
                del node[key]
            elif action == 1:
                node[self._key()] = node.pop(key)
            elif action == 2:
                node[self._key()] = self._value()
            else:
                node[key] = self._changed(node[key])
            return node
        if isinstance(node, list) and node and pick.random() < 0.8:
            at = pick.randrange(len(node))
            if pick.random() < 0.2:
                return node * pick.choice((2, 3, 300))
            node[at] = self._changed(node[at])
            return node
        return self._value() if pick.random() < 0.7 else [node]

    def _key(self) -> str:
        return self._random.choice(KEYS)

    def _value(self) -> Any:
        pick = self._random
        text = dated(pick.choice(TOKENS), self._at())
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return pick.choice(
                (text, pick.uniform(-1e4, 1e4), pick.getrandbits(70), 10 ** pick.randrange(40))
            )

    def _topic(self, topic: str) -> bytes:
        pick = self._random
        at = pick.randrange(len(topic) + 1)
        token = pick.choice(TOPIC_TOKENS)
        raw = (topic[:at] + token + topic[pick.choice((at, len(topic))) :]).encode()
        return self._flip(raw) if pick.random() < 0.3 else raw

"""Messages as they should not be: bad ones, and the same ones again."""

import random
from collections.abc import Iterable, Iterator

from scripts.bench_ingest.workload import Message

# One of each kind in turn, on the topic of the good message before it.
BAD = (
    b'{"time":"2026-01-01T00:00:00.000Z","va',
    b"\xff\xfe\x00",
    b'{"value":21.5}',
    b'{"time":"yesterday","value":21.5}',
    b'{"time":"2026-01-01T00:00:00.000Z","value":"21,5"}',
    b'{"time":"2026-01-01T00:00:00.000Z","value":null}',
    b'{"time":"2026-01-01T00:00:00.000Z","value":NaN}',
    b'{"time":"2099-01-01T00:00:00.000Z","value":21.5}',
    b"[]",
)


def bad_count(messages: int, percent: float) -> int:
    """How many bad ones stand between so many good ones; a good one comes last."""
    return (messages - 1) // gap(percent)


def with_bad(messages: Iterable[Message], percent: float) -> Iterator[Message]:
    """A bad message after every so many good ones, except at the end."""
    every = gap(percent)
    topic = ""
    for number, message in enumerate(messages):
        if number and number % every == 0:
            yield topic, BAD[number // every % len(BAD)]
        topic = message[0]
        yield message


def gap(percent: float) -> int:
    return max(1, round(100 / percent) - 1)


def with_duplicates(messages: Iterable[Message], count: int, seed: int) -> list[Message]:
    """So many messages a second time, each somewhere behind its first."""
    originals = list(messages)
    chance = random.Random(seed)
    again: dict[int, list[Message]] = {}
    for number in chance.sample(range(len(originals)), count):
        place = chance.randrange(number, len(originals))
        again.setdefault(place, []).append(originals[number])
    made: list[Message] = []
    for number, message in enumerate(originals):
        made.append(message)
        made += again.get(number, [])
    return made

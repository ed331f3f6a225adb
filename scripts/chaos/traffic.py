"""The numbered messages: which number is what, and what the payload of a number looks like."""

from dataclasses import dataclass

SENSORS = 100
TOPIC = "plant/chaos/machine"
# Between two numbers; each sensor then speaks once a second.
STEP_MS = 10
GOOD, REFUSED, BROKEN = range(3)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Numbers from 0, each a message of its own.

    Within the poison batch half of the messages are good, a quarter decode but are refused by the
    database (it has a constraint against values below zero), and a quarter do not decode.
    """

    messages: int
    base_ms: int
    poison_from: int = 0
    poison_to: int = 0

    def kind(self, number: int) -> int:
        if self.poison_from <= number < self.poison_to:
            return (GOOD, REFUSED, GOOD, BROKEN)[number % 4]
        return GOOD

    def poison(self) -> set[int]:
        return {n for n in range(self.poison_from, self.poison_to) if self.kind(n) != GOOD}

    def topic(self, number: int) -> str:
        return f"{TOPIC}/s{number % SENSORS}"

    def payload(self, number: int) -> bytes:
        """The number stands right after the first ten characters, whatever the message is."""
        kind = self.kind(number)
        if kind == REFUSED:
            value = f"-{number}"
        elif kind == BROKEN:
            value = f"?{number}"
        else:
            value = f" {number}"
        return f'{{"value":{value},"time":{self.base_ms + number * STEP_MS}}}'.encode()


def number_of(payload: bytes) -> int | None:
    """The number of a payload of ours, None of any other."""
    if not payload.startswith(b'{"value":'):
        return None
    digits = payload[10 : payload.find(b",", 10)]
    return int(digits) if digits.isdigit() else None

"""Values in payloads: JSON numbers, and what a mapping may count as one."""

import re
from math import isfinite

from ingest.errors import RefusedError

# No sensor means more. What is larger is noise on a bus, or bytes read as the wrong type, and sums
# of it would overflow where the reading is settled.
LARGEST_VALUE = 1e30
LONGEST_NUMBER = 64
POINT = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
COMMA = re.compile(r"[+-]?[0-9]+(?:,[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def parse_value(raw: object) -> float:
    if type(raw) is float or type(raw) is int:
        value = float(raw)
        if -LARGEST_VALUE <= value <= LARGEST_VALUE:
            return value
        reason = "value_out_of_range" if isfinite(value) else "value_not_finite"
        raise RefusedError(reason, str(value))
    if raw is None:
        raise RefusedError("value_null", "null")
    if type(raw) is str:
        raise RefusedError("value_is_string", f"a text: {raw[:64]}")
    if type(raw) is bool:
        raise RefusedError("value_type", str(raw).lower())
    raise RefusedError("value_not_scalar", f"a {type(raw).__name__}")


def parse_text(text: str, decimal_comma: bool = False) -> float | None:
    """A number in plain ASCII, else None: float() also takes 1_000, nan and foreign digits."""
    text = text.strip(" \t\r\n")
    if len(text) > LONGEST_NUMBER:
        return None
    if (COMMA if decimal_comma else POINT).fullmatch(text) is None:
        return None
    return parse_value(float(text.replace(",", ".")))


def parse_quantity(raw: object, field: str) -> float | None:
    if raw is None:
        return None
    try:
        quantity = parse_value(raw)
    except RefusedError as refused:
        raise RefusedError(refused.reason, f"{field}: {refused.detail}") from None
    if quantity < 0:
        raise RefusedError("value_out_of_range", f"{field} is below zero")
    return quantity

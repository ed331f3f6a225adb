"""Why a payload is not JSON: a slow second look, only at what the fast parser has refused."""

import json
import math
from typing import NoReturn

from ingest.errors import RefusedError


def diagnose(payload: bytes, message: str) -> RefusedError:
    """The reason for the quarantine; `message` is what the fast parser said."""
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        return RefusedError("encoding", f"not UTF-8 at byte {error.start}")
    try:
        json.loads(text, parse_constant=refuse_constant, parse_float=refuse_infinite,
                   parse_int=refuse_huge)  # fmt: skip
    except RefusedError as refused:
        return refused
    except RecursionError:
        return RefusedError("json_depth", "nested too deeply")
    except ValueError:
        return RefusedError("json_syntax", message)
    # What only the lenient parser takes: halves of surrogate pairs and the like.
    return RefusedError("encoding", message)


def refuse_constant(text: str) -> NoReturn:
    raise RefusedError("value_not_finite", text)


def refuse_infinite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise RefusedError("value_not_finite", text[:64])
    return number


def refuse_huge(text: str) -> int:
    if len(text) > 300:
        raise RefusedError("value_out_of_range", f"a number of {len(text)} digits")
    return int(text)

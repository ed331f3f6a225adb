"""Texts in payloads: lot numbers, references, operators, machines and the names of fields."""

import re
import unicodedata

from ingest.errors import RefusedError

LONGEST = 256
# Letters and marks that Python calls printable although nothing of them shows: fillers, joiners,
# selectors of variants.
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]"
)


def parse_label(raw: object, field: str) -> str | None:
    """Two labels that look alike must be equal: composed the same way, nothing invisible in them.

    A whole number counts as its digits (controllers send lots so); an empty text as none.
    """
    if raw is None:
        return None
    if type(raw) is int:
        return str(raw)
    if type(raw) is not str:
        raise RefusedError("text_type", f"{field} is a {type(raw).__name__}")
    text = raw.strip(" ")
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if len(text) > LONGEST:
        raise RefusedError("text_too_long", f"{field} has {len(text)} characters")
    if not text.isprintable() or (not text.isascii() and INVISIBLE.search(text)):
        if "\0" in text:
            raise RefusedError("text_nul", field)
        raise RefusedError("text_control", f"{field} is {text[:64]!a}")
    return text or None

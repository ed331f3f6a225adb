"""Log lines as key=value pairs, so that people and machines read the same."""

import logging
import sys
import time

FORMAT = "time=%(asctime)s.%(msecs)03dZ level=%(levelname)s logger=%(name)s %(message)s"


def start(level: str) -> None:
    """Log to standard error, in UTC, from this level on."""
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        format=FORMAT, datefmt="%Y-%m-%dT%H:%M:%S", stream=sys.stderr, level=level.upper()
    )


def line(event: str, **values: object) -> str:
    """`event=batch messages=1000 ms=12`; texts with spaces come in quotes."""
    pairs = [("event", event), *values.items()]
    return " ".join(f"{key}={shown(value)}" for key, value in pairs)


def shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.3f}"
    text = str(value)
    if text and text.isprintable() and not any(c in text for c in ' "='):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

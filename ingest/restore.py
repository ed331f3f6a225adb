"""Items that were decoded and then refused by the database, as the quarantine keeps them, and back.

The functions of schema ingest write the same form where they set something aside.
"""

from typing import Any

import orjson

from ingest.item import Claim, Event, Reading, Status
from ingest.stamp import parse_stamp

CLAIMS = ("lot", "reference", "operator", "machine")
Stored = Reading | Event | Status


def written(item: Stored) -> bytes:
    """JSON that says all of an item but its topic and when it was received."""
    said: dict[str, Any] = {"time": item.time}
    if isinstance(item, Status):
        said["status"] = "online" if item.is_online else "offline"
    elif isinstance(item, Event):
        said |= {
            "event": item.event, "lot": item.lot, "reference": item.reference,
            "operator": item.operator, "good": item.good, "scrap": item.scrap,
        }  # fmt: skip
    else:
        said["value"] = item.value
        if item.claim is not None:
            said |= {name: getattr(item.claim, name) for name in CLAIMS}
    try:
        return orjson.dumps(said)
    except TypeError:  # half of a surrogate pair, which no sane text holds
        return repr(said).encode(errors="backslashreplace")


def restored(topic: str, payload: bytes, received_at: Any) -> Stored:
    """The item that was written so. Raises ValueError for anything else."""
    try:
        said = orjson.loads(payload)
        time = parse_stamp(said["time"])
        if "event" in said:
            return Event(
                topic, said["event"], time, said.get("lot"), said.get("reference"),
                said.get("operator"), said.get("good"), said.get("scrap"), received_at,
            )  # fmt: skip
        if "status" in said:
            return Status(topic, said["status"] == "online", time, received_at)
        claim = None
        if any(name in said for name in CLAIMS):
            claim = Claim(*(said.get(name) for name in CLAIMS))
        return Reading(topic, time, float(said["value"]), claim, received_at)
    except Exception as error:
        raise ValueError(f"not what the quarantine writes: {payload[:64]!r}") from error

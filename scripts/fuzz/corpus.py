"""What mutations begin from: every form that is taken, dialects of mappings, and what hurts.

`@T` stands for a second shortly before now, as a number; `@Z` for it as ISO text.
"""

from datetime import UTC, datetime

# Where each is at home, and the message.
SEEDS = (
    ("f/m1/t", "23.4"), ("f/m1/power", "-0.0"), ("f/m2/t", "1e3"), ("f/m1/t", ""),
    ("f/m1/status", "online"), ("f/m2/plc/status", '"offline"'),
    ("f/m1/status", '{"status": "offline", "time": @T}'),
    ("f/m1/t", '{"value": 23.4, "time": "@Z"}'), ("f/m1/power", '{"v": 7, "t": @T}'),
    ("f/m2/power", '{"val": 7, "ts": @T000}'), ("f/m1/old", '{"v": 7, "t": @T}'),
    ("f/m1/t", '{"value": 1, "timestamp_ms": @T000, "unit": "C"}'),
    ("f/m2/t", '{"value": 1, "time": @T, "quality": "good"}'),
    ("f/m1/t", '{"value": 2, "time": @T000000, "lot": "L1", "reference": "R1", "operator": "kim"}'),
    ("f/m1", '{"time": @T, "values": {"t": 20.5, "power": 7, "energy": 100}}'),
    ("f/m2", '{"time": "@Z", "t": 20.5, "power": 7, "energy": 100}'),
    ("f/m2", '{"time": "@Z", "power": 7, "lot": null}'),
    ("f/m1/t", '[{"v": 1, "t": @T}, {"v": 2, "t": @T000}]'),
    ("f/m1", '{"time": @T, "values": {"t": 1, "new": 2}}'), ("f/new/x", '{"v": 7, "t": @T}'),
    ("f/m1/lot", '{"event": "start", "lot": "L1", "reference": "R1", "time": @T}'),
    ("f/m2/lot", '{"event": "stop", "lot": "L1", "good": 98, "scrap": 2, "time": @T}'),
    ("umh/v1/a/_historian/t",
     '{"timestamp_ms": @T000, "t": 21.5, "status": true, "zone": {"power": 7}}'),
    ("kepware/l1",
     '{"timestamp": @T000, "values": [{"id": "Ch.Dev.Tag", "v": 1, "q": true, "t": @T000}]}'),
    ("ie/d/j/simatic/v1/s7/dp/r/p/d",
     '{"seq": 1, "vals": [{"id": "101", "qc": 3, "ts": "@Z", "val": "1.25"}]}'),
    ("senml/g",
     '[{"bn": "", "bt": @T, "bu": "Cel", "n": "t", "v": 23}, {"n": "t", "t": -60, "v": 2}]'),
    ("tele/press/SENSOR",
     '{"Time": "@L", "ENERGY": {"Total": 1.5, "Power": 120}, "AM2301": {"Temperature": 21}}'),
    ("scale/1", "23,40"), ("homie/d/n/p", "ON"), ("homie/d/n/p", "true"),
    ("logger/1",
     '{"c": "t", "x": "1,5", "u": "C", "s": "@L"}\n{"c": "p", "x": "2", "u": "F", "s": "@L"}'),
    ("odd/x", '{"r": [{"a": 1, "b": [1, 2]}, {"a": 2, "b": []}], "t": @T, "n": "name"}'),
    ("broken/x", '{"a": 1, "t": @T}'), ("homeassistant/sensor/x", "{}"), ("", "1"),
)  # fmt: skip

TOKENS = (
    "NaN", "Infinity", "-Infinity", "1e400", "1e308", "1e30", "-1e30", "1e-400", "1" * 400, "null",
    "true", "false", '""', '"ON"', '"1_000"', '"\u0663"', '"nan"', '"0x10"', "[]", "{}", "[" * 2000,
    '{"a":' * 1200, "]", "}", ",", ":", '"', "\\", "\\u0000", "\\ud800", "\\u202e", "\0", "\u202e",
    "\u200b", "\u3164", "e\u0301", "\ufeff", "\xa0", "\U0001f600", "@T", "@T000", "-1", "0",
    "253402300800", '"@Z"', '"@L"', '"infinity"', '"2026-03-29T02:30:00"', '"0001-01-01T00:00:00Z"',
    '"9999-12-31T23:59:59-14:00"', '"2026-05-04T12:00:60Z"', '"value"', '"time"', '"values"',
    '"lot"', '"event"', '"status"', '"unit"', "'); DROP TABLE reading;--", "${jndi:x}", "%s", "{0}",
    "\n", "\r\n", "\t", "//", "/*", "__proto__", "18446744073709551616", "9007199254740993",
)  # fmt: skip

TOPIC_TOKENS = ("/", "//", "/lot", "/status", "/t", "+", "#", "$SYS/", "\0", "\u202e", "'", "%s",
                "x" * 520, "\ud7ff", " ", "../", "é", "/power", "\U0001f600")  # fmt: skip


def dated(text: str, at: datetime) -> str:
    """A seed or token with its times."""
    return (
        text.replace("@T", str(int(at.timestamp())))
        .replace("@Z", at.isoformat())
        .replace("@L", at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds"))
    )

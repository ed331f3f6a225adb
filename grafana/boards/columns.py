"""What single columns and series look like: titles, units, colours, links."""

from collections.abc import Mapping, Sequence
from typing import Any

from grafana.boards.model import Json


def column(
    name: str,
    title: str | None = None,
    *,
    unit: str | None = None,
    decimals: int | None = None,
    width: int | None = None,
    colour: str | None = None,
    steps: Sequence[tuple[float | None, str]] = (),
    texts: Mapping[str, tuple[str, str]] | None = None,
    links: Sequence[Json] = (),
    no_value: str | None = None,
    is_hidden: bool = False,
    is_coloured: bool = False,
    custom: Mapping[str, Any] | None = None,
) -> Json:
    """An override for one column (or series): its title, unit, links, colours.

    `is_coloured` fills the cell with the colour of `steps` or `texts`. `custom` are settings of the
    kind of panel, such as {"fillOpacity": 20}.
    """
    found: list[Json] = []

    def say(key: str, value: Any) -> None:
        if value is not None:
            found.append({"id": key, "value": value})

    say("displayName", title)
    say("unit", unit)
    say("decimals", decimals)
    say("noValue", no_value)
    say("custom.width", width)
    say("color", {"mode": "fixed", "fixedColor": colour} if colour else None)
    if steps:
        say("thresholds", thresholds(steps))
        say("color", {"mode": "thresholds"})
    say("mappings", [mapping(texts)] if texts else None)
    say("links", list(links) or None)
    if is_hidden:
        say("custom.hidden", True)
    if is_coloured:
        say("custom.displayMode", "color-background-solid")
    for key, value in (custom or {}).items():
        say(f"custom.{key}", value)
    return {"matcher": {"id": "byName", "options": name}, "properties": found}


def band(low: str, high: str, title: str, colour: str) -> list[Json]:
    """Two series as the edges of a shaded band."""
    edge = {"lineWidth": 0, "hideFrom": {"legend": True, "tooltip": False, "viz": False}}
    return [
        column(low, f"{title} (low)", colour=colour, custom=edge),
        column(
            high, f"{title} (high)", colour=colour,
            custom={**edge, "fillBelowTo": f"{title} (low)", "fillOpacity": 18},
        ),
    ]  # fmt: skip


def thresholds(steps: Sequence[tuple[float | None, str]]) -> Json:
    return {
        "mode": "absolute",
        "steps": [{"value": value, "color": colour} for value, colour in steps],
    }


def mapping(texts: Mapping[str, tuple[str, str]]) -> Json:
    return {
        "type": "value",
        "options": {
            value: {"text": words, "color": colour, "index": place}
            for place, (value, (words, colour)) in enumerate(texts.items())
        },
    }

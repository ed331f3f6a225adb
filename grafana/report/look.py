"""Colours by Grafana's names, as people's boards say them; the project's own have numbers."""

from typing import Any

# dark, semi-dark, the name alone, light, super-light
SHADES = {
    "green": ("#37872D", "#56A64B", "#73BF69", "#96D98D", "#C8F2C2"),
    "yellow": ("#E0B400", "#F2CC0C", "#FADE2A", "#FFEE52", "#FFF899"),
    "red": ("#C4162A", "#E02F44", "#F2495C", "#FF7383", "#FFA6B0"),
    "blue": ("#1F60C4", "#3274D9", "#5794F2", "#8AB8FF", "#C0D8FF"),
    "orange": ("#FA6400", "#FF780A", "#FF9830", "#FFB357", "#FFCB7D"),
    "purple": ("#8F3BB8", "#A352CC", "#B877D9", "#CA95E5", "#DEB6F2"),
}
PREFIXES = ("dark-", "semi-dark-", "", "light-", "super-light-")
NAMES = {
    prefix + name: shade
    for name, shades in SHADES.items()
    for prefix, shade in zip(PREFIXES, shades, strict=True)
}
# What `palette-classic` gives to the first, second ... series.
CLASSIC = (
    "#73BF69", "#F2CC0C", "#8AB8FF", "#FF780A", "#F2495C", "#5794F2", "#B877D9", "#705DA0",
    "#37872D", "#FADE2A", "#447EBC", "#C15C17", "#890F02", "#0A437C", "#6D1F62", "#584477",
)  # fmt: skip


def colour(name: str) -> str | None:
    """A colour for CSS; None for `text`, `transparent` and what is not known."""
    if name.startswith(("#", "rgb")):
        return name
    return NAMES.get(name)


def classic(place: int) -> str:
    return CLASSIC[place % len(CLASSIC)]


def step(value: float, thresholds: Any) -> str | None:
    """The colour of the last threshold that a value reaches."""
    reached = [
        each["color"]
        for each in (thresholds or {}).get("steps", ())
        if each.get("value") is None or value >= each["value"]
    ]
    return colour(reached[-1]) if reached else None


def faded(shade: str, share: float) -> str:
    """A colour of #RRGGBB that lets a share of the background through; others as they are."""
    if len(shade) != 7 or not shade.startswith("#"):
        return shade
    red, green, blue = (int(shade[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share:g})"


def on(shade: str) -> str:
    """Black or white: what can be read on a colour of #RRGGBB."""
    if len(shade) != 7 or not shade.startswith("#"):
        return "#fff"
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (int(shade[at : at + 2], 16) / 255 for at in (1, 3, 5))
    ]
    brightness = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000" if (brightness + 0.05) / 0.05 > 1.05 / (brightness + 0.05) else "#fff"

"""Numbers as people read them: units of Grafana, and the separators of a language."""

import math
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

# Decimal point, and what parts thousands (from 10,000 on).
SEPARATORS = {"en": (".", ","), "es": (",", ".")}
SI = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"))
PREFIXED = {"kwatth": ("Wh", 1e3), "kwatt": ("W", 1e3), "watt": ("W", 1.0), "watth": ("Wh", 1.0)}
FIXED = {"celsius": "°C", "fahrenheit": "°F", "rotrpm": "rpm", "volt": "V", "amp": "A"}
# From so many seconds on, an axis of durations counts in these.
CLOCK = ((172800.0, 86400.0, "d"), (7200.0, 3600.0, "h"), (120.0, 60.0, "min"))


@dataclass(frozen=True, slots=True)
class Manner:
    """How a page writes numbers and times."""

    locale: str
    zone: tzinfo

    def digits(self, value: float, decimals: int | None) -> str:
        """A number without unit; without decimals it has about three digits, as in Grafana."""
        point, thousands = SEPARATORS.get(self.locale, SEPARATORS["en"])
        places = decimals_of(value) if decimals is None else decimals
        text = f"{value:.{places}f}"
        whole, _, rest = text.lstrip("-").partition(".")
        if len(whole) > 4:
            whole = f"{int(whole):,}".replace(",", thousands)
        # what rounds to nothing has no sign
        is_negative = text.startswith("-") and text.strip("-0.") != ""
        return ("-" if is_negative else "") + whole + (point + rest if rest else "")

    def say(self, value: Any, unit: str = "none", decimals: int | None = None) -> str:
        """A value with its unit; None is nobody's business here and raises TypeError."""
        if isinstance(value, datetime):
            return self.time(value)
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str):
            return value
        if not isinstance(value, int | float):
            raise TypeError(f"{value!r} is no value that a panel shows")
        if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "∞" if value > 0 else "-∞"
        return self._number(float(value), unit, decimals)

    def _number(self, value: float, unit: str, decimals: int | None) -> str:
        if unit.startswith("dateTime"):
            return self.time(datetime.fromtimestamp(value / 1000, self.zone))
        if unit == "s":
            return ("-" if value < 0 else "") + clock(abs(value))
        if unit == "percentunit":
            return self.digits(value * 100, decimals) + "%"
        if unit == "percent":
            return self.digits(value, decimals) + "%"
        if unit in PREFIXED:
            name, base = PREFIXED[unit]
            size = value * base
            factor, prefix = prefixed(size, base)
            return f"{self.digits(size / factor, decimals)} {prefix}{name}"
        if unit in FIXED:
            return f"{self.digits(value, decimals)} {FIXED[unit]}"
        kind, _, rest = unit.partition(":")
        if kind == "suffix":
            return f"{self.digits(value, decimals)} {rest.strip()}"
        if kind == "prefix":
            return f"{rest}{self.digits(value, decimals)}"
        return self.digits(value, decimals)

    def local(self, moment: datetime) -> str:
        """For an axis: the wall clock of the zone."""
        return moment.astimezone(self.zone).replace(tzinfo=None).isoformat(sep=" ")

    def time(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")


def decimals_of(value: float) -> int:
    """How many decimals Grafana shows where nobody said: about three digits."""
    if value == 0 or value == int(value):
        return 0
    power = math.floor(math.log10(abs(value)))
    places = 1 - power
    # between 2.25 and 10 of what was rounded to, one more is needed
    if abs(value) / 10.0**-places > 2.25:
        places += 1
    return max(0, places)


def scale(unit: str, largest: float) -> tuple[str, float]:
    """The unit that stands beside an axis up to `largest`, and by what values are multiplied."""
    if unit in PREFIXED:
        name, base = PREFIXED[unit]
        factor, prefix = prefixed(largest * base, base)
        return prefix + name, base / factor
    if unit == "s":
        return next(((n, 1 / size) for limit, size, n in CLOCK if largest >= limit), ("s", 1.0))
    if unit == "percentunit":
        return "%", 100.0
    if unit == "percent":
        return "%", 1.0
    if unit in FIXED:
        return FIXED[unit], 1.0
    if unit.startswith(("suffix:", "prefix:")):
        return unit.partition(":")[2].strip(), 1.0
    return "", 1.0


def prefixed(size: float, base: float) -> tuple[float, str]:
    """The largest SI prefix that goes into a size; nothing is said in the unit it came in."""
    own = "k" if base == 1e3 else ""
    return next(((f, p) for f, p in SI if abs(size) >= f), (base, own))


def clock(seconds: float) -> str:
    """A duration in two steps at most: 45 s, 12 min, 3 h 05 min, 9 d 4 h."""
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 1 or seconds == 0 else f"{seconds:.2g} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 2 * 24 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    hours = round(seconds / 3600)
    return f"{hours // 24} d {hours % 24} h"

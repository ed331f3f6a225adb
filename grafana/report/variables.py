"""Grafana's variables in statements: ${name}, ${name:format}, $name, [[name]], [[name:format]].

Without a format a value is written as Grafana's SQL datasources write it: quoted where the variable
may hold several values or all, else bare with its quotes doubled (the statement quotes it). Bare
formats (:raw, :csv, :singlequote ...) are what Grafana makes of them, which is not safe with every
value; the project's boards use :sqlstring alone.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from db.errors import LotwattError
from grafana.report.macros import Span, expand, interval_for

REFERENCE = re.compile(r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:}]+))?(?::([^}]+))?\}")
ALL = "$__all"
# The width, in points, for $__interval in the query of a variable.
OPTIONS = 100


class VariableError(LotwattError):
    """A variable that a board does not have, or a format that Grafana does not have."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable and its values; one that is neither multi nor has All holds one value at most."""

    name: str
    label: str
    values: tuple[str, ...]
    texts: tuple[str, ...]
    is_multi: bool
    has_all: bool
    is_all: bool = False
    is_hidden: bool = False

    @property
    def value(self) -> str | tuple[str, ...]:
        return self.values if self.is_multi else (self.values or ("",))[0]


@dataclass(slots=True)
class Variables:
    """What is put into the statements of a page."""

    span: Span
    known: dict[str, Variable] = field(default_factory=dict)

    def put_in(self, text: str) -> str:
        """The text with every known variable replaced; other uses of a dollar stay as they are.

        Raises VariableError for a format that does not exist.
        """
        return REFERENCE.sub(self._one, text)

    def _one(self, found: re.Match[str]) -> str:
        bare, square, square_format, curly, _, curly_format = found.groups()
        name = bare or square or curly
        shape = square_format or curly_format
        if name in ("__from", "__to"):
            return moment(self.span.begin if name == "__from" else self.span.end, shape)
        variable = self.known.get(name)
        if variable is None:
            return found[0]
        return formatted(variable, shape)


def formatted(variable: Variable, shape: str | None) -> str:
    """The value of a variable in a format of Grafana; None is that of SQL datasources."""
    value = variable.value
    if shape is None:
        if isinstance(value, str):
            doubled = value.replace("'", "''")
            return f"'{doubled}'" if variable.is_multi or variable.has_all else doubled
        return joined(value, sqlstring)
    if shape == "text":
        return " + ".join(variable.texts)
    if shape == "queryparam":
        names = [value] if isinstance(value, str) else value
        return "&".join(f"var-{variable.name}={percent(each)}" for each in names)
    if shape == "distributed":
        rest = [] if isinstance(value, str) else [f"{variable.name}={each}" for each in value[1:]]
        return ",".join([*((value,) if isinstance(value, str) else value[:1]), *rest])
    try:
        return FORMATS[shape](value)
    except KeyError:
        raise VariableError(
            f"variable {variable.name} is asked for in format {shape}, which Grafana lacks"
        ) from None


def joined(value: str | Sequence[str], write: Callable[[str], str], by: str = ",") -> str:
    return write(value) if isinstance(value, str) else by.join(write(each) for each in value)


def sqlstring(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def percent(value: str) -> str:
    return quote(value, safe="-_.~")


def regex(value: str | Sequence[str]) -> str:
    many = joined(value, lambda each: re.sub(r"[\\^$*+?.()|[\]{}/]", r"\\\g<0>", each), "|")
    return f"({many})" if not isinstance(value, str) and len(value) > 1 else many


def braces(value: str | Sequence[str]) -> str:
    many = joined(value, str)
    return "{" + many + "}" if not isinstance(value, str) and len(value) > 1 else many


FORMATS: Mapping[str, Callable[[str | Sequence[str]], str]] = {
    "sqlstring": lambda value: joined(value, sqlstring),
    "raw": lambda value: joined(value, str),
    "csv": lambda value: joined(value, str),
    "pipe": lambda value: joined(value, str, "|"),
    "singlequote": lambda value: joined(value, lambda each: "'" + each.replace("'", r"\'") + "'"),
    "doublequote": lambda value: joined(value, lambda each: '"' + each.replace('"', r"\"") + '"'),
    "json": lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    "glob": braces,
    "regex": regex,
    "percentencode": lambda value: percent(
        value if isinstance(value, str) else "{" + ",".join(value) + "}"
    ),
}


def moment(time: datetime, shape: str | None) -> str:
    """${__from} in ms; :date is ISO, :date:seconds and :date:ms numbers."""
    utc = time.astimezone(UTC)
    milliseconds = int(utc.timestamp() * 1000)
    match shape:
        case None | "date:ms":
            return str(milliseconds)
        case "date" | "date:iso":
            return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case "date:seconds":
            return str(round(milliseconds / 1000))
    raise VariableError(
        f"a time is asked for in format {shape}", hint="Known are date, date:iso, date:seconds."
    )


def resolve(
    dashboard: Mapping[str, Any],
    span: Span,
    chosen: Mapping[str, Sequence[str]],
    ask: Callable[[str], Sequence[tuple[str, str]]],
) -> Variables:
    """The variables of a dashboard, in its order, as later ones may ask with earlier ones.

    `chosen` are values by name, which people gave; without them a variable has All, or its first
    value. `ask` runs a statement and returns (value, text) of each option. Raises VariableError for
    a chosen variable that the dashboard lacks.
    """
    found = Variables(span)
    declared = dashboard.get("templating", {}).get("list", [])
    if unknown := sorted(set(chosen) - {each["name"] for each in declared}):
        names = ", ".join(each["name"] for each in declared) or "none"
        raise VariableError(
            f"this board has no variable {', '.join(unknown)}", hint=f"It has: {names}."
        )
    for each in declared:
        name = each["name"]
        given = tuple(chosen.get(name, ()))
        is_multi, has_all = bool(each.get("multi")), bool(each.get("includeAll"))
        options = options_of(each, found, ask)
        is_all = given == (ALL,) or (not given and has_all)
        if is_all:
            picked = tuple(options)
        elif given:
            picked = tuple((value, value) for value in given)
        else:
            current = each.get("current", {}).get("value")
            default = [option for option in options if option[0] == current]
            picked = tuple(default[:1] or options[:1])
        if len(picked) > 1 and not (is_multi or is_all):
            raise VariableError(f"variable {name} takes one value, and {len(picked)} were given")
        found.known[name] = Variable(
            name=name,
            label=each.get("label") or name,
            values=tuple(value for value, _ in picked),
            texts=tuple(text for _, text in picked),
            is_multi=is_multi or is_all,
            has_all=has_all,
            is_all=is_all,
            is_hidden=each.get("hide") == 2,
        )
    return found


def options_of(
    declared: Mapping[str, Any], known: Variables, ask: Callable[[str], Sequence[tuple[str, str]]]
) -> Sequence[tuple[str, str]]:
    """(value, text) of each option that a variable has now."""
    match declared.get("type"):
        case "query":
            query = declared["query"]
            text = query if isinstance(query, str) else query["rawSql"]
            interval = interval_for(known.span, OPTIONS)
            return ask(expand(text, known.span, interval=interval, put_in=known.put_in).sql)
        case "custom" | "interval":
            words = [word.strip() for word in str(declared.get("query", "")).split(",")]
            pairs = [re.split(r"\s+:\s+", word, maxsplit=1) for word in words if word]
            return [(pair[-1], pair[0]) for pair in pairs]
        case "constant" | "textbox":
            text = str(declared.get("query", ""))
            return [(text, text)]
    return []

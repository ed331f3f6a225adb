"""The dossier of a lot: one or two pages of A4 about who, what, when, and with how much energy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from db.errors import LotwattError
from db.statements import load
from grafana.boards import look
from grafana.boards.columns import band, column
from grafana.boards.panels import timeseries
from grafana.report import frames
from grafana.report.charts import Chart, Series, named, over_time
from grafana.report.columns import columns
from grafana.report.macros import Span
from grafana.report.page import environment
from grafana.report.source import Answer, Source
from grafana.report.units import Manner
from grafana.report.words import Words

STATEMENTS = load("grafana/report/dossier.sql")
MANY = ("runs", "golden", "drivers", "anomalies", "changes", "conflicts")
TONES = {"high": "bad", "low": "warning", "as expected": "good"}
# By whose word a run is known, as the board of a lot says it.
SOURCES = {"payload": "message"}
NOT_KNOWN = "-"
COST_STATUS = {"no tariff": "no tariff", "part unpriced": "part of it has no price"}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of the lot beside what such lots take, and how it is judged."""

    name: str
    value: str
    expected: str = ""
    usual: str = ""
    judgement: str = ""
    tone: str = ""


class Dossier:
    """What is known about a lot, asked in one moment. Raises LotwattError for a lot that is not."""

    def __init__(self, source: Source, number: str, locale: str) -> None:
        self._source = source
        self._number = number
        self.manner = Manner(locale, source.plant_zone())
        self.say = Words(locale)
        self.now = datetime.now(UTC)
        found = self._rows("lot")
        if not found:
            raise LotwattError(
                f"lot {number} does not exist", hint="lotwatt lots lists what there is."
            )
        self.lot = found[0]
        self.reference = self._first("reference")
        self.expectation = self._first("expectation")
        self.running = self._first("running")
        self.is_running = self.running["lot"] is not None
        self.bridge = self._first("bridge")
        self.cost = self._first("cost")
        self.control = {row["figure"]: row for row in self._rows("control")}
        self.many = {name: self._rows(name) for name in MANY}
        self.peers = self._rows("peers")

    def _answer(self, name: str) -> Answer:
        return self._source.named(name, STATEMENTS, number=self._number)

    def _rows(self, name: str) -> list[Row]:
        answer = self._answer(name)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]

    def _first(self, name: str) -> Row:
        """The one row of an answer; where there is none, a row of nothing."""
        answer = self._answer(name)
        row = answer.rows[0] if answer.rows else [None] * len(answer.columns)
        return dict(zip(answer.columns, row, strict=True))

    def html(self) -> str:
        return environment().get_template("dossier.html").render(
            lot=self.lot,
            reference=self.reference,
            expectation=self.expectation,
            running=self.running if self.is_running else None,
            sources=SOURCES,
            bridge=self.bridge,
            many=self.many,
            made={
                "file": "", "uid": "lotwatt-lot", "title": self._number,
                "values": {"lot": [self._number]},
            },
            compared=self.compared(),
            charts=self.profiles(),
            bridge_chart=self.bridge_chart(),
            peers_chart=self.peers_chart(),
            standing=self.standing(),
            measures={"temperature_c": self.say("Temperature"), "power_kw": self.say("Power")},
            show=self.show,
            say=self.say,
            locale=self.manner.locale,
            zone=str(self.manner.zone),
            now=self.manner.time(self.now.replace(second=0, microsecond=0)),
            separators=",." if self.manner.locale == "es" else ".,",
        )  # fmt: skip

    def show(self, value: Any, unit: str = "none", decimals: int | None = None) -> str:
        """A value, or a dash where it is not known."""
        plain = frames.plain(value)
        return NOT_KNOWN if plain is None else self.manner.say(plain, unit, decimals)

    def between(self, low: Any, high: Any, unit: str, decimals: int | None = None) -> str:
        """Both ends; nothing where one is not known."""
        if low is None or high is None:
            return ""
        said, last = self.show(low, unit, decimals), self.show(high, unit, decimals)
        number, _, its_unit = said.rpartition(" ")
        is_once = unit != look.SECONDS and its_unit == last.rpartition(" ")[2]
        return f"{number if is_once else said} - {last}"

    def around(self, value: Any, between: str, unit: str, decimals: int | None) -> str:
        """A value and its interval."""
        said = self.show(value, unit, decimals)
        return f"{said} ({between})" if between else said

    def compared(self) -> list[Compared]:
        lot, expected = self.lot, self.running if self.is_running else self.expectation
        per_unit = f"suffix: kWh/{lot['unit'] or self.say('unit')}"
        return [
            Compared(
                self.say("Energy"), self.at_least(lot["energy_kwh"], look.KWH, 1),
                self.expected(
                    "expected_final_kwh" if self.is_running else "expected_kwh", look.KWH, 1
                ),
                "", *self.judged(expected.get("energy_judgement")),
            ),
            self.charted("Energy per unit", lot["energy_kwh_per_unit"], "energy_kwh_per_unit",
                         per_unit, 4),
            Compared(
                self.say("Time on machines"), self.show(lot["machine_s"], look.SECONDS),
                self.expected("expected_machine_s", look.SECONDS, None),
                self.limits("machine_s", look.SECONDS, None),
                *self.judged(expected.get("duration_judgement"), "machine_s"),
            ),
            self.charted("Mean temperature", lot["temperature_c_mean"], "temperature_c_mean",
                         look.CELSIUS, 1),
            self.in_band(),
            Compared(self.say("Energy cost"), self.priced(), "", ""),
            Compared("CO2", self.at_least(self.cost["co2_kg"], look.KG, 1), "", ""),
        ]  # fmt: skip

    def at_least(self, value: Any, unit: str, decimals: int) -> str:
        """A figure of the lot's energy, of which a part may not have been measured."""
        said = self.show(value, unit, decimals)
        if value is not None and self.lot["energy_is_lower_bound"]:
            return self.say("at least {value}", value=said)
        return said

    def priced(self) -> str:
        """What its energy costs, or why nobody knows."""
        if self.cost["cost"] is None:
            return self.say(COST_STATUS.get(self.cost["status"] or "", "not known"))
        return self.at_least(self.cost["cost"], f"suffix: {self.cost['currency']}", 2)

    def expected(self, name: str, unit: str, decimals: int | None) -> str:
        """What such a lot uses or takes, with its interval."""
        found = self.running if self.is_running else self.expectation
        if found.get(name) is None:
            return ""
        low, high = found.get(f"{name}_low"), found.get(f"{name}_high")
        return self.around(found[name], self.between(low, high, unit, decimals), unit, decimals)

    def limits(self, figure: str, unit: str, decimals: int | None) -> str:
        row = self.control.get(figure, {})
        if row.get("center") is None:
            return ""
        between = self.between(row.get("lower_limit"), row.get("upper_limit"), unit, decimals)
        return self.around(row["center"], between, unit, decimals)

    def judged(self, judgement: str | None, figure: str | None = None) -> tuple[str, str]:
        """In words and as a tone: against the model, else against the control chart."""
        if judgement:
            return self.say(judgement), TONES.get(judgement, "")
        row = self.control.get(figure or "", {})
        if row.get("upper_limit") is None or row.get("value") is None:
            return "", ""
        if row["rules"]:
            rules = ", ".join(str(rule) for rule in row["rules"])
            return self.say("breaks rule {rules}", rules=rules), "bad"
        return self.say("in control"), "good"

    def charted(
        self, name: str, value: float | None, figure: str, unit: str, decimals: int
    ) -> Compared:
        """A figure that has a control chart."""
        return Compared(
            self.say(name), self.show(value, unit, decimals), "",
            self.limits(figure, unit, decimals), *self.judged(None, figure),
        )  # fmt: skip

    def in_band(self) -> Compared:
        lot = self.lot
        value = self.between(lot["temperature_c_min"], lot["temperature_c_max"], look.CELSIUS, 1)
        low, high = (self.reference.get(f"band_{end}_c") for end in ("minimum", "maximum"))
        outside = [lot["temperature_below_s"], lot["temperature_above_s"]]
        judgement = tone = ""
        if value and (low is not None or high is not None):
            seconds = sum(each or 0 for each in outside)
            if seconds:
                time = self.show(seconds, look.SECONDS)
                judgement, tone = self.say("{time} out of the band", time=time), "warning"
            elif None not in outside:
                judgement, tone = self.say("in the band"), "good"
        ends = [self.show(end, look.CELSIUS, 1) for end in (low, high)]
        band_text = "" if low is None and high is None else " - ".join(ends)
        return Compared(
            self.say("Lowest to highest"), value or NOT_KNOWN, band_text, "", judgement, tone
        )

    def profiles(self) -> list[tuple[str, Chart | None, str]]:
        """Temperature and power over the time of the lot: title, chart, and why there is none."""
        answer = self._answer("profile")
        found = frames.series(answer, None, Span(self.now, self.now))
        begin, end = self.lot["started_at"], self.lot["finished_at"] or self.now
        made = []
        for measure, unit, shade, nothing in (
            ("temperature_c", look.CELSIUS, look.TEMPERATURE, "no temperature measured"),
            ("power_kw", look.KW, look.ENERGY, "no energy measured"),
        ):
            panel = timeseries("", "", unit=unit, columns=[
                *band(
                    f"golden_{measure}_low", f"golden_{measure}_high", self.say("Golden band"),
                    look.GOLDEN,
                ),
                column(f"golden_{measure}", self.say("Golden lots"), colour=look.GOLDEN),
                column(measure, self.say("This lot"), colour=shade),
            ])  # fmt: skip
            # its own line lies over the others
            fields = [each for each in reversed(found.fields) if measure in each.name]
            chart = None
            is_measured = any(
                value is not None
                for each in fields
                if each.name == measure
                for value in each.values
            )
            if begin is not None and is_measured:
                series = [
                    Series(each, found.times)
                    for each in columns(fields, panel.settings, self.manner)
                ]
                chart = over_time(series, Span(begin, end), [], self.manner, timedelta(minutes=1))
            title = "Temperature" if measure == "temperature_c" else "Power"
            made.append((self.say(title), chart, self.say(nothing)))
        return made

    def bridge_chart(self) -> Chart | None:
        """From the norm to what was used, step by step."""
        row = self.bridge
        if row.get("norm_kwh") is None:
            return None
        steps = ("norm_kwh", "quantity_kwh", "duration_kwh", "intensity_kwh", "energy_kwh")
        titles = ("Norm", "Quantity", "Time", "Power", "Used")
        values = [row[name] for name in steps]
        chart = Chart()
        chart.data = [{
            "type": "waterfall",
            "x": [self.say(title) for title in titles],
            "y": values,
            "measure": ["absolute", "relative", "relative", "relative", "total"],
            "text": [
                ("+" if value > 0 and 0 < place < 4 else "") + self.show(value, look.KWH, 1)
                for place, value in enumerate(values)
            ],
            "textposition": "outside",
            "constraintext": "none",
            "textfont": {"size": 10},
            "cliponaxis": False,
            "increasing": {"marker": {"color": look.WARNING}},
            "decreasing": {"marker": {"color": look.GOOD}},
            "totals": {"marker": {"color": look.ENERGY}},
            "connector": {"line": {"color": look.NOT_KNOWN, "width": 1}},
            "hoverinfo": "skip",
        }]  # fmt: skip
        # room for the figures above the bars
        top = max(values[0], values[4], values[0] + values[1], sum(values[:3])) * 1.15
        chart.layout = {
            "xaxis": {"type": "category", "showgrid": False, "tickangle": 0},
            "yaxis": {"title": {"text": "kWh"}, "range": [0, top]},
            "showlegend": False,
        }
        return chart

    def peers_chart(self) -> Chart | None:
        """Energy per unit of the lots of its reference, this one marked."""
        if len(self.peers) < 2:
            return None
        unit = f"kWh/{self.lot['unit'] or self.say('unit')}"
        chart = Chart()
        for is_this, title, shade, size in (
            (False, self.say("Lots of the reference"), look.EXPECTED, 6),
            (True, self.say("This lot"), look.BAD, 11),
        ):
            rows = [row for row in self.peers if row["is_this"] == is_this]
            chart.data.append({
                "type": "scatter",
                "mode": "markers",
                "name": title,
                "x": [self.manner.local(row["finished_at"]) for row in rows],
                "y": [row["value"] for row in rows],
                "text": [named(row["lot"]) for row in rows],
                "marker": {"color": shade, "size": size},
                "hovertemplate": "%{text}: %{y:,.4~r} " + named(unit) + "<extra></extra>",
            })  # fmt: skip
        control = self.control.get("energy_kwh_per_unit", {})
        for name, shade, dash in (
            ("center", look.GOOD, "solid"),
            ("lower_limit", look.BAD, "dash"),
            ("upper_limit", look.BAD, "dash"),
        ):
            if control.get(name) is not None:
                chart.layout.setdefault("shapes", []).append({
                    "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": control[name],
                    "y1": control[name], "line": {"color": shade, "width": 1, "dash": dash},
                })  # fmt: skip
        chart.layout |= {
            "xaxis": {"type": "date", "tickformat": "%m-%d\n%Y"},
            "yaxis": {"title": {"text": named(unit)}},
            "showlegend": True,
        }
        return chart

    def standing(self) -> str:
        """Where it stands among the lots of its reference; nothing where that cannot be said."""
        mine: Sequence[Row] = [row for row in self.peers if row["is_this"]] or self.peers[:1]
        if not mine or mine[0]["found"] < 2:
            return ""
        return self.say(
            "{lower} of the {others} other lots of {reference} used less energy per unit.",
            lower=mine[0]["lower"], others=mine[0]["found"] - 1, reference=self.lot["reference"],
        )  # fmt: skip

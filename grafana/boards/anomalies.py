"""Anomalies: what was not normal, what was expected instead, and how good the detectors are."""

from grafana.boards import look
from grafana.boards.columns import band, column
from grafana.boards.episodes import (
    ALERT_KINDS,
    ALERTS,
    CLASSES,
    KINDS,
    SEVERITIES,
    VERDICTS,
    to_episode,
)
from grafana.boards.model import Board, Json, Row, Shade
from grafana.boards.panels import table, timeseries
from grafana.boards.variables import LINE, MACHINE, variable

SENSOR = variable(
    "sensor",
    "Sensor",
    "select sensor from api.anomaly_sensor order by last_at desc nulls last, sensor",
    is_multi=False,
)
SAY = "Say what it was: lotwatt anomalies verdict NUMBER real|false|planned-stop --reason TEXT"


def episode_columns(*more: Json) -> list[Json]:
    return [
        column("anomaly", "Number", width=95),
        column("sensor", "Sensor", width=165, links=[to_episode()]),
        column("machine", "Machine", width=100),
        column("class", "Class", width=80, texts=CLASSES),
        column("kind", "Kind", width=115, texts=KINDS),
        column("severity", "Severity", width=95, texts=SEVERITIES, is_coloured=True),
        column("score", "Score", width=80, decimals=1),
        column("opened_at", "Opened", width=160, unit=look.TIME),
        column("duration_s", "Went on for", width=115, unit=look.SECONDS, decimals=1),
        column("actual", "Actual", width=90, decimals=2),
        column("expected", "Expected", width=100, decimals=2),
        column("excess", "Excess", width=90, decimals=2),
        column("unit", "Unit", width=80),
        column("energy_kwh", "Energy at stake", width=140, unit=look.KWH, decimals=1),
        column("cost", "Cost", width=85, decimals=2, no_value="-"),
        column("alerts", "Alerts", width=85),
        column(
            "verdict", "Verdict", width=105, texts=VERDICTS, colour="transparent", is_coloured=True
        ),
        column("page_from", is_hidden=True),
        column("page_to", is_hidden=True),
        *more,
    ]


BOARD = Board(
    name="anomalies",
    title="Anomalies",
    description="What was not normal, what was expected, and how often each detector was right.",
    time_from="now-30d",
    variables=[LINE, MACHINE, SENSOR],
    annotations=[
        Shade("Episodes", "episodes", look.BAD),
        Shade("Lots", "lots", look.LOT, is_on=False),
    ],
    rows=[
        Row(SAY, [
            table("Open episodes", "open", height=7, no_value="-", columns=episode_columns(
                column("alert_state", "Alert", width=90, texts=ALERTS, is_coloured=True),
                column("last_alert_at", "Last alert", width=165, unit=look.TIME),
            )),
            table("What alerts now, of all kinds", "alerting", height=6,
                no_value="nothing", columns=[
                column("alert", "Alert", width=190, texts=ALERT_KINDS),
                column("machine", "Machine", no_value="-"),
                column("object", "What"),
                column("firing", "How many", width=100, decimals=0),
                column("since", "Since", unit=look.TIME, no_value="-"),
            ]),
        ]),
        Row("The sensor", [
            table("Sensor", "sensor", height=3, no_value="-", columns=[
                column("sensor", "Sensor"),
                column("machine", "Machine"),
                column("quantity", "Quantity"),
                column("unit", "Unit"),
                column("last_seen_at", "Last reading", unit=look.TIME, no_value="never"),
                column("last_value", "Last value", decimals=2),
                column("silent_s", "Silent for", unit=look.SECONDS, decimals=0),
                column("is_silent", "State", is_coloured=True, texts={
                    "true": ("silent", look.WARNING), "false": ("heard", look.GOOD),
                }),
            ]),
            timeseries(
                "Values by hour, and what was expected", "expected", width=24, height=11,
                no_value="nothing learned of this sensor yet",
                columns=[
                    *band("low", "high", "Expected band", look.EXPECTED),
                    column("expected", "Expected", colour=look.EXPECTED, custom={"lineWidth": 1}),
                    column("value", "Actual", colour=look.TEMPERATURE),
                ],
            ),
            timeseries(
                "Readings", "readings", width=24, no_value="no reading in this time",
                columns=[
                    *band("minimum", "maximum", "Range", look.TEMPERATURE),
                    column("value", "Value", colour=look.TEMPERATURE, custom={"lineWidth": 1}),
                ],
            ),
        ]),
        Row("In this time", [
            table("Past episodes", "past", height=10, no_value="-", columns=episode_columns(
                column("verdict_reason", "Reason"),
            )),
        ]),
        Row("How good it is", [
            table("Precision of each detector", "detectors", height=9, columns=[
                column("class", "Class", texts=CLASSES),
                column("kind", "Kind", texts=KINDS),
                column("episodes", "Episodes"),
                column("verdicts", "Verdicts"),
                column("real_episodes", "Real"),
                column("false_episodes", "False alarms"),
                column("planned_stops", "Planned stops"),
                column("without_verdict", "Without a verdict"),
                column(
                    "precision", "Precision", unit=look.SHARE, decimals=0,
                    no_value="too few verdicts",
                ),
            ], no_value="-"),
        ]),
        Row("What is normal for this sensor", [
            table("Baselines", "baselines", height=12, no_value="-", columns=[
                column("regime", "Regime"),
                column("feature", "Feature", texts=KINDS),
                column("version", "Version"),
                column("valid_from", "Valid from", unit=look.TIME),
                column("hours", "Hours learned from"),
                column("is_used", "Judges", is_coloured=True, texts={
                    "true": ("yes", look.GOOD), "false": ("no", look.NOT_KNOWN),
                }),
                column("reason", "Why not"),
                column("centre", "Centre", decimals=3),
                column("usual_distance", "Usual distance", decimals=3),
                column("profile_period", "Profile", texts={
                    "day": ("by hour of the day", look.EXPECTED),
                    "week": ("by hour of the week", look.EXPECTED),
                }),
                column("noise", "Noise", decimals=3),
            ]),
        ], is_folded=True),
    ],
)  # fmt: skip

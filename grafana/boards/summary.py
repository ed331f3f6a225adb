"""The summary: what was made, what it used, what runs now, and what needs a look."""

from grafana.boards import look
from grafana.boards.columns import column
from grafana.boards.episodes import KINDS, SEVERITIES, to_episode
from grafana.boards.model import Board, Row, Shade
from grafana.boards.panels import stat, table, timeseries
from grafana.boards.totals import totals
from grafana.boards.variables import LINE, MACHINE, link

TO_LOT = link("Lot", "lot", {"lot": "${__data.fields.lot}"})
TO_SENSOR = link("Anomalies of this sensor", "anomalies", {"sensor": "${__data.fields.sensor}"})
NONE_IS_GOOD = [(None, look.GOOD), (1, look.BAD)]
CHANGES = {
    "products": "Good units",
    "lots": "Lots",
    "products_per_lot": "Units per lot",
    "energy_kwh": "Energy of lots",
    "energy_kwh_per_unit": "Energy per unit",
    "energy_coverage": "Measured",
}
CHECKS = {
    "freshness": "data comes in",
    "silent sensors": "silent sensors",
    "unknown topics": "unknown topics",
    "quarantine": "quarantine",
    "settling": "settling",
    "parked ranges": "parked ranges",
    "aggregates": "aggregates",
    "scheduler": "scheduler",
    "loader": "loader",
    "devices": "devices",
    "room in the quarantine": "room in the quarantine",
    "mappings": "mappings",
    "backup": "backup",
    "restore": "restore of a backup",
}

BOARD = Board(
    name="summary",
    title="Summary",
    description="What was made, what it used, what runs now, and what needs a look.",
    variables=[LINE, MACHINE],
    annotations=[Shade("Lots", "lots", look.LOT, is_on=False)],
    rows=[
        Row("Now", [
            stat("What runs, and what needs a look", "attention", width=24, columns=[
                column("running_lots", "Lots running", colour=look.LOT),
                column("open_anomalies", "Open anomalies", steps=NONE_IS_GOOD),
                column("silent_sensors", "Silent sensors", steps=[
                    (None, look.GOOD), (1, look.WARNING),
                ]),
                column("sensors", "Sensors", colour=look.NOT_KNOWN),
                column("failed_checks", "Checks not well", steps=NONE_IS_GOOD),
            ]),
        ]),
        Row("This period", [
            totals(),
            stat(
                "Change from the period of the same length before it", "changes", width=24,
                height=3, unit=look.PERCENT, decimals=1, colour_mode="none",
                no_value="none before",
                columns=[
                    column(f"{name}_change_percent", title) for name, title in CHANGES.items()
                ],
            ),
            stat(
                "What the energy of machines cost", "cost", width=24, height=3,
                no_value="not known", columns=[
                    column("cost", "Cost", decimals=2, colour=look.ENERGY),
                    column("lot_cost", "In lots", decimals=2, colour=look.LOT),
                    column("idle_cost", "Idle", decimals=2, colour=look.IDLE),
                    column("unpriced_kwh", "Without a price", unit=look.KWH, no_value="none",
                           colour=look.NOT_KNOWN),
                    column("co2_kg", "CO2", unit=look.KG, decimals=1, colour=look.ENERGY),
                ],
            ),
            timeseries(
                "Energy by machine", "energy", width=24, style="bars", is_stacked=True, fill=85,
                line_width=0, unit=look.KWH, minimum=0, no_value="no energy measured",
            ),
        ]),
        Row("Lots running", [
            table(
                "Lots under way", "running", height=6, no_value="-",
                columns=[
                    column("lot", "Lot", links=[TO_LOT]),
                    column("reference", "Reference"),
                    column("machine", "Machine"),
                    column("started_at", "Started", unit=look.TIME),
                    column("progress", "Progress", unit=look.SHARE, decimals=0),
                    column("expected_end", "Expected end", unit=look.TIME),
                    column("is_late", "Time", colour="transparent", is_coloured=True, texts={
                        "true": ("late", look.BAD), "false": ("in time", look.GOOD),
                    }),
                    column("energy_kwh_so_far", "Energy so far", unit=look.KWH, decimals=1),
                    column("expected_kwh_so_far", "Usual so far", unit=look.KWH, decimals=1),
                    column(
                        "expected_final_kwh", "Expected in the end", unit=look.KWH, decimals=1
                    ),
                    column(
                        "energy_judgement", "Energy", colour="transparent", is_coloured=True,
                        texts={
                            "high": ("high", look.BAD), "as expected": ("as expected", look.GOOD),
                        },
                    ),
                    column("reason", "Why not estimated"),
                ],
            ),
        ]),
        Row("What needs a look", [
            table("Open anomalies", "anomalies", width=14, no_value="-", columns=[
                column("anomaly", "Number", width=90),
                column("sensor", "Sensor", width=170, links=[to_episode()]),
                column("kind", "Kind", width=120, texts=KINDS),
                column("severity", "Severity", width=90, texts=SEVERITIES, is_coloured=True),
                column("opened_at", "Opened", width=160, unit=look.TIME),
                column("actual", "Actual", width=90, decimals=2),
                column("expected", "Expected", width=105, decimals=2),
                column("unit", "Unit", width=80),
                column("energy_kwh", "Energy at stake", width=140, unit=look.KWH, decimals=1),
                column("page_from", is_hidden=True),
                column("page_to", is_hidden=True),
            ]),
            table("Silent sensors", "silent", width=10, no_value="-", columns=[
                column("sensor", "Sensor", links=[TO_SENSOR]),
                column("machine", "Machine"),
                column("quantity", "Quantity"),
                column("last_seen_at", "Last reading", unit=look.TIME, no_value="never"),
                column("silent_s", "Silent for", unit=look.SECONDS, decimals=0),
            ]),
            table("Is the data to be trusted now?", "health", height=16, columns=[
                column("check_name", "Check", width=220, texts={
                    name: (words, look.EXPECTED) for name, words in CHECKS.items()
                }),
                column("is_ok", "State", width=120, is_coloured=True, texts={
                    "true": ("well", look.GOOD), "false": ("needs a look", look.BAD),
                }),
                column("said", "What was found"),
                column("hint", "What to do where it is not well"),
            ]),
        ]),
    ],
)  # fmt: skip

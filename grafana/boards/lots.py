"""Lots: what was made, how long it took, what it used, and which of them need a look."""

from grafana.boards import look
from grafana.boards.columns import column
from grafana.boards.judgements import JUDGEMENTS, LOT_VERDICTS, TO_LOT, TO_LOT_ONLY
from grafana.boards.model import Board, Row
from grafana.boards.panels import table
from grafana.boards.totals import totals
from grafana.boards.variables import LINE, MACHINE, REFERENCE

BOARD = Board(
    name="lots",
    title="Lots",
    description="What was made, how long it took, what it used, and which lots need a look.",
    variables=[LINE, MACHINE, REFERENCE],
    rows=[
        Row("This period", [
            totals(),
        ]),
        Row("Lots that finished in this time; pick one to open its page", [
            table("Lots", "lots", height=16, no_value="-", columns=[
                column("lot", "Lot", width=95, links=[TO_LOT]),
                column("reference", "Reference", width=95),
                column("machine", "Machine", width=85),
                column("operator", "Operator", width=85),
                column("started_at", "Started", width=155, unit=look.TIME),
                column("finished_at", "Finished", width=155, unit=look.TIME),
                column("duration_s", "Duration", width=95, unit=look.SECONDS, decimals=1),
                column("quantity", "Good units", width=95, decimals=0),
                column("scrap_quantity", "Scrap", width=70, decimals=0),
                column("unit", "Unit", width=65),
                column("energy_kwh", "Energy", width=95, unit=look.KWH, decimals=1),
                column("energy_kwh_per_unit", "kWh per unit", width=110, decimals=4),
                column("energy_coverage", "Measured", width=95, unit=look.SHARE, decimals=0),
                column("temperature_c_mean", "Mean", width=80, unit=look.CELSIUS, decimals=1),
                column("temperature_c_min", "Lowest", width=85, unit=look.CELSIUS, decimals=1),
                column("temperature_c_max", "Highest", width=85, unit=look.CELSIUS, decimals=1),
                column(
                    "temperature_coverage", "Temperature measured", width=95, unit=look.SHARE,
                    decimals=0,
                ),
                column("anomalies", "Anomalies", width=100, decimals=0),
                column("cost", "Cost", width=80, decimals=2, no_value="not known"),
                column("currency", "Currency", width=90, no_value="-"),
                column("co2_kg", "CO2", width=95, unit=look.KG, decimals=1, no_value="not known"),
            ]),
        ]),
        Row("Lots that used or took more than such lots do", [
            table("Beyond what is expected", "judged", no_value="-", columns=[
                column("lot", "Lot", width=120, links=[TO_LOT_ONLY]),
                column("reference", "Reference", width=95),
                column("machine", "Machine", width=95),
                column("finished_at", "Finished", width=160, unit=look.TIME),
                column("energy_kwh", "Energy", width=95, unit=look.KWH, decimals=1),
                column("expected_kwh", "Expected", width=100, unit=look.KWH, decimals=1),
                column("excess_kwh", "Excess", width=95, unit=look.KWH, decimals=1),
                column(
                    "excess_percent", "Excess in percent", width=150, unit=look.PERCENT, decimals=1
                ),
                column(
                    "energy_judgement", "Energy is", width=110, texts=JUDGEMENTS, is_coloured=True
                ),
                column(
                    "duration_judgement", "Time is", width=110, texts=JUDGEMENTS, is_coloured=True
                ),
                column("lots_behind", "Lots behind it", width=120),
                column("fall_back", "Stands in for the reference", width=190),
                column("verdict", "Verdict", texts=LOT_VERDICTS, no_value="-"),
            ]),
        ]),
    ],
)  # fmt: skip

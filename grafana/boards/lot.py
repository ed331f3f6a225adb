"""The page of one lot: how it went, what it used, against what, and why its figures changed."""

from grafana.boards import look
from grafana.boards.columns import band, column
from grafana.boards.episodes import KINDS, SEVERITIES, VERDICTS, to_episode
from grafana.boards.judgements import JUDGEMENTS, LOT_VERDICTS
from grafana.boards.model import Board, Row
from grafana.boards.panels import stat, table, timeseries
from grafana.boards.variables import variable

LOT = variable(
    "lot", "Lot", "select number from api.lot order by started_at desc nulls last limit 1000",
    is_multi=False,
)  # fmt: skip
YES = {"true": ("yes", look.WARNING), "false": ("no", look.EXPECTED)}

BOARD = Board(
    name="lot",
    title="One lot",
    description="How a lot went, what it used, against what, and why its figures changed.",
    variables=[LOT],
    rows=[
        Row("The lot", [
            stat("Figures", "figures", width=24, height=5, no_value="not known", columns=[
                column("quantity", "Good units", colour=look.PRODUCTS, decimals=0),
                column("duration_s", "Duration", unit=look.SECONDS, decimals=1),
                column("energy_kwh", "Energy", unit=look.KWH, colour=look.ENERGY),
                column(
                    "energy_kwh_per_unit", "Energy per unit", unit=look.KWH_PER_UNIT,
                    colour=look.ENERGY,
                ),
                column("energy_coverage", "Measured", unit=look.SHARE, decimals=0),
                column(
                    "temperature_c_mean", "Mean temperature", unit=look.CELSIUS, decimals=1,
                    colour=look.TEMPERATURE,
                ),
                column("temperature_c_min", "Lowest", unit=look.CELSIUS, decimals=1),
                column("temperature_c_max", "Highest", unit=look.CELSIUS, decimals=1),
                column(
                    "temperature_coverage", "Temperature measured", unit=look.SHARE, decimals=0
                ),
            ]),
            table("Who, what, when", "who", height=4, no_value="-", columns=[
                column("reference", "Reference"),
                column("machine", "Machine"),
                column("operator", "Operator"),
                column("started_at", "Started", unit=look.TIME),
                column("finished_at", "Finished", unit=look.TIME, no_value="running"),
                column("planned_quantity", "Units planned", decimals=0),
                column("scrap_quantity", "Scrap", decimals=0),
                column("energy_is_lower_bound", "Energy is a lower bound", texts=YES),
                column("energy_kwh_low", "At least", unit=look.KWH, decimals=1),
                column("energy_kwh_high", "At most", unit=look.KWH, decimals=1),
            ]),
        ]),
        Row("How it went, beside the golden lots of its reference", [
            timeseries(
                "Temperature by phase", "temperature", unit=look.CELSIUS,
                no_value="no temperature measured",
                columns=[
                    column("temperature_c", "This lot", colour=look.TEMPERATURE),
                    column("golden_temperature_c", "Golden lots", colour=look.GOLDEN),
                    *band(
                        "golden_temperature_c_low", "golden_temperature_c_high", "Golden band",
                        look.GOLDEN,
                    ),
                ],
            ),
            timeseries(
                "Power by phase", "power", unit=look.KW, no_value="no energy measured",
                columns=[
                    column("power_kw", "This lot", colour=look.ENERGY),
                    column("golden_power_kw", "Golden lots", colour=look.GOLDEN),
                    *band(
                        "golden_power_kw_low", "golden_power_kw_high", "Golden band", look.GOLDEN
                    ),
                ],
            ),
            timeseries(
                "Temperature of the lots of its reference before it", "other_temperatures",
                unit=look.CELSIUS, height=8, no_value="no lot of its reference before it",
            ),
            timeseries(
                "Power of the lots of its reference before it", "other_powers", unit=look.KW,
                height=8, no_value="no lot of its reference before it",
            ),
            table("Against the golden lots", "golden", height=5, no_value="-", columns=[
                column("measure", "Measure", texts={
                    "temperature_c": ("temperature", look.TEMPERATURE),
                    "power_kw": ("power", look.ENERGY),
                }),
                column("score", "Mean distance in spreads", decimals=2),
                column("share_outside", "Phases outside", unit=look.SHARE, decimals=0),
                column("first_phase_outside", "First phase outside"),
                column("value_there", "Value there", decimals=1),
                column("golden_there", "Golden there", decimals=1),
                column("is_golden", "Is a golden lot", texts=YES),
                column("reason", "Why not compared"),
            ]),
        ]),
        Row("What it should have used", [
            stat("Expected energy and time", "expected", width=12, no_value="not known", columns=[
                column("expected_kwh", "Expected", unit=look.KWH, colour=look.EXPECTED),
                column("expected_kwh_low", "At least", unit=look.KWH, colour=look.EXPECTED),
                column("expected_kwh_high", "At most", unit=look.KWH, colour=look.EXPECTED),
                column("excess_kwh", "Excess", unit=look.KWH),
                column("excess_percent", "Excess in percent", unit=look.PERCENT, decimals=1),
                column("expected_machine_s", "Expected time", unit=look.SECONDS, decimals=1),
            ]),
            stat("From the norm of its reference to what it used", "bridge", width=12,
                unit=look.KWH, decimals=1, no_value="not known", columns=[
                column("norm_kwh", "Norm", colour=look.EXPECTED),
                column("quantity_kwh", "By quantity", colour=look.PRODUCTS),
                column("duration_kwh", "By time", colour=look.WARNING),
                column("intensity_kwh", "By power", colour=look.WARNING),
                column("energy_kwh", "Used", colour=look.ENERGY),
            ]),
            table("Judgement", "judged", height=4, no_value="-", columns=[
                column("energy_judgement", "Energy is", texts=JUDGEMENTS, is_coloured=True),
                column("duration_judgement", "Time is", texts=JUDGEMENTS, is_coloured=True),
                column("inputs", "Taken into account"),
                column("lots_behind", "Lots behind it"),
                column("fall_back", "Stands in for the reference"),
                column("verdict", "Verdict", texts=LOT_VERDICTS, no_value="-"),
                column("reason", "Why not judged"),
            ]),
        ]),
        Row("What it cost", [
            stat("Cost and CO2 of its energy", "cost", width=12, no_value="not known", columns=[
                column("cost", "Cost", decimals=2, colour=look.ENERGY),
                column("unpriced_kwh", "Without a price", unit=look.KWH, no_value="none"),
                column("co2_kg", "CO2", unit=look.KG, decimals=1, colour=look.ENERGY),
                column("idle_cost", "Idle, borne by it", decimals=2, colour=look.IDLE,
                       no_value="none"),
            ]),
            table("By class of time of use", "cost_classes", width=12, height=4, no_value="-",
                columns=[
                column("class", "Class", no_value="no tariff"),
                column("carrier", "Carrier"),
                column("energy_kwh", "Energy", unit=look.KWH, decimals=1),
                column("cost", "Cost", decimals=2, no_value="no tariff"),
                column("currency", "Currency", no_value="-"),
            ]),
        ]),
        Row("Runs, anomalies, drivers, changes", [
            table("Runs", "runs", height=6, no_value="-", columns=[
                column("run", "Run", width=80),
                column("machine", "Machine"),
                column("operator", "Operator"),
                column("source", "By whose word", texts={
                    "payload": ("message", look.EXPECTED),
                    "event": ("event", look.EXPECTED),
                    "declared": ("declared", look.EXPECTED),
                    "correction": ("correction", look.WARNING),
                }),
                column("started_at", "Started", unit=look.TIME),
                column("finished_at", "Finished", unit=look.TIME, no_value="running"),
                column("duration_s", "Duration", unit=look.SECONDS, decimals=1),
                column("energy_kwh", "Energy", unit=look.KWH, decimals=1),
                column("energy_coverage", "Measured", unit=look.SHARE, decimals=0),
                column("temperature_c_mean", "Mean temperature", unit=look.CELSIUS, decimals=1),
            ]),
            table("Anomalies in this time, on all machines", "anomalies", height=6, no_value="-",
                columns=[
                column("anomaly", "Number", width=90),
                column("sensor", "Sensor", links=[to_episode()]),
                column("kind", "Kind", texts=KINDS),
                column("severity", "Severity", texts=SEVERITIES, is_coloured=True),
                column("opened_at", "Opened", unit=look.TIME),
                column("closed_at", "Closed", unit=look.TIME, no_value="-"),
                column("actual", "Actual", decimals=2),
                column("expected", "Expected", decimals=2),
                column("energy_kwh", "Energy at stake", unit=look.KWH, decimals=1),
                column("verdict", "Verdict", texts=VERDICTS, no_value="-"),
                column("page_from", is_hidden=True),
                column("page_to", is_hidden=True),
            ]),
            table("Drivers", "drivers", width=8, height=6, no_value="-", columns=[
                column("driver", "Driver"),
                column("value", "Value", decimals=2),
                column("statistic", "Statistic", no_value="declared"),
                column("coverage", "Measured", unit=look.SHARE, decimals=0),
            ]),
            table("Why its figures changed", "changes", width=16, height=6, no_value="-", columns=[
                column("changed_at", "When", unit=look.TIME),
                column("figure", "Figure"),
                column("old_value", "Before", decimals=2),
                column("new_value", "After", decimals=2),
                column("cause", "Why"),
            ]),
        ]),
    ],
)  # fmt: skip
